/** Many connections that stay open, each with one request at a time. */
import { connect, type Socket } from 'node:net'
import { loopback } from '../conformance/ports.ts'
import { check, flag, frame, preface, settings, streamOf, type } from '../faults/http2-frames.ts'
import { parse } from '../support/http2-peer.ts'
import { encodeCheck, readCheck } from './check-request.ts'
import { headers, host, pathOf } from './request.ts'
import type { Scene } from './types.ts'

export interface OpenConnections {
  /** Sends a request on each connection; rejects unless every one is allowed. */
  readonly askAll: () => Promise<void>
  readonly close: () => void
}

export interface Target {
  readonly door: Scene['door']
  readonly port: number
  readonly prefix: string
  readonly rule: number
}

/** Asks once; resolves when the request was allowed. */
type Ask = () => Promise<void>

/** At once: a queue of connections that are not yet accepted holds some hundreds. */
const batch = 100

/** Each connection is open and has been used once. */
export async function openConnections(count: number, target: Target): Promise<OpenConnections> {
  const sockets: Socket[] = []
  const asks: Ask[] = []
  const open = async (): Promise<void> => {
    const socket = connect(target.port, loopback)
    sockets.push(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    const ask = target.door === 'http' ? overHttp(socket, target) : overGrpc(socket, target)
    asks.push(ask)
    await ask()
  }
  await inBatches(Array.from({ length: count }, () => open))
  return {
    askAll: () => inBatches(asks),
    close: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function inBatches(works: readonly Ask[]): Promise<void> {
  for (let i = 0; i < works.length; i += batch) {
    await Promise.all(works.slice(i, i + batch).map(work => work()))
  }
}

function overHttp(socket: Socket, { prefix, rule }: Target): Ask {
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = Buffer.from(`GET ${prefix}${pathOf(rule)} HTTP/1.1\r\n${lines.join('')}\r\n`)
  const answer = answersOf(socket, bytes => {
    if (!bytes.includes('\r\n\r\n')) return undefined
    return bytes.subarray(9, 12).toString() === '200'
  })
  return () => answer(head)
}

function overGrpc(socket: Socket, { rule }: Target): Ask {
  const message = encodeCheck(rule)
  let calls = 0
  const answer = answersOf(socket, bytes => isAllowedCheck(parse(bytes), streamOf(calls - 1)))
  const acknowledge = frame({ type: type.settings, flags: flag.ack })
  return () => {
    const first = calls === 0 ? [preface, settings(), acknowledge] : []
    const bytes = check(streamOf(calls), message)
    calls += 1
    return answer(Buffer.concat([...first, bytes]))
  }
}

/** undefined: the answer is not complete. */
function isAllowedCheck(frames: ReturnType<typeof parse>, stream: number): boolean | undefined {
  const own = frames.filter(frame => frame.stream === stream)
  if (!own.some(({ flags, type: kind }) => kind <= 1 && (flags & flag.endStream) !== 0))
    return undefined
  const data = own.filter(frame => frame.type === type.data).map(({ payload }) => payload)
  const message = Buffer.concat(data)
  return message.length >= prefixLength && readCheck(message.subarray(prefixLength)).code === 0
}

const prefixLength = 5

/** Writes, and reads what comes until `read` returns whether it was allowed. */
function answersOf(
  socket: Socket,
  read: (bytes: Buffer) => boolean | undefined,
): (request: Buffer) => Promise<void> {
  let bytes = Buffer.alloc(0)
  let done: (error?: Error) => void = () => undefined
  let broken: Error | undefined
  const breakOff = (error: Error): void => {
    broken ??= error
    done(broken)
  }
  socket.on('data', chunk => {
    bytes = Buffer.concat([bytes, chunk])
    const allowed = read(bytes)
    if (allowed === undefined) return
    bytes = Buffer.alloc(0)
    done(allowed ? undefined : new Error('a request on an open connection was not allowed'))
  })
  socket.on('error', breakOff)
  socket.on('close', () => breakOff(new Error('the server closed an open connection')))
  return request =>
    new Promise((resolve, reject) => {
      // Between two requests nobody waits for it.
      if (broken !== undefined) return reject(broken)
      done = error => (error === undefined ? resolve() : reject(error))
      socket.write(request)
    })
}
