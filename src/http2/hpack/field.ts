/** One header field, checked once: an entry of a table is used by many requests. */
import { isHeaderValue } from '../../lib/header-name.ts'

/** Fields that the server reads itself; `malformed`: a request with it is malformed (RFC 9113, 8.2 and 8.3). */
export const meaning = {
  other: 0,
  malformed: 1,
  method: 2,
  scheme: 3,
  path: 4,
  authority: 5,
  contentType: 6,
  contentLength: 7,
  grpcTimeout: 8,
  grpcEncoding: 9,
} as const

export interface Field {
  /** A byte string. */
  readonly name: string
  /** A byte string. */
  readonly value: string
  /** Bytes in a table and in a header list (RFC 7541, 4.1). */
  readonly size: number
  /** A number of `meaning`. */
  readonly meaning: number
}

/** Overhead of an entry (RFC 7541, 4.1). */
const entryOverhead = 32

export const fieldOf = (name: string, value: string): Field => ({
  name,
  value,
  size: name.length + value.length + entryOverhead,
  meaning: isValue(value) ? meaningOf(name, value) : meaning.malformed,
})

const known: ReadonlyMap<string, number> = new Map([
  [':method', meaning.method],
  [':scheme', meaning.scheme],
  [':path', meaning.path],
  [':authority', meaning.authority],
  ['content-type', meaning.contentType],
  ['content-length', meaning.contentLength],
  ['grpc-timeout', meaning.grpcTimeout],
  ['grpc-encoding', meaning.grpcEncoding],
  // Headers of a connection (RFC 9113, 8.2.2).
  ['connection', meaning.malformed],
  ['keep-alive', meaning.malformed],
  ['proxy-connection', meaning.malformed],
  ['transfer-encoding', meaning.malformed],
  ['upgrade', meaning.malformed],
])

/** What a pseudo-header may contain (RFC 9113, 8.3.1; RFC 3986, 3.1 and 3.2 without userinfo; RFC 9110, 9.1). */
const forms: ReadonlyMap<number, RegExp> = new Map([
  [meaning.method, /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/],
  [meaning.scheme, /^[A-Za-z][A-Za-z0-9+\-.]*$/],
  [meaning.path, /^(?:\/[!-"$-~\x80-\xff]*|\*)$/],
  [meaning.authority, /^[A-Za-z0-9\-._~%!$&'()*+,;=:[\]]*$/],
])

const lowerToken = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/

function meaningOf(name: string, value: string): number {
  const found = known.get(name)
  if (found !== undefined)
    return forms.get(found)?.test(value) === false ? meaning.malformed : found
  if (name === 'te') return value === 'trailers' ? meaning.other : meaning.malformed
  return lowerToken.test(name) ? meaning.other : meaning.malformed
}

const blanks = new Set([' ', '\t'])

/** RFC 9113, 8.2.1. */
const isValue = (value: string): boolean =>
  value === '' ||
  (isHeaderValue(value) && !blanks.has(value[0] ?? '') && !blanks.has(value.at(-1) ?? ''))
