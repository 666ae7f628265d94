import type { ServerResponse } from 'node:http'
import { filterHeaders } from '../../lib/header-pairs.ts'
import type { Decision, Reply } from '../../model/decision.ts'
import { type Failure, failure, message } from '../../model/failure.ts'
import { refusal } from '../refusal.ts'

/** A header that carries the decision id. */
export type IdHeader = readonly [name: string, id: string]

/** Writes a finished answer. */
export function renderReply(
  response: ServerResponse,
  { status, headers, body }: Reply,
  id?: IdHeader,
): void {
  const flat: string[] = []
  for (const [name, values] of headers) for (const value of values) flat.push(name, value)
  flat.push('Content-Length', String(body.length))
  response.writeHead(status, withId(flat, id))
  response.end(body, 'latin1')
}

/** Adds the id header and removes other headers of that name. */
export function withId(flat: string[], id: IdHeader | undefined): string[] {
  if (id === undefined) return flat
  const name = id[0].toLowerCase()
  return [...id, ...filterHeaders(flat, other => other.toLowerCase() !== name)]
}

/** The decision for a request that a door denies before rules are matched. */
export const denyByDoor = (failed: Failure): Decision & { readonly kind: 'deny' } => ({
  kind: 'deny',
  failure: failed,
  reply: refusal(failed),
})

export const overloaded = failure('service_unavailable', { message: 'Too many requests at once' })

/** The decision after a bug: a 500. */
export const brokenDecision = (bug: unknown): Decision & { readonly kind: 'deny' } =>
  denyByDoor(failure('internal_server_error', { message: message.internal }, bug))
