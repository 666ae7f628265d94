/**
 * noop: passes the request's headers on.
 *
 * Gives       Session.headers = the request's headers, overridden by the session's earlier ones. The decision
 *             API returns them; the other doors already forward the request's headers (`echoed`).
 * Fails with  nothing.
 * Owns        nothing.
 */
import type { HeaderMap } from '../../model/headers.ts'
import { withSession } from '../../model/session.ts'
import type { Kind, Step } from '../kind.ts'

/** Headers of one connection, or of a body that is not sent. */
const ofTheConnection = new Set([
  'Connection',
  'Content-Encoding',
  'Content-Length',
  'Date',
  'Keep-Alive',
  'Te',
  'Trailer',
  'Transfer-Encoding',
  'Upgrade',
])

export const noop: Kind<unknown, Step> = {
  schema: { type: 'object' },
  unchecked: true,
  create: () => session => {
    const echoed = passedOn(session.matchContext.header)
    const headers = new Map([...echoed, ...(session.headers ?? [])])
    return withSession(session, { headers, echoed })
  },
}

function passedOn(headers: HeaderMap): HeaderMap {
  const passed = new Map<string, readonly string[]>()
  for (const [name, values] of headers) {
    if (!ofTheConnection.has(name) && !name.startsWith('Proxy-')) passed.set(name, values)
  }
  return passed
}
