/** `listeners/unread-responses.ts` with the fault of docs/decisions/0018-no-sets-of-requests.md. */
import type { ServerResponse } from 'node:http'
import type { UnreadResponses } from '../../../src/listeners/unread-responses.ts'

export function endUnread(): UnreadResponses {
  const open = new Map<ServerResponse, number | undefined>()
  return {
    watch: response => {
      open.set(response, undefined)
      response.once('close', () => open.delete(response))
    },
    close: () => open.clear(),
  }
}
