/** A client that writes bytes to one HTTP/2 connection in memory and reads the frames that come back. */
import assert from 'node:assert/strict'
import { type Duplex, duplexPair } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createOnRequest } from '../../src/doors/grpc/wire/direct/requests.ts'
import type { Routes } from '../../src/doors/grpc/wire/route.ts'
import { createBounds } from '../../src/http2/bounds.ts'
import type { RefusalReason } from '../../src/http2/protocol.ts'
import { type Session, type SessionOptions, serveSession } from '../../src/http2/session.ts'
import { createWriteBatch } from '../../src/lib/batch-writes.ts'
import { frame, preface, settings, type } from '../faults/http2-frames.ts'

export interface Received {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

export interface Peer {
  readonly session: Session
  readonly socket: Duplex
  /** Writes, and waits until everything that follows from it has happened. */
  readonly write: (...parts: readonly Buffer[]) => Promise<void>
  readonly all: () => readonly Received[]
  /** All frames so far, without the first SETTINGS and WINDOW_UPDATE and the acknowledgement. */
  readonly frames: () => readonly Received[]
  readonly framesOf: (stream: number) => readonly Received[]
  readonly refused: RefusalReason[]
  readonly isClosed: () => boolean
}

export const hello: Buffer = Buffer.concat([
  preface,
  settings(),
  frame({ type: type.settings, flags: 1 }),
])

const never = Number.POSITIVE_INFINITY

/** The options of a connection that answers no request. */
export const sessionOptions = (changes: Partial<SessionOptions> = {}): SessionOptions => ({
  onRequest: () => undefined,
  onRefused: () => undefined,
  bounds: createBounds({ bytes: 1_000_000, holders: 1000 }),
  streams: 100,
  readTimeout: 1000,
  schedule: createWriteBatch(),
  idleTimeout: never,
  keepaliveTime: never,
  keepaliveTimeout: never,
  maxAge: never,
  ageGrace: never,
  onBug: assert.ifError,
  ...changes,
})

/** Answers checks at once with their own message, unless `changes` says otherwise. */
export const routeOf = (
  { bounds, readTimeout, onBug, onRefused }: SessionOptions,
  changes: Partial<Routes> = {},
): Routes => ({
  path: '/envoy.service.auth.v3.Authorization/Check',
  answer: call => call.answer(call.message),
  methods: { unary: new Map(), streams: new Map() },
  messageBytes: 100_000,
  readTimeout,
  bounds,
  onBug,
  onRefused,
  ...changes,
})

const firstFrames = 3

/** Opens a connection and sends the preface and the first settings; `first`: other bytes instead. */
export async function openPeer(options: SessionOptions, first: Buffer = hello): Promise<Peer> {
  const [ours, theirs] = duplexPair() as [Duplex, Duplex]
  const refused: RefusalReason[] = []
  let isClosed = false
  const onRefused = (reason: RefusalReason): void => {
    refused.push(reason)
    options.onRefused(reason)
  }
  const session = serveSession(theirs, { ...options, onRefused }, () => {
    isClosed = true
  })
  const chunks: Buffer[] = []
  ours.on('data', (chunk: Buffer) => chunks.push(chunk))
  ours.on('error', () => undefined)
  const all = (): readonly Received[] => parse(Buffer.concat(chunks))
  const frames = (): readonly Received[] => all().slice(firstFrames)
  const write = async (...parts: readonly Buffer[]): Promise<void> => {
    for (const part of parts) if (ours.writable) ours.write(part)
    await settle()
  }
  await write(first)
  return {
    session,
    socket: ours,
    write,
    all,
    frames,
    framesOf: stream => frames().filter(frame => frame.stream === stream),
    refused,
    isClosed: () => isClosed,
  }
}

/** A connection that serves checks. */
export function openCheckPeer(
  changes: Partial<SessionOptions> = {},
  route: Partial<Routes> = {},
  first: Buffer = hello,
): Promise<Peer> {
  const options = sessionOptions(changes)
  return openPeer({ ...options, onRequest: createOnRequest(routeOf(options, route)) }, first)
}

/** Some turns of the event loop: pairs of streams pass bytes on within them. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 6; i += 1) await nextTurn()
}

/** The whole frames in these bytes. */
export function parse(bytes: Buffer): readonly Received[] {
  const found: Received[] = []
  let at = 0
  while (bytes.length - at >= 9) {
    const end = at + 9 + bytes.readUIntBE(at, 3)
    if (end > bytes.length) break
    found.push({
      type: bytes[at + 3] ?? 0,
      flags: bytes[at + 4] ?? 0,
      stream: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, end),
    })
    at = end
  }
  return found
}

/** The error code of the first GOAWAY; undefined: there was none. */
export const goawayCode = (peer: Peer): number | undefined =>
  peer
    .frames()
    .find(frame => frame.type === type.goaway)
    ?.payload.readUInt32BE(4)

/** The error code of the RST_STREAM of a stream. */
export const resetCode = (peer: Peer, stream: number): number | undefined =>
  peer
    .framesOf(stream)
    .find(frame => frame.type === type.reset)
    ?.payload.readUInt32BE(0)

/** The data of a stream's answer. */
export const dataOf = (peer: Peer, stream: number): Buffer =>
  Buffer.concat(
    peer
      .framesOf(stream)
      .filter(frame => frame.type === type.data)
      .map(({ payload }) => payload),
  )
