/**
 * Bounds on every stream of the gRPC port, before anything reads it, whatever it asks for: how many are open, how many
 * bytes are held of all together, how long a message may take to arrive and an answer to be taken.
 */
import { constants, type ServerHttp2Stream } from 'node:http2'
import { isOver, type Refusal, refuse, tooMuch, tooSlow } from './stream-refusal.ts'

export interface StreamGuardOptions {
  /** Most bytes of one message. */
  readonly messageBytes: number
  /** Most milliseconds that a message may take to arrive, and then an answer to be taken. */
  readonly readTimeout: number
  /** Most streams at once, of all connections together. */
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

/** Undefined: there are too many streams, and this one was refused. */
export type StreamGuard = (stream: ServerHttp2Stream) => Guarded | undefined

export function createStreamGuard({
  messageBytes,
  readTimeout,
  streams,
}: StreamGuardOptions): StreamGuard {
  const open = new Set<Guarded>()
  const bounds = { held: 0, most: messageBytes * largestMessages, readTimeout }
  const sweeper = createSweeper(open, readTimeout)
  return stream => {
    stream.on('error', ignore)
    if (open.size >= streams) {
      refuse(stream, tooMuch)
      return undefined
    }
    const until = performance.now() + readTimeout
    const guarded: Guarded = { stream, bounds, phase: 'arriving', until, held: 0 }
    open.add(guarded)
    stream.once('close', () => {
      open.delete(guarded)
      letGo(guarded)
    })
    sweeper()
    return guarded
  }
}

/** What goes wrong with a stream closes it, and that is what is listened to. */
const ignore = (): void => undefined

/** To be called for each new stream: looks for late ones for as long as there are any. */
function createSweeper(open: ReadonlySet<Guarded>, readTimeout: number): () => void {
  const period = Math.min(longestSweep, Math.ceil(readTimeout / sweepsPerTimeout))
  let timer: NodeJS.Timeout | undefined
  const sweep = (): void => {
    const now = performance.now()
    for (const guarded of open) if (guarded.until <= now) endLate(guarded)
    if (open.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
  return () => {
    timer ??= setInterval(sweep, period).unref()
  }
}

function endLate(guarded: Guarded): void {
  const { stream, phase } = guarded
  if (phase === 'arriving') refuseGuarded(guarded, tooSlow)
  else if (phase === 'answered') {
    enter(guarded, 'cancelled')
    stream.close(constants.NGHTTP2_CANCEL)
  } else stream.session?.destroy()
}

function enter(guarded: Guarded, phase: Guarded['phase']): void {
  guarded.phase = phase
  guarded.until = performance.now() + guarded.bounds.readTimeout
}

/** The whole message is here. */
export function arrived(guarded: Guarded): void {
  guarded.phase = 'deciding'
  guarded.until = Number.POSITIVE_INFINITY
}

/** The answer was given. */
export function answered(guarded: Guarded): void {
  if (guarded.phase !== 'cancelled') enter(guarded, 'answered')
}

export function refuseGuarded(guarded: Guarded, why: Refusal): void {
  letGo(guarded)
  enter(guarded, 'answered')
  refuse(guarded.stream, why)
}

/** Counts bytes as held until the stream ends. False: that is too much together with all others, and it was refused. */
export function hold(guarded: Guarded, bytes: number): boolean {
  const { bounds, stream } = guarded
  if (isOver(stream)) return false
  guarded.held += bytes
  bounds.held += bytes
  if (bounds.held <= bounds.most) return true
  refuseGuarded(guarded, tooMuch)
  return false
}

function letGo(guarded: Guarded): void {
  guarded.bounds.held -= guarded.held
  guarded.held = 0
}
