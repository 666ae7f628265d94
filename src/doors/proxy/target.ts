/** The request target for the upstream. Byte strings. */
import { percentEncode, readQuery, writeQuery, writtenName } from '../../lib/query.ts'
import {
  escapeMatchedPath,
  escapePath,
  unescapeLike,
  upperCaseSlashes,
} from '../../lib/url-path.ts'
import type { QueryChanges, Upstream } from '../../model/decision.ts'
import type { AccessRequest } from '../../model/request.ts'
import { splitTarget } from '../request/path.ts'

const visible = /^[!-~]*$/

/**
 * Path and query for the upstream. The client's encoding of the path is kept if it decodes to exactly the matched path
 * and no prefix is added or removed. Otherwise the matched path is encoded again, so the upstream gets only the path
 * that was matched.
 */
export function upstreamTarget(
  { basePath, prefix }: Upstream,
  request: AccessRequest,
  changes: QueryChanges,
): string {
  const { path: raw, query } = splitTarget(requestTarget(request.raw.target))
  return pathFor(raw, request, { basePath, prefix }) + changedQuery(query, changes)
}

/** The query with its `?`, or nothing. The other parameters stay as they are; what is set stands behind them. */
export function changedQuery(query: string | undefined, { set, remove }: QueryChanges): string {
  const written = queryFor(query && remove.length > 0 ? withoutParameters(query, remove) : query)
  if (set.size === 0) return written
  const own = Array.from(set, ([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
  return `?${[written.slice(1), ...own].filter(part => part !== '').join('&')}`
}

function withoutParameters(query: string, names: readonly string[]): string | undefined {
  const removed = new Set(names)
  const kept = query.split('&').filter(pair => !removed.has(writtenName(pair)))
  return kept.join('&') || undefined
}

/** Characters that RFC 3986 does not allow in a path, and in a query; `%` begins an escape. */
const notInPath = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/g
const notInQuery = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]/g

/** Escapes characters that clients may send raw, such as `|` and `{`, because upstreams may reject them. */
const escaped = (text: string, outside: RegExp): string =>
  text.replace(
    outside,
    byte => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )

const absolute = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i

const requestTarget = (target: string): string =>
  target.startsWith('/') ? target : target.replace(absolute, '')

function pathFor(
  raw: string,
  { path: matched, pathEscapes }: AccessRequest,
  { basePath, prefix }: Pick<Upstream, 'basePath' | 'prefix'>,
): string {
  const isPlain = basePath === '' && withoutPrefix(matched, prefix) === matched
  if (isPlain && raw !== '' && visible.test(raw) && unescapeLike(pathEscapes, raw) === matched) {
    return escaped(pathEscapes === 'slashes' ? upperCaseSlashes(raw) : raw, notInPath)
  }
  const path = withoutPrefix(matched === '' ? '/' : matched, prefix)
  if (basePath === '') return escapeMatchedPath(path, pathEscapes)
  return escapePath(basePath) + (path === '/' ? '' : escapeMatchedPath(path, pathEscapes))
}

/** Removes a prefix of whole segments; the result begins with a slash. */
function withoutPrefix(path: string, prefix: string): string {
  if (prefix === '' || !path.startsWith(prefix)) return path
  const rest = path.slice(prefix.length)
  if (rest === '') return '/'
  return rest.startsWith('/') ? rest : path
}

const unparsable = /;|%(?![0-9A-Fa-f]{2})/

/**
 * Escapes what must be escaped. A query with a pair that programs parse differently is parsed and written again
 * without that pair, like Oathkeeper does.
 */
function queryFor(query: string | undefined): string {
  if (query === undefined) return ''
  if (!unparsable.test(query)) return `?${escaped(query, notInQuery)}`
  const written = writeQuery(readQuery(query))
  return written === '' ? '' : `?${written}`
}
