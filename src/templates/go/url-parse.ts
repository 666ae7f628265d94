/** Go's url.Parse, with the parts that `urlParse` returns; and the reverse. Byte strings in and out. */
import { isIPv6 } from 'node:net'
import { quoteText } from './quote.ts'
import { escapeHost, escapePath, unescapePath } from './url-escape.ts'

export interface UrlParts {
  readonly scheme: string
  readonly opaque: string
  readonly userinfo: string
  readonly host: string
  readonly path: string
  readonly query: string
  readonly fragment: string
}

interface Draft extends Omit<UrlParts, 'fragment'> {
  readonly kind: 'draft'
}

type Fault = { readonly kind: 'fault'; readonly message: string }
const fault = (message: string): Fault => ({ kind: 'fault', message })

/** Returns an Error with Go's message when the text is not a URL. */
export function parseUrl(text: string): UrlParts | Error {
  const [rest = '', ...more] = text.split('#')
  const parsed = parseRest(rest)
  if (parsed.kind === 'fault') return new Error(`parse ${quoteText(rest)}: ${parsed.message}`)
  const fragment = unescaped(more.join('#'))
  if (typeof fragment !== 'string') {
    return new Error(`parse ${quoteText(text)}: ${fragment.message}`)
  }
  const { kind: _, ...parts } = parsed
  return { ...parts, fragment }
}

const nothing = { opaque: '', userinfo: '', host: '', path: '', query: '' }

function parseRest(text: string): Draft | Fault {
  if (!/^[^\p{Cc}]*$/u.test(text.replace(/[\x80-\x9f]/g, '')))
    return fault('net/url: invalid control character in URL')
  if (text === '*') return { kind: 'draft', ...nothing, scheme: '', path: '*' }
  if (text.startsWith(':')) return fault('missing protocol scheme')
  const [, named] = /^([A-Za-z][A-Za-z0-9+\-.]*):/.exec(text) ?? []
  const scheme = named?.toLowerCase() ?? ''
  const [before = '', ...queries] = text
    .slice(named === undefined ? 0 : named.length + 1)
    .split('?')
  const parts = { kind: 'draft', ...nothing, scheme, query: queries.join('?') } as const
  if (!before.startsWith('/')) return rootless(parts, before)
  const own = scheme !== '' || !before.startsWith('///')
  return own && before.startsWith('//')
    ? withAuthority(parts, before.slice(2))
    : withPath(parts, before)
}

function rootless(parts: Draft, rest: string): Draft | Fault {
  if (parts.scheme !== '') return { ...parts, opaque: rest }
  if ((rest.split('/', 1)[0] ?? '').includes(':')) {
    return fault('first path segment in URL cannot contain colon')
  }
  return withPath(parts, rest)
}

function withPath(parts: Draft, encoded: string): Draft | Fault {
  const path = unescaped(encoded)
  return typeof path === 'string' ? { ...parts, path } : path
}

function withAuthority(parts: Draft, rest: string): Draft | Fault {
  const slash = rest.indexOf('/')
  const authority = slash < 0 ? rest : rest.slice(0, slash)
  const at = authority.lastIndexOf('@')
  const host = hostOf(parts.scheme, authority.slice(at + 1))
  if (typeof host !== 'string') return host
  const userinfo = at < 0 ? '' : userOf(authority.slice(0, at))
  if (typeof userinfo !== 'string') return userinfo
  return withPath({ ...parts, host, userinfo }, slash < 0 ? '' : rest.slice(slash))
}

/** Decodes and encodes again, as Go prints it. */
function userOf(text: string): string | Fault {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(text)) return fault('net/url: invalid userinfo')
  const colon = text.indexOf(':')
  const name = unescaped(colon < 0 ? text : text.slice(0, colon))
  const password = colon < 0 ? undefined : unescaped(text.slice(colon + 1))
  if (typeof name !== 'string') return name
  if (password === undefined) return escapeUser(name)
  return typeof password === 'string' ? `${escapeUser(name)}:${escapeUser(password)}` : password
}

const escapeUser = (text: string): string =>
  escapePath(text).replace(
    /[/:@]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

function hostOf(scheme: string, host: string): string | Fault {
  const bracket = host.lastIndexOf('[')
  if (bracket > 0) return fault('invalid IP-literal')
  if (bracket === 0) return literalOf(host)
  const strict = scheme === 'http' || scheme === 'https'
  const colon = strict ? host.indexOf(':') : host.lastIndexOf(':')
  if (colon >= 0 && !isPort(host.slice(colon))) return badPort(host.slice(colon))
  return hostUnescaped(host)
}

const isPort = (text: string): boolean => text === '' || /^:\d*$/.test(text)
const badPort = (text: string): Fault => fault(`invalid port ${quoteText(text)} after host`)

function literalOf(host: string): string | Fault {
  const close = host.lastIndexOf(']')
  if (close < 0) return fault("missing ']' in host")
  const port = host.slice(close + 1)
  if (!isPort(port)) return badPort(port)
  const address = unescapePath(host.slice(1, close)) ?? ''
  if (!isIPv6(address)) return fault('invalid IP-literal')
  return `[${address}]${port}`
}

/** Only bytes beyond ASCII may be escaped in a host. */
function hostUnescaped(host: string): string | Fault {
  const odd = /[^A-Za-z0-9\-._~!$&'()*+,;=:[\]<>"%\x80-\xff]/.exec(host)?.[0]
  for (const [whole, hex = ''] of host.matchAll(/%(..?)?/g)) {
    if (!/^[0-9A-Fa-f]{2}$/.test(hex)) return badEscape(whole)
    if (Number.parseInt(hex, 16) < 0x80 && whole !== '%25') return badEscape(whole)
  }
  if (odd !== undefined) return fault(`invalid character ${quoteText(odd)} in host name`)
  return unescapePath(host) ?? ''
}

const badEscape = (text: string): Fault => fault(`invalid URL escape ${quoteText(text)}`)

function unescaped(text: string): string | Fault {
  const decoded = unescapePath(text)
  if (decoded !== undefined) return decoded
  const [wrong = '%'] = /%(?![0-9A-Fa-f]{2}).{0,2}/s.exec(text) ?? []
  return badEscape(wrong)
}

export function joinUrl({
  scheme,
  opaque,
  userinfo,
  host,
  path,
  query,
  fragment,
}: UrlParts): string {
  const start = scheme === '' ? '' : `${scheme}:`
  const middle = opaque === '' ? hierarchy({ scheme, userinfo, host, path }) : opaque
  const end = fragment === '' ? '' : `#${escapeFragment(fragment)}`
  return start + middle + (query === '' ? '' : `?${query}`) + end
}

type Hierarchy = Pick<UrlParts, 'scheme' | 'userinfo' | 'host' | 'path'>

function hierarchy(parts: Hierarchy): string {
  const path = parts.path === '*' ? '*' : escapePath(parts.path)
  const authority = authorityOf(parts)
  return authority + separator(parts, path, authority) + path
}

function authorityOf({ scheme, userinfo, host, path }: Hierarchy): string {
  if (host === '' && userinfo === '' && (scheme === '' || path === '')) return ''
  return `//${userinfo === '' ? '' : `${userinfo}@`}${escapeHost(host)}`
}

/** A prefix that prevents a path from being read as another part of the URL. */
function separator({ scheme, host }: Hierarchy, path: string, authority: string): string {
  if (host !== '' && path !== '' && !path.startsWith('/')) return '/'
  const first = path.split('/', 1)[0] ?? ''
  return authority === '' && scheme === '' && first.includes(':') ? './' : ''
}

const escapeFragment = (text: string): string =>
  text.replace(
    /[^A-Za-z0-9\-_.~$&+,/:;=?@!()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
