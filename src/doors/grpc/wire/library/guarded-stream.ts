/** A stream of Node's HTTP/2 within the bounds of the port, from its headers to its end. */
import { constants, type ServerHttp2Stream } from 'node:http2'
import type { Bounds, GiveUpReason, Holder } from '../../../../http2/bounds.ts'
import { closeAnsweredStream } from '../../../../lib/close-answered-stream.ts'
import { guarded } from '../../../../lib/guarded.ts'
import { type Refusal, refusalHeaders, tooMuch, tooSlow } from '../refusals.ts'
import type { Route } from '../route.ts'

export const isOver = (stream: ServerHttp2Stream): boolean => stream.destroyed || stream.closed

export class GuardedStream implements Holder {
  held = 0
  until: number
  readonly stream: ServerHttp2Stream
  private readonly bounds: Bounds
  private readonly readTimeout: number
  private readonly onRefused: Route['onRefused']
  /**
   * `arriving`: the message is being received. `deciding`: it is being decided, with time limits of its own.
   * `answered`: the caller has to receive the answer. `cancelled`: it did not, and the stream was reset.
   */
  private phase: 'arriving' | 'deciding' | 'answered' | 'cancelled' = 'arriving'

  constructor(stream: ServerHttp2Stream, { bounds, readTimeout, onRefused }: Route) {
    this.stream = stream
    this.bounds = bounds
    this.readTimeout = readTimeout
    this.onRefused = onRefused
    this.until = performance.now() + readTimeout
    // An error also closes the stream, and `close` is handled.
    stream.on('error', () => undefined)
    stream.once(
      'close',
      guarded(() => {
        bounds.remove(this)
        bounds.release(this)
      }),
    )
    bounds.add(this)
  }

  /**
   * Refuses the stream, or resets it if it was answered; if the caller does not react to that, ends its connection.
   * Runs later, because Node must not write to or close another connection while it reads from one.
   */
  giveUp(reason: GiveUpReason): void {
    const { phase, stream } = this
    const why = reason === 'too_slow' ? tooSlow : tooMuch
    if (phase !== 'cancelled') this.count(why)
    this.bounds.release(this)
    this.enter(phase === 'arriving' ? 'answered' : 'cancelled')
    setImmediate(
      guarded(() => {
        if (phase === 'arriving') refuse(stream, why)
        else if (phase === 'answered') stream.close(constants.NGHTTP2_CANCEL)
        else stream.session?.destroy()
      }),
    )
  }

  private enter(phase: 'answered' | 'cancelled'): void {
    this.bounds.remove(this)
    this.phase = phase
    this.until = performance.now() + this.readTimeout
    if (!this.stream.destroyed) this.bounds.add(this)
  }

  /** Call it when the whole message was received. */
  messageArrived(): void {
    this.phase = 'deciding'
    this.bounds.remove(this)
  }

  /** Call it when the answer is sent. */
  answerSent(): void {
    this.bounds.release(this)
    if (this.phase !== 'cancelled') this.enter('answered')
  }

  private count({ reason }: Refusal): void {
    if (reason !== undefined) this.onRefused(reason)
  }

  refuse(why: Refusal): void {
    this.count(why)
    this.bounds.release(this)
    this.enter('answered')
    refuse(this.stream, why)
  }

  /** Counts bytes as held until the answer. False: there are too many and the stream was refused, or it is over. */
  hold(bytes: number): boolean {
    if (isOver(this.stream)) return false
    if (!this.bounds.hold(this, bytes)) this.refuse(tooMuch)
    return !isOver(this.stream)
  }
}

/** Refuses a stream without reading the rest of it: data that the caller still sends is discarded. */
export function refuse(stream: ServerHttp2Stream, why: Refusal): void {
  if (isOver(stream)) return
  stream.removeAllListeners('data')
  stream.removeAllListeners('end')
  if (stream.headersSent) {
    stream.close(constants.NGHTTP2_CANCEL)
    return
  }
  stream.respond(refusalHeaders(why), { endStream: true })
  closeAnsweredStream(stream)
}
