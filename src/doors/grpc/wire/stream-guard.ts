/**
 * Bounds on every stream of the gRPC port, before anything reads it, whatever it asks for: how many are open, how many
 * bytes are held of all together, how long a message may take to arrive and an answer to be taken.
 */
import { constants, type ServerHttp2Stream } from 'node:http2'
import { guarded as caught } from '../../../lib/guarded.ts'
import { isOver, type Refusal, refuse, tooMuch, tooSlow } from './stream-refusal.ts'

export interface StreamGuardOptions {
  /** Most bytes of one message. */
  readonly messageBytes: number
  /** Most milliseconds that a message may take to arrive, and then an answer to be taken. */
  readonly readTimeout: number
  /** Most streams at once that wait for their callers, of all connections together. */
  readonly streams: number
}

/** How much is held of all messages together: so many of the largest size. */
const largestMessages = 32

/** Of the time-out, and in milliseconds: how much later a stream may be ended. */
const sweepsPerTimeout = 10
const longestSweep = 1000

interface Bounds {
  held: number
  readonly most: number
  readonly readTimeout: number
  /** What waits for its caller, the longest first. What is being decided has bounds of its own. */
  readonly waiting: Set<Guarded>
}

/** A stream from its headers to its end. */
export interface Guarded {
  readonly stream: ServerHttp2Stream
  readonly bounds: Bounds
  /**
   * `arriving`: its message. `deciding`: what answers it has time limits of its own. `answered`: the caller has to take
   * that. `cancelled`: it did not, and has to take the end of its stream.
   */
  phase: 'arriving' | 'deciding' | 'answered' | 'cancelled'
  /** When the phase has taken too long, as `performance.now` counts. */
  until: number
  held: number
}

export type StreamGuard = (stream: ServerHttp2Stream) => Guarded

export function createStreamGuard({
  messageBytes,
  readTimeout,
  streams,
}: StreamGuardOptions): StreamGuard {
  const waiting = new Set<Guarded>()
  const bounds = { held: 0, most: messageBytes * largestMessages, readTimeout, waiting }
  const sweeper = createSweeper(waiting, readTimeout)
  return stream => {
    stream.on('error', ignore)
    const until = performance.now() + readTimeout
    const guarded: Guarded = { stream, bounds, phase: 'arriving', until, held: 0 }
    waiting.add(guarded)
    stream.once(
      'close',
      caught(() => {
        waiting.delete(guarded)
        letGo(guarded)
      }),
    )
    if (waiting.size > streams) endEldest(waiting)
    sweeper()
    return guarded
  }
}

/** What goes wrong with a stream closes it, and that is what is listened to. */
const ignore = (): void => undefined

/** Whoever keeps others waiting gives way to who comes: nobody can take all places for as long as the time-out. */
function endEldest(waiting: ReadonlySet<Guarded>): void {
  for (const eldest of waiting) {
    end(eldest, tooMuch)
    return
  }
}

/** To be called for each new stream: looks for late ones for as long as there are any. */
function createSweeper(waiting: ReadonlySet<Guarded>, readTimeout: number): () => void {
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
 * A refusal or a reset, and where the caller takes neither, the end of its connection. Not at once: while Node reads from
 * a connection, it must not write to another one, nor close it.
 */
function end(guarded: Guarded, why: Refusal): void {
  const { stream, phase } = guarded
  letGo(guarded)
  enter(guarded, phase === 'arriving' ? 'answered' : 'cancelled')
  setImmediate(
    caught(() => {
      if (phase === 'arriving') refuse(stream, why)
      else if (phase === 'answered') stream.close(constants.NGHTTP2_CANCEL)
      else stream.session?.destroy()
    }),
  )
}

function enter(guarded: Guarded, phase: Guarded['phase']): void {
  const { bounds, stream } = guarded
  bounds.waiting.delete(guarded)
  guarded.phase = phase
  guarded.until = performance.now() + bounds.readTimeout
  if (!stream.destroyed) bounds.waiting.add(guarded)
}

/** The whole message is here. */
export function arrived(guarded: Guarded): void {
  guarded.phase = 'deciding'
  guarded.bounds.waiting.delete(guarded)
}

/** The answer was given. */
export function answered(guarded: Guarded): void {
  letGo(guarded)
  if (guarded.phase !== 'cancelled') enter(guarded, 'answered')
}

export function refuseGuarded(guarded: Guarded, why: Refusal): void {
  letGo(guarded)
  enter(guarded, 'answered')
  refuse(guarded.stream, why)
}

/** Counts bytes as held until the answer. False: they are too much together with all others, and this one was refused. */
export function hold(guarded: Guarded, bytes: number): boolean {
  const { bounds, stream } = guarded
  if (isOver(stream)) return false
  guarded.held += bytes
  bounds.held += bytes
  if (bounds.held > bounds.most) makeRoom(guarded)
  return !isOver(stream)
}

/** The eldest unfinished messages go; where only messages are left that are being decided, this one. */
function makeRoom(guarded: Guarded): void {
  const { bounds } = guarded
  for (const eldest of [...bounds.waiting]) {
    if (bounds.held <= bounds.most) return
    if (eldest.phase === 'arriving') end(eldest, tooMuch)
  }
  if (bounds.held > bounds.most) refuseGuarded(guarded, tooMuch)
}

function letGo(guarded: Guarded): void {
  guarded.bounds.held -= guarded.held
  guarded.held = 0
}
