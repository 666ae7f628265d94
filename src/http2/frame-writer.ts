/** Frames that the server sends (RFC 9113, 6). */
import { flag, frameHead, frameType } from './protocol.ts'

export interface FrameHead {
  readonly type: number
  readonly flags: number
  readonly stream: number
  /** Length of the payload. */
  readonly length: number
}

/** Writes the head of a frame at an index, and returns the index of its payload. */
export function writeHead(into: Buffer, at: number, head: FrameHead): number {
  const { length, stream } = head
  into[at] = length >>> 16
  into[at + 1] = length >>> 8
  into[at + 2] = length
  into[at + 3] = head.type
  into[at + 4] = head.flags
  into[at + 5] = stream >>> 24
  into[at + 6] = stream >>> 16
  into[at + 7] = stream >>> 8
  into[at + 8] = stream
  return at + frameHead
}

/** A frame whose payload is not written yet. */
function emptyFrame(head: FrameHead): Buffer {
  const frame = Buffer.allocUnsafe(frameHead + head.length)
  writeHead(frame, 0, head)
  return frame
}

/** A frame with its payload. */
export function frameWith(head: Omit<FrameHead, 'length'>, payload: Buffer): Buffer {
  const { type, flags, stream } = head
  const frame = emptyFrame({ type, flags, stream, length: payload.length })
  frame.set(payload, frameHead)
  return frame
}

function frameOf(type: number, stream: number, payload: readonly number[]): Buffer {
  const frame = emptyFrame({ type, flags: 0, stream, length: payload.length * 4 })
  payload.forEach((number, i) => void frame.writeUInt32BE(number >>> 0, frameHead + i * 4))
  return frame
}

export const goawayFrame = (lastStream: number, code: number): Buffer =>
  frameOf(frameType.goaway, 0, [lastStream, code])

export const rstStreamFrame = (stream: number, code: number): Buffer =>
  frameOf(frameType.rstStream, stream, [code])

export const windowUpdateFrame = (stream: number, bytes: number): Buffer =>
  frameOf(frameType.windowUpdate, stream, [bytes])

/** The eight bytes of a ping of ours. */
export const pingFrame = (id: number): Buffer => frameOf(frameType.ping, 0, [0, id])

/** `payload`: the eight bytes of the ping. */
export const pingAnswer = (payload: Buffer): Buffer =>
  frameWith({ type: frameType.ping, flags: flag.ack, stream: 0 }, payload)

export const settingsAcknowledgement: Buffer = emptyFrame({
  type: frameType.settings,
  flags: flag.ack,
  stream: 0,
  length: 0,
})

export function settingsFrame(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const head = { type: frameType.settings, flags: 0, stream: 0, length: settings.length * 6 }
  const frame = emptyFrame(head)
  settings.forEach(([id, value], i) => {
    frame.writeUInt16BE(id, frameHead + i * 6)
    frame.writeUInt32BE(value, frameHead + i * 6 + 2)
  })
  return frame
}

/** HEADERS with a whole block, which must fit into one frame. `ends`: the stream ends with it. */
export const headersFrame = (stream: number, block: Buffer, ends: boolean): Buffer =>
  frameWith(
    { type: frameType.headers, flags: flag.endHeaders | (ends ? flag.endStream : 0), stream },
    block,
  )
