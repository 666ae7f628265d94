/** Go's url.URL for the URL of a request: without user and fragment, not opaque. */
import { cleanPath, escapeMatchedPath } from '../../lib/url-path.ts'
import type { MatchUrl } from '../../model/session.ts'
import type { ValuesByName } from './header.ts'
import { escapeHost, escapePath, unescapePath, unescapeQuery } from './url-escape.ts'

const validEncoded = /^[A-Za-z0-9\-_.~!$&'()*+,;=:@[\]%/]*$/

export function escapedPath({ path, rawPath, pathEscapes }: MatchUrl): string {
  if (pathEscapes !== undefined) return escapeMatchedPath(path, pathEscapes)
  if (rawPath !== '' && validEncoded.test(rawPath) && unescapePath(rawPath) === path) return rawPath
  return path === '*' ? path : escapePath(path)
}

const queryOf = ({ forceQuery, rawQuery }: MatchUrl): string =>
  forceQuery || rawQuery !== '' ? `?${rawQuery}` : ''

export function urlText(url: MatchUrl): string {
  const scheme = url.scheme === '' ? '' : `${url.scheme}:`
  const path = escapedPath(url)
  return scheme + authority(url) + separator(url, path) + path + queryOf(url)
}

function authority({ scheme, host, path }: MatchUrl): string {
  if (scheme === '' && host === '') return ''
  return (host !== '' || path !== '' ? '//' : '') + escapeHost(host)
}

/** A prefix that prevents a path from being read as another part of the URL. */
function separator({ scheme, host }: MatchUrl, path: string): string {
  if (path !== '' && !path.startsWith('/') && host !== '') return '/'
  const first = path.split('/', 1)[0] ?? ''
  return scheme === '' && host === '' && first.includes(':') ? './' : ''
}

export const requestUri = (url: MatchUrl): string => (escapedPath(url) || '/') + queryOf(url)

const port = /:[0-9]*$/

export const hostname = ({ host }: MatchUrl): string => {
  const name = port.test(host) ? host.slice(0, host.lastIndexOf(':')) : host
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name
}

export const portOf = ({ host }: MatchUrl): string =>
  port.test(host) ? host.slice(host.lastIndexOf(':') + 1) : ''

const maxParameters = 10_000

/** The parameters of the query; malformed ones are left out. */
export function queryValues({ rawQuery }: MatchUrl): ValuesByName {
  const values = new Map<string, string[]>()
  const parts = rawQuery.split('&')
  for (const part of parts.length > maxParameters ? [] : parts) {
    const parameter = parseParameter(part)
    if (parameter === undefined) continue
    const [name, value] = parameter
    const known = values.get(name)
    if (known === undefined) values.set(name, [value])
    else known.push(value)
  }
  return values
}

function parseParameter(part: string): readonly [string, string] | undefined {
  if (part === '' || part.includes(';')) return undefined
  const equals = part.indexOf('=')
  const name = unescapeQuery(equals < 0 ? part : part.slice(0, equals))
  const value = unescapeQuery(equals < 0 ? '' : part.slice(equals + 1))
  return name === undefined || value === undefined ? undefined : [name, value]
}

/** Adds path elements to the URL and cleans its path. */
export function joinPath(url: MatchUrl, elements: readonly string[]): MatchUrl {
  const own = escapedPath(url)
  const all = [own.startsWith('/') ? own : `/${own}`, ...elements]
  const joined = cleanPath(all.filter(element => element !== '').join('/'))
  const relative = own.startsWith('/') ? joined : joined.slice(1)
  const trailing = (all.at(-1) ?? '').endsWith('/') && !relative.endsWith('/')
  return withPath(url, trailing ? `${relative}/` : relative)
}

function withPath(url: MatchUrl, encoded: string): MatchUrl {
  const path = unescapePath(encoded)
  const { scheme, host, rawQuery, forceQuery } = url
  if (path === undefined) {
    return { scheme, host, rawQuery, forceQuery, path: url.path, rawPath: url.rawPath }
  }
  const rawPath = escapePath(path) === encoded ? '' : encoded
  return { scheme, host, rawQuery, forceQuery, path, rawPath }
}
