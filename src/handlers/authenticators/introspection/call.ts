/** Calls an introspection endpoint. */
import { canonicalHeaderName, isHeaderName } from '../../../lib/header-name.ts'
import { writeQuery } from '../../../lib/query.ts'
import type { Failure } from '../../../model/failure.ts'
import type { AccessRequest } from '../../../model/request.ts'
import { type ClientToken, createClientToken } from '../../../outbound/client-token.ts'
import type { Http, HttpCall } from '../../../outbound/http.ts'
import type { IntrospectionConfig } from './schema.ts'

/** Throws an Error that names the header when it is not valid. */
export function compileHeaders(config: IntrospectionConfig): Readonly<Record<string, string>> {
  const headers = Object.entries(config.introspection_request_headers ?? {})
  return Object.fromEntries(
    headers.map(([name, value]) => {
      if (!isHeaderName(name) || typeof value !== 'string') {
        throw new Error(
          `introspection_request_headers.${name}: expected a header name and a string`,
        )
      }
      return [canonicalHeaderName(name), value]
    }),
  )
}

/** undefined: the endpoint is called without a token of our own. */
export function compilePreAuthorization(
  { pre_authorization: own }: IntrospectionConfig,
  http: Http,
  now: () => number,
): ClientToken | undefined {
  if (!own?.enabled) return undefined
  const { client_id = '', client_secret = '', token_url = '', audience, scope = [] } = own
  const parameters = [
    ...(audience ? [['audience', audience] as const] : []),
    ...(scope.length > 0 ? [['scope', scope.join(' ')] as const] : []),
  ]
  const request = { url: token_url, client: client_id, secret: client_secret, parameters }
  return createClientToken(http, request, now)
}

export interface Asking {
  readonly config: IntrospectionConfig
  readonly headers: Readonly<Record<string, string>>
  readonly own: ClientToken | undefined
}

export interface Asked {
  readonly url: string
  readonly token: string
  /** Sent so that the endpoint checks them; undefined: they are checked here. */
  readonly scopes: readonly string[] | undefined
}

export async function makeCall(
  { config, headers, own }: Asking,
  { url, token, scopes }: Asked,
  request: AccessRequest,
): Promise<HttpCall | Failure> {
  const bearer = await own?.get()
  if (typeof bearer === 'object') return bearer
  const scope = scopes === undefined ? [] : [['scope', scopes.join(' ')] as const]
  return {
    method: 'POST',
    url,
    headers: {
      ...headers,
      'Content-Type': 'application/x-www-form-urlencoded',
      ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
      ...(config.preserve_host ? { 'X-Forwarded-Host': request.raw.host } : {}),
    },
    body: writeQuery([...scope, ['token', token]]),
    redirects: 3,
    signal: request.signal,
    trace: request.headers,
  }
}
