/**
 * Limits for every stream of the gRPC port, applied before the stream is read: the number of waiting streams, the
 * bytes held for all of them, and the time for a message to arrive and for an answer to be received.
 */
import { constants, type ServerHttp2Stream } from 'node:http2'
import { guarded as caught } from '../../../lib/guarded.ts'
import { isOver, type Refusal, refuse, tooMuch, tooSlow } from './stream-refusal.ts'

export interface StreamGuardOptions {
  /** Largest message, in bytes. */
  readonly messageBytes: number
  /** Time limit (milliseconds) for a message to arrive, and then for the caller to receive the answer. */
  readonly readTimeout: number
  /** Maximum of streams that wait for their callers, on all connections together. */
  readonly streams: number
}

/** All messages together may hold the bytes of this many largest messages. */
const largestMessages = 32

/** Time limits are checked this often per time limit, and at least once per `longestSweep` milliseconds. */
const sweepsPerTimeout = 10
const longestSweep = 1000

interface Bounds {
  held: number
  readonly most: number
  readonly readTimeout: number
  /** Streams that wait for their callers, oldest first. The decision has limits of its own. */
  readonly waiting: Set<GuardedStream>
}

/** A stream from its headers to its end. */
export interface GuardedStream {
  readonly stream: ServerHttp2Stream
  readonly bounds: Bounds
  /**
   * `arriving`: the message is being received. `deciding`: it is being decided, with time limits of its own.
   * `answered`: the caller has to receive the answer. `cancelled`: it did not, and the stream was reset.
   */
  phase: 'arriving' | 'deciding' | 'answered' | 'cancelled'
  /** Time limit of the phase, on the clock of `performance.now`. */
  until: number
  held: number
}

export type StreamGuard = (stream: ServerHttp2Stream) => GuardedStream

export function createStreamGuard({
  messageBytes,
  readTimeout,
  streams,
}: StreamGuardOptions): StreamGuard {
  const waiting = new Set<GuardedStream>()
  const bounds = { held: 0, most: messageBytes * largestMessages, readTimeout, waiting }
  const sweeper = createSweeper(waiting, readTimeout)
  return stream => {
    stream.on('error', ignore)
    const until = performance.now() + readTimeout
    const guarded: GuardedStream = { stream, bounds, phase: 'arriving', until, held: 0 }
    waiting.add(guarded)
    stream.once(
      'close',
      caught(() => {
        waiting.delete(guarded)
        releaseBytes(guarded)
      }),
    )
    if (waiting.size > streams) endOldest(waiting)
    sweeper()
    return guarded
  }
}

/** An error also closes the stream, and `close` is handled. */
const ignore = (): void => undefined

/** Ends the stream that waited longest, so that slow callers cannot block new ones until the time limit. */
function endOldest(waiting: ReadonlySet<GuardedStream>): void {
  for (const oldest of waiting) {
    end(oldest, tooMuch)
    return
  }
}

/** Call the result for each new stream. Ends streams over their time limit, on a timer that runs while streams wait. */
function createSweeper(waiting: ReadonlySet<GuardedStream>, readTimeout: number): () => void {
  const period = Math.min(longestSweep, Math.ceil(readTimeout / sweepsPerTimeout))
  let timer: NodeJS.Timeout | undefined
  const sweep = (): void => {
    const now = performance.now()
    for (const guarded of [...waiting]) if (guarded.until <= now) end(guarded, tooSlow)
    if (waiting.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
  return () => {
    timer ??= setInterval(caught(sweep), period).unref()
  }
}

/**
 * Refuses the stream, or resets it if it was answered; if the caller does not react to that, ends its connection. Runs
 * later, because Node must not write to or close another connection while it reads from one.
 */
function end(guarded: GuardedStream, why: Refusal): void {
  const { stream, phase } = guarded
  releaseBytes(guarded)
  enter(guarded, phase === 'arriving' ? 'answered' : 'cancelled')
  setImmediate(
    caught(() => {
      if (phase === 'arriving') refuse(stream, why)
      else if (phase === 'answered') stream.close(constants.NGHTTP2_CANCEL)
      else stream.session?.destroy()
    }),
  )
}

function enter(guarded: GuardedStream, phase: GuardedStream['phase']): void {
  const { bounds, stream } = guarded
  bounds.waiting.delete(guarded)
  guarded.phase = phase
  guarded.until = performance.now() + bounds.readTimeout
  if (!stream.destroyed) bounds.waiting.add(guarded)
}

/** Call it when the whole message was received. */
export function messageArrived(guarded: GuardedStream): void {
  guarded.phase = 'deciding'
  guarded.bounds.waiting.delete(guarded)
}

/** Call it when the answer is sent. */
export function answerGiven(guarded: GuardedStream): void {
  releaseBytes(guarded)
  if (guarded.phase !== 'cancelled') enter(guarded, 'answered')
}

export function refuseGuarded(guarded: GuardedStream, why: Refusal): void {
  releaseBytes(guarded)
  enter(guarded, 'answered')
  refuse(guarded.stream, why)
}

/** Counts bytes as held until the answer. False: the limit for all streams is exceeded and this stream was refused. */
export function countBytes(guarded: GuardedStream, bytes: number): boolean {
  const { bounds, stream } = guarded
  if (isOver(stream)) return false
  guarded.held += bytes
  bounds.held += bytes
  if (bounds.held > bounds.most) makeRoom(guarded)
  return !isOver(stream)
}

/** Ends the oldest streams whose messages are still arriving; if that does not suffice, refuses this one. */
function makeRoom(guarded: GuardedStream): void {
  const { bounds } = guarded
  for (const oldest of [...bounds.waiting]) {
    if (bounds.held <= bounds.most) return
    if (oldest.phase === 'arriving') end(oldest, tooMuch)
  }
  if (bounds.held > bounds.most) refuseGuarded(guarded, tooMuch)
}

function releaseBytes(guarded: GuardedStream): void {
  guarded.bounds.held -= guarded.held
  guarded.held = 0
}
