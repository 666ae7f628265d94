import type { ServerResponse } from 'node:http'
import type { Decision, Reply } from '../../model/decision.ts'
import { type Failure, failure, message } from '../../model/failure.ts'
import { refusal } from '../refusal.ts'

/** A header that carries the decision id. */
export type IdHeader = readonly [name: string, id: string]

/** A finished answer, to any HTTP caller. */
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

/** Whatever else has the name of that header gives way. */
export function withId(flat: string[], id: IdHeader | undefined): string[] {
  if (id === undefined) return flat
  const name = id[0].toLowerCase()
  const pairs: string[] = [...id]
  for (let i = 0; i < flat.length; i += 2) {
    const own = flat[i] ?? ''
    if (own.toLowerCase() !== name) pairs.push(own, flat[i + 1] ?? '')
  }
  return pairs
}

/** What a door itself refuses, as a decision. */
export const refused = (failed: Failure): Decision & { readonly kind: 'deny' } => ({
  kind: 'deny',
  failure: failed,
  reply: refusal(failed),
})

export const overloaded = failure('service_unavailable', { message: 'Too many requests at once' })

/** What a bug of ours is answered with. */
export const brokenDecision = (bug: unknown): Decision & { readonly kind: 'deny' } =>
  refused(failure('internal_server_error', { message: message.internal }, bug))
