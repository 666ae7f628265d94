/** Compares the frames of a server with the bytes that its client sent. */
import assert from 'node:assert/strict'
import { flag, type } from '../../faults/http2-frames.ts'
import { parse, type Received } from '../../support/http2-peer.ts'

const preface = 24
const firstWindow = 65_535
const padded = 8
const largestFrame = 16_384
const prefix = 5
const largest31 = 0x7fff_ffff

/** What a client sent on a stream before it ended it. */
interface Request {
  readonly parts: Buffer[]
  isWhole: boolean
}

/**
 * Throws when the frames are not in order or above the windows, or when a check was answered that was not whole. The
 * answer of a check begins with its message.
 */
export function assertAnswers(sent: Buffer, frames: readonly Received[]): void {
  const written = parse(sent.subarray(preface))
  assertWindows(written, frames)
  const requests = requestsOf(written)
  for (const [stream, answer] of streamsOf(frames)) {
    assertOrder(stream, answer)
    const data = Buffer.concat(answer.filter(isData).map(({ payload }) => payload))
    if (data.length > 0) assertMessage(requests.get(stream), data)
  }
}

const isData = (frame: Received): boolean => frame.type === type.data

function streamsOf(frames: readonly Received[]): ReadonlyMap<number, Received[]> {
  const streams = new Map<number, Received[]>()
  for (const frame of frames) {
    assert.ok(frame.payload.length <= largestFrame)
    if (frame.stream !== 0) streams.set(frame.stream, [...(streams.get(frame.stream) ?? []), frame])
  }
  return streams
}

const letters: Readonly<Record<number, string>> = {
  [type.headers]: 'H',
  [type.data]: 'D',
  [type.reset]: 'R',
  [type.windowUpdate]: 'W',
}

/** Head, data, trailers with the end; or a head with the end; or less and a reset, and nothing behind it. */
function assertOrder(stream: number, answer: readonly Received[]): void {
  const text = answer
    .map(frame => `${letters[frame.type] ?? '?'}${isEnd(frame) ? 'E' : ''}`)
    .join('')
  assert.match(text, /^W*(?:HE|(?:H(?:D|W)*(?:HE)?)?)W*R?$/, `stream ${stream}: ${text}`)
}

const isEnd = ({ type: kind, flags }: Received): boolean =>
  (kind === type.headers || kind === type.data) && (flags & flag.endStream) !== 0

function assertMessage(request: Request | undefined, data: Buffer): void {
  assert.ok(request?.isWhole, 'the answered check was not whole')
  const sent = Buffer.concat(request.parts)
  assert.equal(sent.length >= prefix && sent.readUInt32BE(1), sent.length - prefix)
  // Compressed messages are answered as they were before.
  if (sent[0] !== 0) return
  const length = Math.min(data.length, sent.length)
  assert.ok(data.subarray(prefix, length).equals(sent.subarray(prefix, length)), 'another answer')
}

function requestsOf(written: readonly Received[]): ReadonlyMap<number, Request> {
  const requests = new Map<number, Request>()
  for (const frame of written) {
    const id = frame.stream & largest31
    if (frame.type === type.headers && !requests.has(id)) {
      requests.set(id, { parts: [], isWhole: false })
    }
    add(requests.get(id), frame)
  }
  return requests
}

function add(request: Request | undefined, frame: Received): void {
  if (request === undefined || request.isWhole) return
  if (frame.type === type.data) request.parts.push(contentOf(frame))
  if (isEnd(frame)) request.isWhole = true
}

function contentOf({ flags, payload }: Received): Buffer {
  if ((flags & padded) === 0) return payload
  return payload.subarray(1, Math.max(1, payload.length - (payload[0] ?? 0)))
}

function assertWindows(written: readonly Received[], frames: readonly Received[]): void {
  const increments = (stream: number): number =>
    written
      .filter(frame => frame.type === type.windowUpdate && frame.payload.length === 4)
      .filter(frame => (frame.stream & largest31) === stream)
      .reduce((sum, { payload }) => sum + (payload.readUInt32BE(0) & largest31), 0)
  const sentOn = (streams: (stream: number) => boolean): number =>
    frames
      .filter(frame => isData(frame) && streams(frame.stream))
      .reduce((sum, { payload }) => sum + payload.length, 0)
  assert.ok(sentOn(() => true) <= firstWindow + increments(0), 'above the window')
  const first = Math.max(firstWindow, ...written.flatMap(firstWindows))
  for (const stream of new Set(frames.map(frame => frame.stream))) {
    assert.ok(sentOn(id => id === stream) <= first + increments(stream), 'above its window')
  }
}

function firstWindows({ type: kind, payload }: Received): readonly number[] {
  if (kind !== type.settings) return []
  const found: number[] = []
  for (let at = 0; at + 6 <= payload.length; at += 6) {
    if (payload.readUInt16BE(at) === 4) found.push(payload.readUInt32BE(at + 2))
  }
  return found
}
