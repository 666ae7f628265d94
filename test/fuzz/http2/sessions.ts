/** What clients write for some checks: cut anywhere, and mutated. */
import assert from 'node:assert/strict'
import { connect } from 'node:http2'
import { createServer, type Socket } from 'node:net'
import { createOnRequest } from '../../../src/doors/grpc/wire/direct/requests.ts'
import { serveSession } from '../../../src/http2/session.ts'
import { uint32 } from '../../faults/http2-frames.ts'
import type { Cleanup } from '../../support/cleanup.ts'
import { checkClient } from '../../support/grpc-client.ts'
import { openCheckPeer, routeOf, sessionOptions } from '../../support/http2-peer.ts'
import { listen } from '../../support/listen.ts'
import { loopback } from '../../support/ports.ts'
import type { Random } from '../random.ts'
import { exercise } from './exercise.ts'
import { mutated } from './mutate.ts'

const messages = [Buffer.alloc(0), Buffer.from('message'), Buffer.alloc(700, 'a')]
const path = '/envoy.service.auth.v3.Authorization/Check'
const preface = 24

/** The bytes of one connection of each client. */
export async function recordSessions(t: Cleanup): Promise<readonly Buffer[]> {
  return [await record(t, writeChecks), await record(t, callChecks)]
}

async function record(
  t: Cleanup,
  run: (t: Cleanup, port: number) => Promise<void>,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  const options = sessionOptions()
  const onRequest = createOnRequest(routeOf(options))
  const server = createServer((socket: Socket) => {
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    serveSession(socket, { ...options, onRequest }, () => undefined)
  })
  await run(t, await listen(t, server))
  return Buffer.concat(chunks)
}

/** node:http2 */
async function writeChecks(_: Cleanup, port: number): Promise<void> {
  const client = connect(`http://${loopback}:${port}`)
  await Promise.all(
    messages.map(
      message =>
        new Promise<void>((resolve, reject) => {
          const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc' }
          const stream = client.request({ ...headers, te: 'trailers' })
          stream.on('error', reject)
          stream.on('end', resolve)
          stream.resume()
          stream.end(Buffer.concat([Buffer.of(0), uint32(message.length), message]))
        }),
    ),
  )
  await new Promise<void>(resolve => client.close(resolve))
}

/** grpc-js */
async function callChecks(t: Cleanup, port: number): Promise<void> {
  const { client } = checkClient(t, `${loopback}:${port}`)
  const asIs = (message: Buffer): Buffer => message
  await Promise.all(
    messages.map(
      message =>
        new Promise<void>((resolve, reject) => {
          client.makeUnaryRequest(path, asIs, asIs, message, error =>
            error === null ? resolve() : reject(error),
          )
        }),
    ),
  )
  client.close()
}

/** The answers of a session that arrives in these pieces: heads, data and trailers of each stream. */
export async function answersTo(chunks: readonly Buffer[]): Promise<unknown> {
  const peer = await openCheckPeer({}, {}, Buffer.alloc(0))
  for (const chunk of chunks) await peer.write(chunk)
  const answers = peer.all().filter(({ stream }) => stream !== 0)
  peer.session.destroy()
  return answers.map(({ payload, ...head }) => ({ ...head, payload: payload.toString('latin1') }))
}

export async function assertSameCut(session: Buffer, at: number): Promise<void> {
  const cut = await answersTo([session.subarray(0, at), session.subarray(at)])
  assert.deepEqual(cut, await wholeAnswer(session))
}

const wholeAnswers = new WeakMap<Buffer, Promise<unknown>>()

function wholeAnswer(session: Buffer): Promise<unknown> {
  const found = wholeAnswers.get(session) ?? answersTo([session])
  wholeAnswers.set(session, found)
  return found
}

export interface Sessions {
  /** Of clients in this process. */
  readonly live: readonly Buffer[]
  /** Of others, whose calls of services are refused here. */
  readonly recorded: readonly Buffer[]
}

export async function fuzzSessions(random: Random, { live, recorded }: Sessions): Promise<void> {
  const sessions = random.chance(0.5) ? live : recorded
  const session = random.pick(sessions)
  if (sessions === live && random.chance(0.2)) {
    await assertSameCut(session, random.int(session.length))
  }
  const other = random.chance(0.2) ? random.pick(sessions).subarray(preface) : Buffer.alloc(0)
  await exercise(random, mutated(random, Buffer.concat([session, other]), preface))
}
