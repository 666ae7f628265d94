/** The state of one connection: its streams, windows, settings and end (RFC 9113, 3 to 6). */
import type { Duplex } from 'node:stream'
import { TurnoverMap } from '../lib/turnover-map.ts'
import type { Bounds } from './bounds.ts'
import { type Budget, createBudget } from './budget.ts'
import type { Collector } from './collector.ts'
import { Draining } from './draining.ts'
import { goawayFrame, pingFrame, windowUpdateFrame } from './frame-writer.ts'
import { createHpackDecoder, type HpackDecoder } from './hpack/decoder.ts'
import { largestTable } from './hpack/dynamic-table.ts'
import { emptyTable } from './hpack/encode.ts'
import { Output } from './output.ts'
import {
  type ConnectionError,
  errorCode,
  firstWindow,
  largest31,
  type RefusalReason,
} from './protocol.ts'
import type { RequestHead } from './request-head.ts'
import type { Stream, StreamHandler, StreamOwner } from './stream.ts'

/** A request whose head was received. */
export interface NewRequest {
  readonly stream: Stream
  readonly head: RequestHead
  /** The request has no body. */
  readonly isWhole: boolean
}

export interface ConnectionOptions {
  /** Answers the request, or returns who does. */
  readonly onRequest: (request: NewRequest) => StreamHandler | undefined
  /** A connection, a stream or a call was refused. */
  readonly onRefused: (reason: RefusalReason) => void
  readonly bounds: Bounds
  /** Streams that may be open at once. */
  readonly streams: number
  /** Milliseconds for a frame, a header block and a message to arrive, and for an answer to be received. */
  readonly readTimeout: number
  readonly schedule: (flush: () => void) => void
}

/** The first windows of the server, in bytes. */
export const streamWindow = 65_535
export const connectionWindow = 1_048_576
/** The largest list of header fields, in bytes. */
export const listBytes = 65_536

/** Bytes of answers that a client has not received; beyond it the connection ends. */
const mostUnsent = 16_777_216
/** Streams that the server ended, and whose late frames are ignored: as many as the budget lets it reset at once. */
const mostRemembered = 1000
/** Gaps between the ids of streams. */
const mostSkipped = 128
/** Milliseconds for the last bytes of a connection to be received. */
const lastMoment = 1000

const controlFrames = { most: 2000, perSecond: 100 }
const resets = { most: 1000, perSecond: 33 }
/** What an answered call adds to the budget of control frames. */
const perAnswer = 20

/** A header block that is not complete. */
export interface OpenBlock {
  readonly stream: number
  readonly endsStream: boolean
  readonly dependsOnItself: boolean
  readonly collected: Collector
}

/**
 * `open`; `leaving`: GOAWAY was announced and new streams are still accepted; `last`: the last stream is named, new
 * ones are ignored; `over`: nothing is read any more.
 */
type Phase = 'open' | 'leaving' | 'last' | 'over'

export class Connection implements StreamOwner {
  readonly options: ConnectionOptions
  readonly streamWindow = streamWindow
  readonly streams = new TurnoverMap<number, Stream>()
  readonly decoder: HpackDecoder = createHpackDecoder(listBytes)
  readonly controls: Budget = createBudget(controlFrames)
  readonly resets: Budget = createBudget(resets)
  /** Calls that the client cut short. */
  private readonly aborts: Budget = createBudget(resets)
  /** What the client allows. */
  peerWindow = firstWindow
  sendWindow = firstWindow
  /** What the client may still send. */
  receiveWindow = connectionWindow
  /** The highest stream that the client opened. */
  lastStream = 0
  block: OpenBlock | undefined
  phase: Phase = 'open'
  hasSettings = false
  isAcknowledged = false
  /** The client will send no more than it has begun, as far as it knows. */
  isClientLeaving = false
  /** Streams that are over and whose calls still run. */
  private lingering = 0
  /** Pings of ours that were not answered. */
  pings = 0
  readonly output: Output
  private readonly socket: Duplex
  /** Streams that wait for the window of the connection. */
  private readonly blocked = new Set<Stream>()
  private readonly remembered = new Set<number>()
  /** Ids that the client passed over, as pairs of the first and the last. */
  private readonly skipped: number[] = []
  private uncredited = 0
  /** The next header block has to say that the table is empty. */
  isTableUpdateDue = false
  private isTableEmpty = false

  constructor(socket: Duplex, options: ConnectionOptions) {
    this.socket = socket
    this.options = options
    this.output = new Output(socket, {
      schedule: options.schedule,
      onFull: () => void socket.pause(),
      onDrain: () => {
        if (this.phase === 'over') return
        socket.resume()
        this.sendBlocked()
      },
    })
  }

  write(bytes: Buffer): void {
    if (this.phase === 'over') return
    this.output.write(bytes)
    if (this.output.unsent() > mostUnsent) this.destroy('unread')
  }

  /** Streams that count for the limit. */
  active(): number {
    return this.streams.size + this.lingering
  }

  /** An error: the client has sent too much that asks for nothing. */
  spend(cost: number): ConnectionError | undefined {
    return this.controls.spend(cost) ? undefined : flood
  }

  /** A stream ended because of the client, or the client made the server end it. */
  spendReset(): ConnectionError | undefined {
    return this.resets.spend(1) ? undefined : tooManyResets
  }

  /**
   * A call that is cut short ends sooner than it would, so that more of them could begin than `streams` allows in the
   * time of a decision. Beyond the budget, calls run as if the client were there. The connection does not end: a proxy
   * shares it among its clients, and each of them can cancel requests.
   */
  linger(): boolean {
    this.lingering += 1
    return this.phase === 'over' || this.aborts.spend(1)
  }

  endLinger(): void {
    this.lingering -= 1
  }

  refill(isReceived: boolean): void {
    this.controls.refill(perAnswer)
    if (!isReceived) return
    this.resets.refill(1)
    this.aborts.refill(1)
  }

  credit(bytes: number): void {
    this.uncredited += bytes
    if (this.uncredited * 2 < connectionWindow) return
    this.write(windowUpdateFrame(0, this.uncredited))
    this.receiveWindow += this.uncredited
    this.uncredited = 0
  }

  /**
   * The client allows a table of so many bytes. The server keeps none, but it has to confirm a smaller one than the
   * first, at the beginning of the next header block (RFC 7541, 4.2).
   */
  limitTable(bytes: number): void {
    if (bytes >= largestTable || this.isTableEmpty) return
    this.isTableEmpty = true
    this.isTableUpdateDue = true
  }

  beginBlock(block: Buffer): Buffer {
    if (!this.isTableUpdateDue) return block
    this.isTableUpdateDue = false
    return Buffer.concat([emptyTable, block])
  }

  setBlocked(stream: Stream, isBlocked: boolean): void {
    if (isBlocked) this.blocked.add(stream)
    else this.blocked.delete(stream)
  }

  isFull(): boolean {
    return this.output.isFull
  }

  /** The window of the connection has grown, or its socket has room again. */
  sendBlocked(): void {
    for (const stream of this.blocked) {
      if (this.sendWindow <= 0 || this.output.isFull) return
      stream.sendUnsent()
    }
  }

  /** A stream that the client opened. */
  open(stream: Stream): void {
    const { id } = stream
    if (id > this.lastStream + 2) this.skip(this.lastStream + 1, id - 1)
    this.lastStream = id
    this.streams.set(id, stream)
  }

  private skip(first: number, last: number): void {
    if (this.skipped.push(first, last) > 2 * mostSkipped) this.skipped.splice(0, 2)
  }

  /** True for an id that the client passed over; it is closed (RFC 9113, 5.1.1). */
  wasSkipped(id: number): boolean {
    return this.skipped.some(
      (first, i) => i % 2 === 0 && id >= first && id <= (this.skipped[i + 1] ?? 0),
    )
  }

  drain(stream: Stream): void {
    const draining = new Draining(stream, this.options.bounds)
    // The connection can end meanwhile, when the stream is one too many.
    if (stream.isOver) draining.closed()
    else stream.handler = draining
  }

  forget(stream: Stream, isReset: boolean): void {
    if (isReset) this.remember(stream.id)
    this.blocked.delete(stream)
    this.streams.delete(stream.id)
    this.endWhenDone()
  }

  /** Late frames of the stream will be ignored. */
  remember(id: number): void {
    this.remembered.add(id)
    if (this.remembered.size <= mostRemembered) return
    for (const oldest of this.remembered) {
      this.remembered.delete(oldest)
      return
    }
  }

  /** True for a stream that the server ended: the client may not have known (RFC 9113, 5.1). */
  isRemembered(id: number): boolean {
    return this.remembered.has(id)
  }

  /** Accepts no new streams soon, and ends when the open ones have ended (RFC 9113, 6.8). */
  leave(): void {
    if (this.phase !== 'open') return
    this.phase = 'leaving'
    this.write(goawayFrame(largest31, errorCode.noError))
    this.ping()
  }

  /** The client knows of `leave`, or had time to: names the last stream. */
  nameLast(): void {
    if (this.phase !== 'leaving') return
    this.phase = 'last'
    this.write(goawayFrame(this.lastStream, errorCode.noError))
    this.endWhenDone()
  }

  /**
   * The client sent GOAWAY. It can still open streams: the last stream that it named is one of the server (RFC 9113, 6.8).
   * The connection ends when it has been idle for a moment.
   */
  clientLeaves(isWell: boolean): void {
    if (isWell) this.isClientLeaving = true
    else this.end()
  }

  ping(): void {
    this.pings += 1
    this.write(pingFrame(this.pings))
  }

  private endWhenDone(): void {
    if (this.phase === 'last' && this.streams.size === 0) this.end()
  }

  /** Ends the connection because of an error of the client. */
  fail({ code, reason }: ConnectionError): void {
    if (this.phase === 'over') return
    this.options.onRefused(reason)
    this.write(goawayFrame(this.lastStream, code))
    this.end()
  }

  /** Sends what is there, then closes. What the client still sends is not read. */
  end(): void {
    if (this.phase === 'over') return
    this.phase = 'over'
    this.closeStreams()
    this.output.flush()
    this.socket.end()
    // Without reading, an end of the client would not be noticed.
    this.socket.resume()
    setTimeout(() => this.socket.destroy(), lastMoment).unref()
  }

  /** Closes at once. */
  destroy(reason?: RefusalReason): void {
    if (reason !== undefined && this.phase !== 'over') this.options.onRefused(reason)
    this.phase = 'over'
    this.closeStreams()
    this.socket.destroy()
  }

  private closeStreams(): void {
    for (const stream of this.streams.values()) {
      stream.close(false)
      stream.handler?.closed()
    }
  }
}

const flood: ConnectionError = { code: errorCode.enhanceYourCalm, reason: 'flood' }
const tooManyResets: ConnectionError = { code: errorCode.enhanceYourCalm, reason: 'resets' }
