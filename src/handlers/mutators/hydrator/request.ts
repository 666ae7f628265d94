/** What a hydrator is sent of the request. */
import { canonicalHeaderName } from '../../../lib/header-name.ts'
import { readQuery, writeQuery } from '../../../lib/query.ts'
import type { AccessRequest } from '../../../model/request.ts'

/** The request's query takes the place of the configured one. */
export function targetOf(url: string): (request: AccessRequest) => string {
  const [base = ''] = url.split(/[?#]/, 1)
  return ({ query }) => {
    const sorted = writeQuery(readQuery(query))
    return sorted === '' ? base : `${base}?${sorted}`
  }
}

/** What belongs to the client's own connection or body, and what would keep the answer from being read. */
const left = new Set([
  'Accept-Encoding',
  'Connection',
  'Content-Encoding',
  'Content-Length',
  'Expect',
  'Host',
  'Keep-Alive',
  'Proxy-Authenticate',
  'Proxy-Authorization',
  'Proxy-Connection',
  'Te',
  'Trailer',
  'Transfer-Encoding',
  'Upgrade',
])

export function copied({
  headers,
}: AccessRequest): Readonly<Record<string, string | readonly string[]>> {
  const all = new Map<string, string | readonly string[]>()
  for (const [name, value] of headers.pairs) {
    const canonical = canonicalHeaderName(name)
    if (left.has(canonical)) continue
    const before = all.get(canonical)
    all.set(canonical, before === undefined ? value : [before, value].flat())
  }
  return Object.fromEntries(all)
}
