/** Header lists in the form that Node's HTTP/2 accepts: values by lower-case name. */
import { forEachHeader } from './header-pairs.ts'

export type Http2Headers = Record<string, string | string[]>

/** Headers of one HTTP/1.1 connection; HTTP/2 does not have them (RFC 9113 §8.2.2). */
const ofConnection = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/** `TE` may only be this. */
const trailers = 'trailers'

/** Names for which Node's HTTP/2 throws when there are several values. */
export const singleValued: ReadonlySet<string> = new Set([
  ':authority',
  ':method',
  ':path',
  ':scheme',
  ':status',
  'access-control-allow-credentials',
  'access-control-max-age',
  'access-control-request-method',
  'age',
  'authorization',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-md5',
  'content-range',
  'content-type',
  'date',
  'dnt',
  'etag',
  'expires',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'range',
  'referer',
  'retry-after',
  'tk',
  'upgrade-insecure-requests',
  'user-agent',
  'x-content-type-options',
])

/**
 * Converts a flat list `[name, value, …]`. Several lines stay separate. Where Node accepts only one value, equal
 * lines become one and others are joined with commas, which means the same (RFC 9110 §5.3). Headers that HTTP/2 does
 * not have are left out, because Node throws for them.
 */
export function http2Headers(flat: readonly string[]): Http2Headers {
  // Without a prototype, `constructor` and `__proto__` are ordinary names.
  const headers: Http2Headers = Object.create(null)
  forEachHeader(flat, (written, value) => {
    const name = written.toLowerCase()
    if (!ofConnection.has(name)) add(headers, name, value)
  })
  if (headers['te'] !== undefined) {
    if ([headers['te']].flat().includes(trailers)) headers['te'] = trailers
    else delete headers['te']
  }
  for (const name of Object.keys(headers)) {
    if (Array.isArray(headers[name]) && singleValued.has(name)) {
      headers[name] = [...new Set(headers[name])].join(', ')
    }
  }
  return headers
}

function add(headers: Http2Headers, name: string, value: string): void {
  const before = headers[name]
  if (before === undefined) headers[name] = value
  else if (Array.isArray(before)) before.push(value)
  else headers[name] = [before, value]
}
