/** The attributes of a Set-Cookie line (RFC 6265 §4.1), checked at load. */
import { isHeaderName } from '../../../lib/header-name.ts'

export interface Attributes {
  readonly path?: string
  readonly domain?: string
  /** Seconds. */
  readonly max_age?: number
  readonly same_site?: 'Strict' | 'Lax' | 'None'
  readonly secure?: boolean
  readonly http_only?: boolean
}

/** Throws an Error that names the key. */
export function checkCookieName(name: string): void {
  if (!isHeaderName(name))
    throw new Error(`cookies: found ${JSON.stringify(name)}, expected a cookie name`)
}

/** `; Path=/; Secure; HttpOnly; SameSite=Lax`. Throws an Error that names the key of what a browser would ignore. */
export function attributesOf(name: string, attributes: Attributes): string {
  const { path = '/', domain = '', max_age: age, same_site: site = 'Lax' } = attributes
  const { secure = true, http_only: httpOnly = true } = attributes
  check({ name, path, domain, site, secure, httpOnly })
  return [
    `; Path=${path}`,
    domain === '' ? '' : `; Domain=${domain}`,
    age === undefined ? '' : `; Max-Age=${age}`,
    secure ? '; Secure' : '',
    httpOnly ? '; HttpOnly' : '',
    `; SameSite=${site}`,
  ].join('')
}

interface Checked {
  readonly name: string
  readonly path: string
  readonly domain: string
  readonly site: string
  readonly secure: boolean
  readonly httpOnly: boolean
}

const pathForm = /^\/[!-:<-z|~]*$/
const domainForm = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i

/** What is wrong with an attribute: its key, and what is expected. */
type Problem = readonly [key: 'path' | 'domain' | 'secure' | 'http_only', expected: string]

function check(cookie: Checked): void {
  const problem = problemOfForm(cookie) ?? problemOfName(cookie)
  if (problem === undefined) return
  const { name, path, domain, secure, httpOnly } = cookie
  const [key, expected] = problem
  const found = JSON.stringify({ path, domain, secure, http_only: httpOnly }[key])
  throw new Error(`cookies.${name}.${key}: found ${found}, expected ${expected}`)
}

function problemOfForm({ path, domain, site, secure }: Checked): Problem | undefined {
  if (!pathForm.test(path))
    return ['path', 'a path that begins with a slash, without blank, semicolon and brace']
  if (domain !== '' && !(domain.length <= 253 && domainForm.test(domain)))
    return ['domain', 'a domain such as shop.example']
  return site === 'None' && !secure ? ['secure', 'true: same_site is None'] : undefined
}

function problemOfName({ name, path, domain, secure, httpOnly }: Checked): Problem | undefined {
  const { isSecure, isHost, isHttp } = demandsOf(name)
  if (isSecure && !secure) return ['secure', `true: browsers demand it of ${name}`]
  if (isHost && path !== '/') return ['path', `/: browsers demand it of ${name}`]
  if (isHost && domain !== '') return ['domain', `none: browsers demand it of ${name}`]
  return isHttp && !httpOnly ? ['http_only', `true: browsers demand it of ${name}`] : undefined
}

/** What browsers demand of a cookie with this name; they compare the prefixes without case. */
function demandsOf(name: string) {
  const begins = (prefix: string): boolean => name.toLowerCase().startsWith(prefix)
  const isHost = begins('__host-')
  const isHttp = begins('__http-') || begins('__host-http-')
  return { isHost, isHttp, isSecure: isHost || isHttp || begins('__secure-') }
}
