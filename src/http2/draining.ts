import type { Bounds, Holder } from './bounds.ts'
import { errorCode } from './protocol.ts'
import type { Stream, StreamHandler } from './stream.ts'

/** Milliseconds for a client to end a request whose answer is complete. */
const drainTime = 1000

/**
 * Discards what a client still sends on a stream whose answer is complete; errors are still noticed. After a moment,
 * or when its window is used up, the client learns that nothing more is needed (RFC 9113, 8.1).
 */
export class Draining implements StreamHandler, Holder {
  held = 0
  readonly until = performance.now() + drainTime
  private readonly stream: Stream
  private readonly bounds: Bounds

  constructor(stream: Stream, bounds: Bounds) {
    this.stream = stream
    this.bounds = bounds
    bounds.add(this)
  }

  data(_: Buffer, start: number, end: number): void {
    this.stream.owner.credit(end - start)
  }

  end(): void {
    this.closed()
    this.stream.close(false)
  }

  closed(): void {
    this.bounds.remove(this)
  }

  drained(): void {
    // Nothing is sent any more.
  }

  giveUp(): void {
    this.closed()
    this.stream.reset(errorCode.noError)
  }
}
