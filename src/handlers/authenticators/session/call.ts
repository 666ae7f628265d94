/** The call to a session store: the request without its body, as far as the config forwards it. */
import { canonicalHeaderName } from '../../../lib/header-name.ts'
import { escapeQuery } from '../../../lib/query.ts'
import { escapeMatchedPath } from '../../../lib/url-path.ts'
import type { AccessRequest } from '../../../model/request.ts'
import type { HttpCall } from '../../../outbound/http.ts'
import type { CheckConfig } from './schema.ts'

/** Where the credential is, and its value, so that the store receives it whatever else is forwarded. */
export interface Carried {
  readonly headers: readonly string[]
  readonly query?: { readonly name: string; readonly value: string } | undefined
}

export type MakeCall = (request: AccessRequest, query: Carried['query']) => HttpCall

/** Throws an Error when the URL is neither http nor https. */
export function compileCall(config: CheckConfig, credentialHeaders: readonly string[]): MakeCall {
  const target = compileTarget(config)
  const names = namesOf([...config.forward_http_headers, ...credentialHeaders])
  const additional = Object.entries(config.additional_headers ?? {}).filter(
    ([name]) => name.toLowerCase() !== 'host',
  )
  const fixed = Object.fromEntries(
    additional.map(([name, value]) => [canonicalHeaderName(name), value]),
  )
  return (request, query) => ({
    method: config.force_method || (request.method === 'HEAD' ? 'GET' : request.method),
    url: target(request, query),
    headers: {
      ...forwarded(request, names),
      ...(config.preserve_host ? { 'X-Forwarded-Host': request.raw.host } : {}),
      ...fixed,
    },
    signal: request.signal,
    trace: request.headers,
  })
}

const namesOf = (names: readonly string[]): readonly string[] => [
  ...new Set(names.map(canonicalHeaderName)),
]

function forwarded(
  { headers }: AccessRequest,
  names: readonly string[],
): Readonly<Record<string, readonly string[]>> {
  const found = names.map(name => [name, headers.all(name.toLowerCase())] as const)
  return Object.fromEntries(found.filter(([name, values]) => values.length > 0 && name !== 'Host'))
}

function compileTarget(config: CheckConfig) {
  const url = new URL(config.check_session_url)
  if (!/^https?:$/.test(url.protocol)) {
    throw new Error('check_session_url: expected an http or https URL')
  }
  const base =
    config.check_session_url.slice(0, config.check_session_url.indexOf(url.host)) + url.host
  const { path, query } = partsOf(config.check_session_url)
  return (request: AccessRequest, credential: Carried['query']): string => {
    const own = config.preserve_path ? path : pathOf(request)
    const asked = config.preserve_query ? withCredential(query, credential) : request.query
    return `${base}${own}${asked === '' ? '' : `?${asked}`}`
  }
}

/** As configured: neither cleaned nor escaped again. */
function partsOf(url: string): { readonly path: string; readonly query: string } {
  const [, path = '', query = ''] = /^[^:]+:\/\/[^/?#]*([^?#]*)(?:\?([^#]*))?/.exec(url) ?? []
  return { path, query }
}

const pathOf = ({ path, pathEscapes }: AccessRequest): string =>
  escapeMatchedPath(path, pathEscapes)

function withCredential(query: string, credential: Carried['query']): string {
  if (credential === undefined) return query
  const pair = `${escapeQuery(credential.name)}=${escapeQuery(credential.value)}`
  return query === '' ? pair : `${query}&${pair}`
}
