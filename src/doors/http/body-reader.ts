/**
 * Reads the body of a client's request. What arrived in one turn of the event loop is one chunk, because a client may
 * send chunks of one byte. Between reads the stream keeps at most its high-water mark and one read of the socket.
 */
import type { IncomingMessage } from 'node:http'
import { guarded } from '../../lib/guarded.ts'

export interface BodyReader {
  /** undefined: the body is complete. Rejects when the client disconnects before that. One call at a time. */
  readonly next: () => Promise<Buffer | undefined>
  /** Stops reading, so that the rest can be drained. Pending calls never settle. */
  readonly release: () => void
}

/** Reads nothing before the first `next`. */
export function createBodyReader(incoming: IncomingMessage): BodyReader {
  let outcome: 'open' | 'complete' | Error = incoming.readableEnded ? 'complete' : 'open'
  let settle: Settle | undefined

  const advance = (): void => {
    if (settle === undefined) return
    const { resolve, reject } = settle
    const chunk = incoming.read() as Buffer | null
    if (chunk === null && outcome === 'open') return
    settle = undefined
    if (chunk !== null || outcome === 'complete') resolve(chunk ?? undefined)
    else reject(outcome)
  }
  let isDue = false
  /** Node runs promises and ticks between two chunks of one read, so only an immediate sees all of them. */
  const advanceLater = (): void => {
    if (isDue) return
    isDue = true
    setImmediate(readAll)
  }
  const readAll = guarded(
    () => {
      isDue = false
      advance()
    },
    bug => settle?.reject(bug),
  )
  const end = (how: 'complete' | Error): void => {
    if (outcome === 'open') outcome = how
    advance()
  }
  const listeners = {
    readable: advanceLater,
    end: (): void => end('complete'),
    error: (error: Error): void => end(error),
    close: (): void => end(closedEarly),
  }
  let isListening = false
  const listen = (): void => {
    isListening = true
    for (const [event, listener] of Object.entries(listeners)) incoming.on(event, listener)
    if (incoming.destroyed && !incoming.readableEnded) end(closedEarly)
  }
  return {
    next: () =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject }
        if (!isListening) listen()
        advance()
      }),
    release: () => {
      for (const [event, listener] of Object.entries(listeners)) {
        // The error listener stays: an error without a listener would end the process.
        if (event !== 'error') incoming.removeListener(event, listener)
      }
    },
  }
}

interface Settle {
  readonly resolve: (chunk: Buffer | undefined) => void
  readonly reject: (error: unknown) => void
}

const closedEarly = new Error('the client disconnected before its body was complete')
