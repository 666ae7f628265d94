import type { ServerResponse } from 'node:http'
import type { AccessRequest } from '../../model/request.ts'

const noted = Symbol('request')

interface Noted extends ServerResponse {
  [noted]?: AccessRequest
}

/** Stores which request the answer belongs to, for the access log and the metrics. */
export function noteRequest(response: ServerResponse, request: AccessRequest): void {
  ;(response as Noted)[noted] = request
}

/** undefined: the door has not read a request, or could not. */
export const requestOf = (response: ServerResponse): AccessRequest | undefined =>
  (response as Noted)[noted]
