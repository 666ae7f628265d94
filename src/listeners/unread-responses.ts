/** Ends complete answers that the client does not read. */
import type { ServerResponse } from 'node:http'
import { guarded, type OnBug } from '../lib/guarded.ts'
import { LinkedList } from '../lib/linked-list.ts'

export interface UnreadResponses {
  readonly watch: (response: ServerResponse) => void
  readonly close: () => void
}

interface Open {
  readonly response: ServerResponse
  /** When it was complete, in milliseconds of `performance.now()`; undefined: not yet. */
  since: number | undefined
}

const sweep = 1000

/**
 * Ends the connection (with HTTP/2, the stream) of a complete answer that was not read for `limit` milliseconds:
 * pings and other streams would keep it open without end. One timer checks all answers.
 */
export function endUnread(limit: number, onBug: OnBug): UnreadResponses {
  const open = new LinkedList<Open>()
  const look = (): void => {
    const now = performance.now()
    for (const unread of open) {
      const { response, since = now } = unread
      if (response.writableEnded) unread.since = since
      if (now - since > limit) response.destroy()
    }
  }
  const timer = setInterval(guarded(look, onBug), Math.min(sweep, limit)).unref()
  return {
    watch: response => {
      const place = open.add({ response, since: undefined })
      response.once('close', () => open.remove(place))
    },
    close: () => clearInterval(timer),
  }
}
