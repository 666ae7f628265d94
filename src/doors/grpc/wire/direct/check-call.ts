/** A check on a stream: its message, its decision and its answer. */
import { sendAnswer } from '../../../../http2/answer.ts'
import type { GiveUpReason, Holder } from '../../../../http2/bounds.ts'
import { type Collector, createCollector } from '../../../../http2/collector.ts'
import { errorCode } from '../../../../http2/protocol.ts'
import type { RequestHead } from '../../../../http2/request-head.ts'
import type { Stream, StreamHandler } from '../../../../http2/stream.ts'
import type { Place } from '../../../../lib/linked-list.ts'
import type { UnaryCall } from '../call.ts'
import { inflate, knownEncoding } from '../inflate.ts'
import { frameMessage, isCompressed, isOneMessage, prefixBytes } from '../message.ts'
import { badTimeout, notOneMessage, type Refusal, tooLarge, tooMuch, tooSlow } from '../refusals.ts'
import type { Route } from '../route.ts'
import { timeoutOf } from '../timeout.ts'
import { refuse, refuseAtOnce, success } from './blocks.ts'

const nothing = Buffer.alloc(0)

/**
 * `arriving`: the message is being received; `deciding`; `answered`: the caller has to receive the answer; `over`. A
 * class: one object for each check is what its receiver, its bounds and its decision use.
 */
type Phase = 'arriving' | 'deciding' | 'answered' | 'over'

export class CheckCall implements StreamHandler, Holder, UnaryCall {
  held = 0
  waiting: Place<Holder> | undefined = undefined
  giving: Place<Holder> | undefined = undefined
  until: number
  message: Buffer = nothing
  timeout: number | undefined
  private readonly stream: Stream
  private readonly route: Route
  private readonly encoding: string
  private readonly sentTimeout: number | undefined | 'malformed'
  private phase: Phase = 'arriving'
  private size = 0
  /** The whole body, when it came in one frame. */
  private whole: Buffer | undefined
  private parts: Collector | undefined
  private abort: (() => void) | undefined
  /** The caller hung up during the decision. */
  private isHungUp = false
  private mayAbort = true

  constructor(stream: Stream, head: RequestHead, route: Route) {
    this.stream = stream
    this.encoding = knownEncoding(head.grpcEncoding)
    this.sentTimeout = timeoutOf(head.grpcTimeout)
    this.route = route
    this.until = performance.now() + route.readTimeout
    route.bounds.add(this)
  }

  data(bytes: Buffer, start: number, end: number): void {
    const length = end - start
    this.size += length
    this.stream.credit(length)
    if (this.phase !== 'arriving') return
    if (this.size > this.route.messageBytes + prefixBytes) this.refuse(tooLarge)
    else if (this.size === length && !this.stream.isRemoteOpen) {
      if (this.hold(length)) this.whole = bytes.subarray(start, end)
    } else this.collect(bytes, start, end)
  }

  private collect(bytes: Buffer, start: number, end: number): void {
    this.parts ??= createCollector(this.route.messageBytes + prefixBytes)
    this.parts.add(bytes, start, end)
    const more = this.parts.capacity() - this.held
    if (more > 0) this.hold(more)
  }

  /** False: the call was refused, or is over. */
  private hold(bytes: number): boolean {
    const { bounds } = this.route
    if (this.phase === 'over') return false
    if (!bounds.hold(this, bytes)) {
      this.refuse(tooMuch)
      return false
    }
    if (!this.stream.isOver || this.phase === 'deciding') return true
    bounds.release(this)
    return false
  }

  end(): void {
    if (this.phase !== 'arriving') return
    const framed = this.whole ?? this.parts?.bytes() ?? nothing
    const timeout = this.sentTimeout
    if (!isOneMessage(framed)) this.refuse(notOneMessage)
    else if (timeout === 'malformed') this.refuse(badTimeout)
    else this.receive(framed, timeout)
  }

  private receive(framed: Buffer, timeout: number | undefined): void {
    this.phase = 'deciding'
    this.route.bounds.remove(this)
    this.timeout = timeout
    this.message = framed.subarray(prefixBytes)
    if (isCompressed(framed)) this.unpack()
    else this.ask()
  }

  private ask(): void {
    try {
      this.route.answer(this)
    } catch (bug) {
      this.fail(bug)
    }
    this.forgetMessage()
  }

  /** The message was read. Its memory can be much larger than it: all that came with it. */
  private forgetMessage(): void {
    this.message = nothing
    this.whole = undefined
    this.parts = undefined
  }

  private fail(bug: unknown): void {
    this.stream.reset(errorCode.internalError)
    this.finish()
    this.route.onBug(bug)
  }

  private unpack(): void {
    const { route, encoding, message } = this
    const unpacked = inflate({
      message,
      encoding,
      most: route.messageBytes,
      hold: bytes => this.hold(bytes),
      onBug: route.onBug,
    })
    unpacked.then(outcome => this.decide(outcome)).catch(bug => this.fail(bug))
  }

  private decide(unpacked: Buffer | Refusal | undefined): void {
    if (unpacked === undefined || this.isHungUp || this.phase !== 'deciding') this.finish()
    else if (Buffer.isBuffer(unpacked)) {
      this.message = unpacked
      this.ask()
    } else this.refuse(unpacked)
  }

  onHangUp(abort: () => void): void {
    this.abort = abort
    if (this.isHungUp && this.mayAbort) abort()
  }

  release(): void {
    this.abort = undefined
  }

  answer(bytes: Buffer): void {
    this.route.bounds.release(this)
    const { stream } = this
    stream.owner.refill(!this.isHungUp)
    if (this.isHungUp) {
      this.finish()
      return
    }
    this.phase = 'answered'
    sendAnswer(stream, success, frameMessage(bytes))
    if (stream.isBlocked()) this.awaitCaller(bytes.length)
    else this.phase = 'over'
  }

  /** The answer waits for the caller's windows, within the bounds. */
  private awaitCaller(bytes: number): void {
    const { bounds, readTimeout } = this.route
    this.until = performance.now() + readTimeout
    bounds.add(this)
    if (!bounds.hold(this, bytes)) this.giveUp('too_many')
    else if (this.stream.isOver) bounds.release(this)
  }

  /** The answer that waited for the caller's windows has left. */
  drained(): void {
    this.finish()
  }

  closed(): void {
    if (this.phase === 'deciding') this.hangUp()
    else this.finish()
  }

  private hangUp(): void {
    this.isHungUp = true
    this.mayAbort = this.stream.linger()
    const { abort } = this
    if (this.mayAbort) abort?.()
  }

  giveUp(reason: GiveUpReason): void {
    const { phase, stream } = this
    this.finish()
    const refusal = reason === 'too_slow' ? tooSlow : tooMuch
    this.count(refusal)
    if (phase === 'arriving') refuseAtOnce(stream, refusal)
    else stream.reset(errorCode.cancel)
  }

  refuse(refusal: Refusal): void {
    this.count(refusal)
    this.finish()
    refuse(this.stream, refusal)
  }

  private count({ reason }: Refusal): void {
    if (reason !== undefined) this.route.onRefused(reason)
  }

  private finish(): void {
    this.stream.endLinger()
    this.phase = 'over'
    this.route.bounds.remove(this)
    this.route.bounds.release(this)
  }
}
