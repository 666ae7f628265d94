/** Splits the bytes of a connection into frames (RFC 9113, 3.4 and 4.1). */
import { type Collector, createCollector } from './collector.ts'
import {
  type ConnectionError,
  frameHead,
  frameSizeError,
  largest31,
  preface,
  protocolError,
  smallestMaxFrame,
} from './protocol.ts'

/** A frame and where its payload is. One object for all frames of a connection. */
export interface Frame {
  type: number
  flags: number
  /** The stream; 0: the connection. */
  stream: number
  bytes: Buffer
  /** The payload is `bytes` from `start` to `end`. */
  start: number
  end: number
}

export type TakeFrame = (frame: Frame) => ConnectionError | undefined

/** Gives each whole frame to `take`. A class: each connection has one, and its methods run for every chunk. */
export class FrameReader {
  private readonly take: TakeFrame
  private readonly frame: Frame = {
    type: 0,
    flags: 0,
    stream: 0,
    bytes: preface,
    start: 0,
    end: 0,
  }
  /** Bytes of the preface that were received. */
  private begun = 0
  /** A frame that is not complete. */
  private partial: Collector | undefined

  constructor(take: TakeFrame) {
    this.take = take
  }

  /** The incomplete frame. */
  incomplete(): Collector | undefined {
    return this.partial
  }

  /** Stops at the first error. */
  read(chunk: Buffer): ConnectionError | undefined {
    let at = this.begun < preface.length ? this.readPreface(chunk) : 0
    if (at < 0) return protocolError
    if (this.partial !== undefined) {
      at = this.complete(this.partial, chunk, at)
      if (this.partial !== undefined) return at < 0 ? frameSizeError : undefined
      const error = this.take(this.frame)
      if (error !== undefined) return error
    }
    return this.readFrames(chunk, at)
  }

  /** Returns the index after the preface; -1: it is another protocol. */
  private readPreface(chunk: Buffer): number {
    const length = Math.min(preface.length - this.begun, chunk.length)
    if (preface.compare(chunk, 0, length, this.begun, this.begun + length) !== 0) return -1
    this.begun += length
    return length
  }

  private readFrames(chunk: Buffer, from: number): ConnectionError | undefined {
    let at = from
    while (chunk.length - at >= frameHead) {
      const length = payloadLength(chunk, at)
      if (length > smallestMaxFrame) return frameSizeError
      const end = at + frameHead + length
      if (end > chunk.length) break
      this.point(chunk, at, end)
      const error = this.take(this.frame)
      if (error !== undefined) return error
      at = end
    }
    if (at < chunk.length) this.keep(chunk, at)
    return undefined
  }

  private keep(chunk: Buffer, at: number): void {
    this.partial = createCollector(frameHead + smallestMaxFrame)
    this.partial.add(chunk, at, chunk.length)
  }

  /**
   * Adds to the incomplete frame. When it is complete, `frame` is it and `partial` is undefined. Returns the index
   * after the added bytes; -1: the frame is too large.
   */
  private complete(partial: Collector, chunk: Buffer, from: number): number {
    const headEnd = add(partial, { chunk, from, length: frameHead })
    if (partial.length() < frameHead) return headEnd
    const length = payloadLength(partial.bytes(), 0)
    if (length > smallestMaxFrame) return -1
    const end = add(partial, { chunk, from: headEnd, length: frameHead + length })
    if (partial.length() < frameHead + length) return end
    this.point(partial.bytes(), 0, frameHead + length)
    this.partial = undefined
    return end
  }

  private point(bytes: Buffer, at: number, end: number): void {
    const { frame } = this
    frame.type = bytes[at + 3] ?? 0
    frame.flags = bytes[at + 4] ?? 0
    // The reserved bit is ignored.
    frame.stream = bytes.readUInt32BE(at + 5) & largest31
    frame.bytes = bytes
    frame.start = at + frameHead
    frame.end = end
  }
}

const payloadLength = (bytes: Buffer, at: number): number =>
  ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)

interface Piece {
  readonly chunk: Buffer
  readonly from: number
  /** The length that the collected bytes should have. */
  readonly length: number
}

/** Adds at most until `length`, and returns the index after the added bytes. */
function add(partial: Collector, { chunk, from, length }: Piece): number {
  const missing = Math.max(0, length - partial.length())
  const end = Math.min(chunk.length, from + missing)
  if (end > from) partial.add(chunk, from, end)
  return end
}
