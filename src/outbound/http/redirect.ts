import { filterHeaders } from '../../lib/header-pairs.ts'
import type { Exchange } from './exchange.ts'

const sameMethod = new Set([307, 308])
const redirects = new Set([301, 302, 303, ...sameMethod])
const referer = new Set(['referer'])
const bodyHeaders = new Set(['content-type', 'content-length', 'content-encoding'])

/**
 * The next exchange of a redirect; undefined: the answer is not a redirect, or leads to another origin, which must not
 * get the credentials and cookies of the call.
 */
export function followRedirect(
  exchange: Exchange,
  status: number,
  location: string | undefined,
): Exchange | undefined {
  if (!redirects.has(status) || location === undefined) return undefined
  const url = URL.canParse(location, exchange.url.href)
    ? new URL(location, exchange.url)
    : undefined
  if (url === undefined || url.origin !== exchange.url.origin) return undefined
  if (sameMethod.has(status) && isStream(exchange.body)) return undefined
  const kept = sameMethod.has(status) ? exchange : withoutBody(exchange)
  const headers = [...without(kept.headers, referer), 'referer', refererOf(exchange.url)]
  return { ...kept, url, headers }
}

const isStream = (body: Exchange['body']): boolean => body !== undefined && !Buffer.isBuffer(body)

/** Like browsers and Go: a redirected POST becomes a GET, except for 307 and 308. */
function withoutBody(exchange: Exchange): Exchange {
  const method = exchange.method === 'HEAD' ? 'HEAD' : 'GET'
  const headers = without(exchange.headers, bodyHeaders)
  return { ...exchange, method, headers, body: undefined }
}

/** The headers without those names. */
const without = (list: readonly string[], names: ReadonlySet<string>): readonly string[] =>
  filterHeaders(list, name => !names.has(name.toLowerCase()))

const refererOf = ({ origin, pathname, search }: URL): string => `${origin}${pathname}${search}`
