/** A call of a method whose answer is a stream: its messages, its time limits and its end. */
import type { GiveUpReason, Holder } from '../../../../http2/bounds.ts'
import { guarded } from '../../../../lib/guarded.ts'
import type { Place } from '../../../../lib/linked-list.ts'
import { inflate, knownEncoding } from '../inflate.ts'
import { frameMessage, isCompressed, prefixBytes } from '../message.ts'
import {
  badTimeout,
  failed,
  incomplete,
  late,
  notOneMessage,
  type Refusal,
  tooLarge,
  tooMuch,
  tooSlow,
} from '../refusals.ts'
import type { Route } from '../route.ts'
import { longestTimer, timeoutOf } from '../timeout.ts'
import { createMessageReader, type MessageReader } from './message-reader.ts'
import type { AnswerStream, MessageHandler, StreamMethod } from './service.ts'

/** Where a transport writes the answer. */
export interface Outlet {
  /** Sends a part of the answer. False: it waits for the caller, and `drained` has to be called. */
  readonly send: (framed: Buffer) => boolean
  /** Ends the answer; undefined: with success. */
  readonly finish: (refusal: Refusal | undefined) => void
  /** The same without waiting for the caller: what it has not received is discarded. */
  readonly cut: (refusal: Refusal) => void
  /** A part of the finished answer waits for the caller. */
  readonly isBlocked: () => boolean
}

export interface StreamCallOptions {
  readonly outlet: Outlet
  readonly method: StreamMethod
  readonly route: Route
  readonly grpcTimeout: string | undefined
  readonly grpcEncoding: string | undefined
  /** Called once, when the call has ended. */
  readonly onEnd: () => void
}

export class StreamCall implements Holder, AnswerStream {
  held = 0
  waiting: Place<Holder> | undefined = undefined
  giving: Place<Holder> | undefined = undefined
  until = 0
  private readonly options: StreamCallOptions
  private readonly ends: number
  private readonly messages: MessageReader
  private handler: MessageHandler | undefined
  private timer: NodeJS.Timeout | undefined
  private received = 0
  /** The caller has sent everything. */
  private isWhole = false
  /** The handler has received everything. */
  private isRead = false
  /** A message has no answer yet. */
  private isBusy = false
  /** The caller has to receive what was sent. */
  private isWaiting = false
  private isFinished = false
  private isOver = false

  constructor(options: StreamCallOptions) {
    const { route, method } = options
    this.options = options
    this.ends = performance.now() + method.longest
    this.messages = createMessageReader(method.requestBytes)
    this.extend()
    route.bounds.add(this)
  }

  /** Call it once, before anything else. */
  begin(): void {
    const { method, grpcTimeout } = this.options
    const timeout = timeoutOf(grpcTimeout)
    if (timeout === 'malformed') {
      this.end(badTimeout)
      return
    }
    this.handler = method.begin(this)
    if (timeout !== undefined) this.expireAfter(timeout)
  }

  private expireAfter(timeout: number): void {
    const expire = this.safely(() => {
      if (this.isWaiting) this.cut(late)
      else this.end(late)
    })
    this.timer = setTimeout(expire, Math.min(timeout, longestTimer)).unref()
  }

  /** A bug ends the call. */
  private safely(run: () => void): () => void {
    return guarded(run, bug => {
      this.options.route.onBug(bug)
      this.cut(failed)
    })
  }

  private extend(): void {
    this.until = Math.min(this.ends, performance.now() + this.options.route.readTimeout)
  }

  data(bytes: Buffer, start: number, end: number): void {
    if (this.isFinished || this.isOver) return
    const { method } = this.options
    this.received += end - start
    if (this.received > method.requestBytes) {
      this.end(tooLarge)
      return
    }
    this.messages.add(bytes, start, end)
    if (!this.hold(this.messages.capacity() - this.held) || method.hasOneMessage) return
    // Each part of the messages begins the time again.
    this.extend()
    this.advance()
  }

  /** False: the call has ended. */
  private hold(bytes: number): boolean {
    const { bounds } = this.options.route
    if (this.isOver) return false
    if (bytes > 0 && !bounds.hold(this, bytes)) this.end(tooMuch)
    if (this.isOver) bounds.release(this)
    return !this.isOver
  }

  /** The caller has sent everything. */
  whole(): void {
    this.isWhole = true
    this.advance()
  }

  private advance(): void {
    if (this.isBusy || this.isFinished || this.isOver || this.isRead) return
    const framed = this.messages.next()
    if (framed !== undefined) this.deliver(framed)
    else if (this.isWhole) this.finishReading()
  }

  private deliver(framed: Buffer): void {
    if (this.options.method.hasOneMessage && this.messages.left() > 0) {
      this.end(notOneMessage)
      return
    }
    this.isBusy = true
    const message = framed.subarray(prefixBytes)
    if (isCompressed(framed)) this.unpack(message)
    else this.handler?.message(message)
  }

  private unpack(message: Buffer): void {
    const { route, method, grpcEncoding } = this.options
    const unpacked = inflate({
      message,
      encoding: knownEncoding(grpcEncoding),
      most: method.requestBytes,
      hold: bytes => this.hold(bytes),
      onBug: route.onBug,
    })
    const take = (outcome: Buffer | Refusal | undefined): void => {
      // The memory of unpacking is free again.
      route.bounds.release(this)
      if (!this.hold(this.messages.capacity()) || outcome === undefined || this.isFinished) return
      if (Buffer.isBuffer(outcome)) this.handler?.message(outcome)
      else this.end(outcome)
    }
    void unpacked.then(outcome => this.safely(() => take(outcome))())
  }

  private finishReading(): void {
    const { hasOneMessage } = this.options.method
    if (this.messages.left() > 0) this.end(hasOneMessage ? notOneMessage : incomplete)
    else if (hasOneMessage && this.received === 0) this.end(notOneMessage)
    else {
      this.isRead = true
      this.rest()
      this.handler?.end()
    }
  }

  /** A call that nothing is expected of does not count as unfinished. */
  private rest(): void {
    const { bounds } = this.options.route
    if (!this.isRead) return
    bounds.remove(this)
    bounds.release(this)
  }

  send(message: Buffer): void {
    if (this.isFinished || this.isOver) return
    if (this.options.outlet.send(frameMessage(message))) this.answered()
    else this.awaitCaller()
  }

  /** The next message is read in another turn: many of them do not hold up other calls. */
  private answered(): void {
    this.isBusy = false
    if (!this.isRead) setImmediate(this.safely(() => this.advance()))
  }

  isBlocked(): boolean {
    return this.isWaiting
  }

  /** The caller has to receive what waits. */
  private awaitCaller(): void {
    this.isWaiting = true
    this.extend()
    this.options.route.bounds.add(this)
  }

  /** What was sent has left. */
  drained(): void {
    if (!this.isWaiting || this.isOver) return
    this.isWaiting = false
    if (this.isFinished) this.over()
    else {
      this.rest()
      this.handler?.drained()
      this.answered()
    }
  }

  end(refusal?: Refusal): void {
    if (this.isFinished || this.isOver) return
    this.finish(refusal)
    const { outlet } = this.options
    outlet.finish(refusal)
    if (outlet.isBlocked()) this.awaitCaller()
    else this.over()
  }

  private finish(refusal: Refusal | undefined): void {
    this.isFinished = true
    clearTimeout(this.timer)
    this.handler?.closed()
    if (refusal?.reason !== undefined) this.options.route.onRefused(refusal.reason)
  }

  giveUp(reason: GiveUpReason): void {
    this.cut(reason === 'too_slow' ? tooSlow : tooMuch)
  }

  private cut(refusal: Refusal): void {
    if (this.isOver) return
    if (!this.isFinished) this.finish(refusal)
    this.over()
    this.options.outlet.cut(refusal)
  }

  /** The caller reset the stream, or its connection is over. */
  closed(): void {
    if (!this.isFinished) this.finish(undefined)
    this.over()
  }

  private over(): void {
    if (this.isOver) return
    this.isOver = true
    const { route, onEnd } = this.options
    route.bounds.remove(this)
    route.bounds.release(this)
    onEnd()
  }
}
