/**
 * noop: passes the request's headers on.
 *
 * Gives       Session.headers = the request's headers, with the session's earlier ones on top. The decision
 *             API sends them back; on the other doors the request already goes up as it is (`echoed`).
 * Fails with  nothing.
 * Owns        nothing.
 */
import type { HeaderMap } from '../../model/headers.ts'
import { withSession } from '../../model/session.ts'
import type { Kind, Step } from '../kind.ts'

/** What belongs to one connection or describes a body that is not sent. */
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
