/** Answers that are complete, and whose clients do not read them. */
import type { ServerResponse } from 'node:http'
import { guarded, type OnBug } from '../lib/guarded.ts'

export interface UntakenAnswers {
  readonly watch: (response: ServerResponse) => void
  readonly close: () => void
}

const sweep = 1000

/**
 * Ends the connection (of HTTP/2: the stream) of an answer that is complete and was not taken for
 * `limit` milliseconds: pings and other streams would keep it alive for ever. One timer looks at all.
 */
export function endUntaken(limit: number, onBug: OnBug): UntakenAnswers {
  /** Since when each is complete, in milliseconds of `performance.now()`; undefined: it is not. */
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
