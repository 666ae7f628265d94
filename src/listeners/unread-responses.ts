/** Ends complete answers that the client does not read. */
import type { ServerResponse } from 'node:http'
import { guarded, type OnBug } from '../lib/guarded.ts'

export interface UnreadResponses {
  readonly watch: (response: ServerResponse) => void
  readonly close: () => void
}

const sweep = 1000

/**
 * Ends the connection (with HTTP/2, the stream) of a complete answer that was not read for `limit` milliseconds:
 * pings and other streams would keep it open without end. One timer checks all answers.
 */
export function endUnread(limit: number, onBug: OnBug): UnreadResponses {
  /** When each was complete, in milliseconds of `performance.now()`; undefined: not yet. */
  const open = new Map<ServerResponse, number | undefined>()
  const look = (): void => {
    const now = performance.now()
    for (const [response, since = now] of open) {
      if (response.writableEnded) open.set(response, since)
      if (now - since > limit) response.destroy()
    }
  }
  const timer = setInterval(guarded(look, onBug), Math.min(sweep, limit)).unref()
  return {
    watch: response => {
      open.set(response, undefined)
      response.once('close', () => open.delete(response))
    },
    close: () => clearInterval(timer),
  }
}
