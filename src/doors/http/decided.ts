import type { ServerResponse } from 'node:http'
import type { AccessRequest } from '../../model/request.ts'

const judged = Symbol('judged')

interface Noted extends ServerResponse {
  [judged]?: AccessRequest
}

/** Says which request the answer is about, for those who watch a door from outside. */
export function noteJudged(response: ServerResponse, request: AccessRequest): void {
  ;(response as Noted)[judged] = request
}

/** undefined: nothing was judged, or nothing yet. */
export const judgedBy = (response: ServerResponse): AccessRequest | undefined =>
  (response as Noted)[judged]
