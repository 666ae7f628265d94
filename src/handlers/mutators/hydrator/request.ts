/** What a hydrator receives of the request. */
import { readQuery, writeQuery } from '../../../lib/query.ts'
import type { HeaderMap } from '../../../model/headers.ts'
import type { AccessRequest } from '../../../model/request.ts'

/** The request's query replaces the configured one. */
export function targetOf(url: string): (request: AccessRequest) => string {
  const [base = ''] = url.split(/[?#]/, 1)
  return ({ query }) => {
    const sorted = writeQuery(readQuery(query))
    return sorted === '' ? base : `${base}?${sorted}`
  }
}

/** Headers of the client's own connection or body, and those that would make the answer unreadable. */
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

export function copied({ headers }: AccessRequest): HeaderMap {
  const kept = new Map<string, readonly string[]>()
  for (const [name, values] of headers.canonical) if (!left.has(name)) kept.set(name, values)
  return kept
}
