import type { ServerResponse } from 'node:http'
import type { Decision, Reply } from '../model/decision.ts'
import { type Failure, failure, message } from '../model/failure.ts'
import { refusal } from './refusal.ts'

/** A finished answer, to any HTTP caller. */
export function renderReply(response: ServerResponse, { status, headers, body }: Reply): void {
  const flat: string[] = []
  for (const [name, values] of headers) for (const value of values) flat.push(name, value)
  flat.push('Content-Length', String(body.length))
  response.writeHead(status, flat)
  response.end(body, 'latin1')
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
