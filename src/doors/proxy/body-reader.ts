/** Reads the body of a client's request in chunks; the stream is paused between reads. */
import type { IncomingMessage } from 'node:http'

export interface BodyReader {
  /** undefined: the body is complete. Rejects when the client disconnects before that. One call at a time. */
  readonly next: () => Promise<Buffer | undefined>
  /** Stops reading, so that the rest can be drained. Pending calls never settle. */
  readonly release: () => void
}

/** Reads nothing before the first `next`. */
export function createBodyReader(incoming: IncomingMessage): BodyReader {
  const waiting: Buffer[] = []
  let outcome: 'open' | 'complete' | Error = incoming.readableEnded ? 'complete' : 'open'
  let settle: Settle | undefined

  const wake = (): void => {
    const chunk = waiting.shift()
    if (chunk === undefined && outcome === 'open') return
    const { resolve, reject } = settle ?? {}
    settle = undefined
    if (chunk !== undefined || outcome === 'complete') resolve?.(chunk)
    else reject?.(outcome)
  }
  const end = (how: 'complete' | Error): void => {
    if (outcome === 'open') outcome = how
    if (settle) wake()
  }
  const listeners = {
    data: (chunk: Buffer): void => {
      incoming.pause()
      waiting.push(chunk)
      if (settle) wake()
    },
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
        if (waiting.length > 0 || outcome !== 'open') wake()
        else incoming.resume()
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
