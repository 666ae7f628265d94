/** One stream of a connection (RFC 9113, 5.1): from the request's head until both sides have ended it. */
import { frameWith, headersFrame, rstStreamFrame, windowUpdateFrame } from './frame-writer.ts'
import { errorCode, frameType, smallestMaxFrame } from './protocol.ts'

/** Receives what the client sends on a stream. Nothing is called after `closed`. */
export interface StreamHandler {
  /** A part of the body; valid only during the call. Call `stream.credit` when it was used. */
  data(bytes: Buffer, start: number, end: number): void
  /** The body is complete. */
  end(): void
  /** The client reset the stream, or the connection is over. */
  closed(): void
  /** What was given to `send` has left. */
  drained(): void
}

/** What a stream needs of its connection. */
export interface StreamOwner {
  /** Bytes that may be sent on the whole connection. */
  sendWindow: number
  /** The first window of a stream for the client. */
  readonly peerWindow: number
  /** The first window of a stream for the server. */
  readonly streamWindow: number
  readonly write: (bytes: Buffer) => void
  /** Gives the client credit for bytes on the whole connection. */
  readonly credit: (bytes: number) => void
  /** A header block as the client expects it now. */
  readonly beginBlock: (block: Buffer) => Buffer
  /** `beginBlock` changes the next block. */
  readonly isTableUpdateDue: boolean
  /** The socket has bytes that the client does not read: a stream should wait before it sends more. */
  readonly isFull: () => boolean
  /** The stream waits for the window or the socket of the connection; false: not any more. */
  readonly setBlocked: (stream: Stream, isBlocked: boolean) => void
  /** The call of a stream that is over still runs, and counts as a stream. False: it must not be cut short. */
  readonly linger: () => boolean
  /** Such a call has ended. */
  readonly endLinger: () => void
  /** A call was answered; `isReceived`: its client still waited for it. */
  readonly refill: (isReceived: boolean) => void
  /** The answer is complete, and the client still sends. */
  readonly drain: (stream: Stream) => void
  /** The stream is over. `isReset`: the server ended it before the client did. */
  readonly forget: (stream: Stream, isReset: boolean) => void
}

/** Data that waits for the client's windows. */
interface Unsent {
  readonly data: Buffer
  at: number
  /** undefined: more data may follow. */
  trailers: Buffer | undefined
}

export class Stream {
  readonly id: number
  readonly owner: StreamOwner
  handler: StreamHandler | undefined
  /** Bytes that may be sent; negative after the client has made its window smaller. */
  sendWindow: number
  /** Bytes that the client may send. */
  receiveWindow: number
  isRemoteOpen = true
  isLocalOpen = true
  isOver = false
  /** The stream is over, and its call still runs. */
  isLingering = false
  /** Bytes of the body that are missing to the announced Content-Length; undefined: it has none. */
  left: number | undefined
  /** Bytes that were used, and for which the client has no credit yet. */
  private uncredited = 0
  private unsent: Unsent | undefined
  /** `drained` has to be called. */
  private isWaiting = false

  constructor(owner: StreamOwner, id: number) {
    this.owner = owner
    this.id = id
    this.sendWindow = owner.peerWindow
    this.receiveWindow = owner.streamWindow
  }

  /** True while data waits for the client's windows. */
  isBlocked(): boolean {
    return this.unsent !== undefined
  }

  /** Sends a header block; `ends`: it is the whole answer, or the trailers. */
  sendHead(block: Buffer, ends: boolean): void {
    if (!this.isLocalOpen) return
    this.writeHead(block, ends)
    if (ends) this.endLocal()
  }

  /** Ends the answer with a header block, and the request with it: its rest is not needed (RFC 9113, 8.1). */
  endAtOnce(block: Buffer): void {
    if (!this.isLocalOpen) return
    this.writeHead(block, true)
    if (this.isRemoteOpen) this.reset(errorCode.noError)
    else this.endLocal()
  }

  private writeHead(block: Buffer, ends: boolean): void {
    this.owner.write(headersFrame(this.id, this.owner.beginBlock(block), ends))
  }

  /**
   * Sends data as far as the client's windows allow. False: the rest waits, or the client reads too slowly, and
   * `drained` follows. `trailers` end the answer behind the data.
   */
  send(data: Buffer, trailers?: Buffer): boolean {
    if (!this.isLocalOpen) return true
    const { unsent } = this
    const all = unsent === undefined ? data : Buffer.concat([unsent.data.subarray(unsent.at), data])
    this.unsent = { data: all, at: 0, trailers }
    return this.sendUnsent()
  }

  /** Ends the answer with trailers, behind data that waits. */
  finish(trailers: Buffer): void {
    if (this.unsent === undefined) this.sendHead(trailers, true)
    else this.unsent.trailers = trailers
  }

  /** Call it when a window has grown. True: nothing waits any more. */
  sendUnsent(): boolean {
    const { unsent, owner } = this
    if (unsent === undefined) return this.rest()
    while (unsent.at < unsent.data.length) {
      const room = Math.min(this.sendWindow, owner.sendWindow, smallestMaxFrame)
      const length = Math.min(unsent.data.length - unsent.at, room)
      if (length <= 0) return this.block()
      this.sendPart(unsent.data, unsent.at, length)
      unsent.at += length
    }
    this.unsent = undefined
    if (unsent.trailers === undefined) return this.rest()
    this.unblock()
    this.sendHead(unsent.trailers, true)
    return true
  }

  /** Nothing waits for a window. */
  private rest(): boolean {
    if (!this.owner.isFull()) this.unblock()
    else {
      this.isWaiting = true
      this.owner.setBlocked(this, true)
    }
    return !this.isWaiting
  }

  private block(): false {
    this.isWaiting = true
    // Without a window of its own, it does not wait for the connection's.
    this.owner.setBlocked(this, this.sendWindow > 0)
    return false
  }

  private unblock(): void {
    if (!this.isWaiting) return
    this.isWaiting = false
    this.owner.setBlocked(this, false)
    this.handler?.drained()
  }

  private sendPart(data: Buffer, at: number, length: number): void {
    const head = { type: frameType.data, flags: 0, stream: this.id }
    this.takeWindow(length)
    this.owner.write(frameWith(head, data.subarray(at, at + length)))
  }

  /** Data of that length is sent. */
  takeWindow(length: number): void {
    this.sendWindow -= length
    this.owner.sendWindow -= length
  }

  /** Ends the stream at once. */
  reset(code: number): void {
    if (this.isOver) return
    this.owner.write(rstStreamFrame(this.id, code))
    this.close(true)
  }

  /** The client may send so many bytes more. */
  credit(bytes: number): void {
    this.owner.credit(bytes)
    if (!this.isRemoteOpen) return
    this.uncredited += bytes
    if (this.uncredited * 2 < this.owner.streamWindow) return
    this.owner.write(windowUpdateFrame(this.id, this.uncredited))
    this.receiveWindow += this.uncredited
    this.uncredited = 0
  }

  /** The answer is complete. */
  endLocal(): void {
    this.isLocalOpen = false
    if (this.isRemoteOpen) this.owner.drain(this)
    else this.close(false)
  }

  /** Its call runs on; `endLinger` follows. False: the call must not be cut short. */
  linger(): boolean {
    this.isLingering = true
    return this.owner.linger()
  }

  endLinger(): void {
    if (!this.isLingering) return
    this.isLingering = false
    this.owner.endLinger()
  }

  /** Forgets the stream without a word to either side. */
  close(isReset: boolean): void {
    this.isOver = true
    this.isLocalOpen = false
    this.isRemoteOpen = false
    this.unsent = undefined
    this.owner.forget(this, isReset)
  }
}
