/** The gRPC port of a test, and calls to it whose headers and frames are free. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import type { TestContext } from 'node:test'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { createGate } from '../../src/doors/gate.ts'
import { type GrpcListenOptions, listenGrpc } from '../../src/doors/grpc/server.ts'
import { createTrust } from '../../src/doors/request/trust.ts'
import { defaultPaths } from './paths.ts'
import { transport } from './transport.ts'

export const paths = {
  check: '/envoy.service.auth.v3.Authorization/Check',
  health: '/grpc.health.v1.Health/Check',
  watch: '/grpc.health.v1.Health/Watch',
  reflection: '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
} as const

export interface GrpcPort {
  readonly address: string
  readonly setServing: (isServing: boolean) => void
  /** The reasons of refusals so far. */
  readonly refused: string[]
  /** Opens a connection; `window`: of each stream, in bytes. */
  readonly connect: (window?: number) => Promise<ClientHttp2Session>
}

/** Its connections end with the test, and the port after them. */
export async function openGrpcPort(
  t: TestContext,
  options: Partial<GrpcListenOptions> = {},
): Promise<GrpcPort> {
  const refused: string[] = []
  const listener = await listenGrpc({
    transport,
    address: { host: '127.0.0.1', port: 0 },
    decide: () => new Promise(() => undefined),
    trust: createTrust([]),
    paths: defaultPaths,
    limits: { pathBytes: 1000, headerBytes: 1000, bodyBytes: 1000 },
    decisionTimeout: 60_000,
    gate: createGate(1000),
    messageBytes: 100_000,
    concurrentStreams: 10_000,
    onDoorDenial: () => undefined,
    onRefused: reason => void refused.push(reason),
    onBug: assert.ifError,
    ...options,
  })
  listener.setServing(true)
  const sessions: ClientHttp2Session[] = []
  t.after(async () => {
    // Not while Node reads from the connection: the read would never end.
    await nextTurn()
    for (const session of sessions) session.destroy()
    await listener.close(0)
  })
  return {
    address: listener.address,
    setServing: isServing => listener.setServing(isServing),
    refused,
    connect: async window => {
      const settings = window === undefined ? {} : { initialWindowSize: window }
      const session = connect(`http://${listener.address}`, { settings })
      session.on('error', () => session.destroy())
      sessions.push(session)
      await once(session, 'remoteSettings')
      return session
    },
  }
}

export type CallHeaders = Readonly<Record<string, string>>

/** A call without its message. */
export function beginCall(
  session: ClientHttp2Session,
  path: string,
  headers: CallHeaders = {},
): ClientHttp2Stream {
  const grpc = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' }
  const stream = session.request({ ...grpc, ':path': path, ...headers }, { endStream: false })
  stream.on('error', () => stream.destroy())
  return stream
}

export function framed(message: Buffer, flag = 0): Buffer {
  const prefix = Buffer.alloc(5)
  prefix[0] = flag
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** A message with one text of less than 16,384 bytes in a field. */
export function textField(field: number, text: string): Buffer {
  const { length } = text
  const size = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7]
  return Buffer.concat([Buffer.of((field << 3) | 2, ...size), Buffer.from(text)])
}

/** Describes a large part of the API. */
export const reflectionRequest: Buffer = framed(textField(4, 'envoy.service.auth.v3.CheckRequest'))

/** Milliseconds for an answer. */
const longest = 10_000

/**
 * How a call ends: its gRPC status, `reset` (a reset), `no status` (an end without status), or `open` if it does not
 * end within a moment.
 */
export async function endOf(stream: ClientHttp2Stream, moment = longest): Promise<number | string> {
  let end: number | string = 'no status'
  const note = (headers: object): void => {
    const found = Reflect.get(headers, 'grpc-status')
    if (found !== undefined) end = Number(found)
  }
  stream.on('response', note)
  stream.on('trailers', note)
  stream.resume()
  const closed = new Promise<void>(resolve => {
    if (stream.destroyed) resolve()
    else stream.once('close', resolve)
  })
  const timer = new AbortController()
  const isOpen = await Promise.race([
    closed.then(() => false),
    wait(moment, true, { signal: timer.signal }).catch(() => true),
  ])
  timer.abort()
  if (isOpen) return 'open'
  return end === 'no status' && stream.rstCode !== 0 ? 'reset' : end
}

/** How a call with one message ends. */
export function ask(
  session: ClientHttp2Session,
  path: string,
  { message = Buffer.alloc(0), headers = {} }: { message?: Buffer; headers?: CallHeaders } = {},
): Promise<number | string> {
  const stream = beginCall(session, path, headers)
  stream.end(framed(message))
  return endOf(stream)
}

/** A health watch, and the states that it has received. */
export interface Watching {
  readonly stream: ClientHttp2Stream
  readonly states: number[]
}

export async function watchHealth(session: ClientHttp2Session): Promise<Watching> {
  const stream = beginCall(session, paths.watch)
  const states: number[] = []
  stream.on('data', (chunk: Buffer) => states.push(chunk.at(-1) ?? 0))
  stream.end(framed(Buffer.alloc(0)))
  await once(stream, 'data')
  return { stream, states }
}
