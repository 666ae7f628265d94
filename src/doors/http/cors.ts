/** Cross-origin resource sharing with Oathkeeper's answers, before a door's routes, rules and upstreams. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { anyOrigin } from '../../lib/origins.ts'
import type { RequestListener } from './listener.ts'

export interface CorsSettings {
  readonly allowed_origins: readonly string[]
  readonly allowed_methods: readonly string[]
  readonly allowed_headers: readonly string[]
  readonly exposed_headers: readonly string[]
  /** Ignored when `allowed_origins` allows any origin. */
  readonly allow_credentials: boolean
  /** Seconds; 0: the header is not sent. */
  readonly max_age: number
}

export interface CorsOptions extends CorsSettings {
  /** False for public suffixes: `shop.test` is registrable, `co.uk` is not. */
  readonly isRegistrable: (domain: string) => boolean
  /** Called with each outcome, for debug logs. */
  readonly onDecision?: ((outcome: CorsOutcome) => void) | undefined
}

export interface CorsOutcome {
  readonly origin: string | undefined
  readonly preflight: boolean
  readonly allowed: boolean
}

/** Sets the headers of the response; true: it was a pre-flight and is answered. */
export type Cors = (incoming: IncomingMessage, response: ServerResponse) => boolean

/** Requests for which `skipsCors` is true are decided by the rules and get no CORS headers. */
export function withCors(
  cors: Cors,
  listener: RequestListener,
  skipsCors: (incoming: IncomingMessage) => boolean = () => false,
): RequestListener {
  return (incoming, response) => {
    const isAnswered = !skipsCors(incoming) && cors(incoming, response)
    if (!isAnswered) listener(incoming, response)
  }
}

export function createCors(given: CorsOptions): Cors {
  const options = withSafeCredentials(given)
  const { onDecision } = options
  const isOrigin = originTest(options)
  const isHeaders = headersTest(options.allowed_headers)
  const methods = new Set([...options.allowed_methods, 'OPTIONS'])
  const report = (preflight: boolean, origin: string | undefined, allowed: boolean): boolean => {
    onDecision?.({ origin, preflight, allowed })
    return allowed
  }
  const isPlain = ({ method = '', headers: { origin } }: IncomingMessage): boolean =>
    report(false, origin, isOrigin(origin) && methods.has(method))
  const isPreflightAllowed = ({ headers }: IncomingMessage): boolean => {
    const { origin, 'access-control-request-headers': wanted } = headers
    const method = headers['access-control-request-method'] ?? ''
    return report(true, origin, isOrigin(origin) && methods.has(method) && isHeaders(wanted))
  }
  return (incoming, response) => {
    if (isPreflight(incoming)) {
      response.setHeader('Vary', varyOfPreflights)
      if (isPreflightAllowed(incoming)) allowPreflight(incoming, response, options)
      response.writeHead(204)
      response.end()
      return true
    }
    response.setHeader('Vary', 'Origin')
    if (isPlain(incoming)) allowPlain(incoming, response, options)
    return false
  }
}

/** Any origin together with credentials would let every web page act as the user. */
const withSafeCredentials = (options: CorsOptions): CorsOptions =>
  anyOrigin(options.allowed_origins) ? { ...options, allow_credentials: false } : options

const varyOfPreflights = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'

export const isPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === 'OPTIONS' && Boolean(headers['access-control-request-method'])

function allowPreflight(
  { headers }: IncomingMessage,
  response: ServerResponse,
  { allow_credentials: credentials, max_age: maxAge }: CorsSettings,
): void {
  const wanted = headers['access-control-request-headers']
  response.setHeader('Access-Control-Allow-Origin', headers.origin ?? '')
  response.setHeader('Access-Control-Allow-Methods', headers['access-control-request-method'] ?? '')
  if (wanted) response.setHeader('Access-Control-Allow-Headers', wanted)
  if (credentials) response.setHeader('Access-Control-Allow-Credentials', 'true')
  if (maxAge > 0) response.setHeader('Access-Control-Max-Age', String(maxAge))
}

function allowPlain(
  { headers }: IncomingMessage,
  response: ServerResponse,
  { allow_credentials: credentials, exposed_headers: exposed }: CorsSettings,
): void {
  response.setHeader('Access-Control-Allow-Origin', headers.origin ?? '')
  if (exposed.length > 0) response.setHeader('Access-Control-Expose-Headers', exposed.join(', '))
  if (credentials) response.setHeader('Access-Control-Allow-Credentials', 'true')
}

const longestOrigin = 1024

/** Configured origins are lower-cased; the request's origin is compared unchanged. */
function originTest({ allowed_origins: origins, isRegistrable }: CorsOptions) {
  if (anyOrigin(origins)) return (origin?: string) => Boolean(origin)
  const lower = origins.map(origin => origin.toLowerCase())
  const exact = new Set(lower.filter(origin => !origin.includes('*')))
  const wild = lower.filter(origin => origin.includes('*')).flatMap(wildcard)
  const usable = wild.filter(({ after }) => isRegistrable(domainOf(after)))
  return (origin?: string): boolean =>
    origin !== undefined &&
    origin.length <= longestOrigin &&
    (exact.has(origin) || usable.some(pattern => fits(origin, pattern)))
}

interface Wildcard {
  readonly before: string
  readonly after: string
}

function wildcard(origin: string): readonly Wildcard[] {
  const at = origin.indexOf('*')
  return [{ before: origin.slice(0, at), after: origin.slice(at + 1) }]
}

const domainOf = (after: string): string => after.replace(/^\./, '').replace(/:\d*$/, '')

const fits = (origin: string, { before, after }: Wildcard): boolean =>
  origin.length > before.length + after.length &&
  origin.startsWith(before) &&
  origin.endsWith(after) &&
  /^[a-z0-9.-]+$/.test(origin.slice(before.length, origin.length - after.length))

/** Browsers send lower-case names; other spellings are refused, like Oathkeeper does. */
function headersTest(allowed: readonly string[]): (wanted: string | undefined) => boolean {
  if (allowed.includes('*')) return () => true
  const names = new Set(allowed.map(name => name.toLowerCase()))
  return (wanted = '') =>
    wanted.split(',').every(name => name.trim() === '' || names.has(name.trim()))
}
