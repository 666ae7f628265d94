/** What stands in the request line to the upstream. Byte strings. */
import { readQuery, writeQuery } from '../../lib/query.ts'
import { escapePath } from '../../lib/url-path.ts'
import type { Upstream } from '../../model/decision.ts'
import type { AccessRequest } from '../../model/request.ts'
import { decode, splitTarget } from '../request/path.ts'

const visible = /^[!-~]*$/

/**
 * Path and query for the upstream. The path goes as the client encoded it if decoding it gives exactly the
 * judged path and nothing is put before it or cut off; else the judged path is encoded anew: the upstream
 * never sees what was not judged.
 */
export function upstreamTarget({ basePath, prefix }: Upstream, request: AccessRequest): string {
  const { path: raw, query } = splitTarget(requestTarget(request.raw.target))
  return pathFor(raw, request.path, { basePath, prefix }) + queryFor(query)
}

/** What RFC 3986 does not allow in a path, and in a query; `%` begins an escape. */
const notInPath = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/g
const notInQuery = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]/g

/** Upstreams need not take what clients send raw, such as `|` and `{`; it means the same when it is escaped. */
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
  judged: string,
  { basePath, prefix }: Pick<Upstream, 'basePath' | 'prefix'>,
): string {
  const isPlain = basePath === '' && prefix === ''
  if (isPlain && raw !== '' && visible.test(raw) && decode(raw) === judged) {
    return escaped(raw, notInPath)
  }
  const path = withoutPrefix(judged === '' ? '/' : judged, prefix)
  if (basePath === '') return escapePath(path)
  return escapePath(path === '/' ? basePath : basePath + path)
}

/** Whole segments at the beginning, and the rest stays rooted. */
function withoutPrefix(path: string, prefix: string): string {
  if (prefix === '' || !path.startsWith(prefix)) return path
  const rest = path.slice(prefix.length)
  if (rest === '') return '/'
  return rest.startsWith('/') ? rest : path
}

const unparsable = /;|%(?![0-9A-Fa-f]{2})/

/** As it came but for what must be escaped, unless it has a pair that programs read differently: then what is left is written anew, as the original does. */
function queryFor(query: string | undefined): string {
  if (query === undefined) return ''
  if (!unparsable.test(query)) return `?${escaped(query, notInQuery)}`
  const written = writeQuery(readQuery(query))
  return written === '' ? '' : `?${written}`
}
