/** Requests from witnesses, as a door would read them. */
import { createRequest } from '../../doors/request/access-request.ts'
import { headersOf } from '../../doors/request/headers.ts'
import { canonicalHost } from '../../doors/request/host.ts'
import type { PathReader } from '../../doors/request/path-reader.ts'
import { bytesOf, textOf } from '../../lib/bytes.ts'
import { escapeMatchedPath, escapePath } from '../../lib/url-path.ts'
import type { AccessRequest } from '../../model/request.ts'
import type { Witness } from './box.ts'
import { maskedHeader, maskedQuery } from './masked.ts'

/** Milliseconds; no handler that takes time is run. */
const timeLimit = 1_000

/** undefined: no request is read as this URL. */
export function requestOf(witness: Witness, paths: PathReader): AccessRequest | undefined {
  const [, scheme = '', host = '', path = ''] =
    /^(https?|wss?|rpc):\/\/([^/]*)(.*)$/s.exec(bytesOf(witness.url)) ?? []
  const target = targetOf(path, paths)
  if (scheme === '' || target === undefined || canonicalHost(host) !== host) return undefined
  const { method, query, headers, context, isCall } = witness
  const isGrpc = context !== undefined || isCall || scheme === 'rpc'
  const type = isCall || scheme === 'rpc' ? [['Content-Type', 'application/grpc']] : []
  return createRequest(
    {
      door: isGrpc ? 'grpc' : 'decisions',
      method,
      scheme,
      host,
      path,
      query,
      pathEscapes: paths.escapesOf(path),
      raw: { target: query === '' ? target : `${target}?${query}`, host },
      headers: headersOf([...headers, ...type].flat()),
      client: {},
      body: undefined,
      rpc: isCall ? { url: `rpc://${host}${path}` } : undefined,
      schemeFallback: fallbacks[scheme],
      context: new Map(context),
      metadata: {},
    },
    { deadline: performance.now() + timeLimit, onHangUp: () => undefined },
  )
}

const fallbacks: Readonly<Record<string, string>> = { ws: 'http', wss: 'https' }

/** The path as a client sends it; undefined: none is read as this one. */
function targetOf(path: string, paths: PathReader): string | undefined {
  if (path === '') return ''
  return [escapePath(path), escapeMatchedPath(path, 'slashes')].find(
    raw => paths.read(raw) === path,
  )
}

/** A request as reports show it: what has to be sent, but for credentials and secrets. */
export interface ShownRequest {
  readonly method: string
  readonly url: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** It needs this of Envoy's route (`context_extensions`). */
  readonly context?: readonly (readonly [name: string, value: string])[]
}

export function shownRequest(request: AccessRequest): ShownRequest {
  const { method, scheme, raw, headers, context } = request
  const [path = '', ...query] = raw.target.split('?')
  const target = query.length === 0 ? path : `${path}?${maskedQuery(query.join('?'))}`
  return {
    method,
    url: textOf(`${scheme}://${raw.host}${target}`),
    ...(headers.pairs.length === 0 ? {} : { headers: shownPairs(headers.pairs) }),
    ...(context.size === 0 ? {} : { context: shownPairs(context) }),
  }
}

const shownPairs = (list: Iterable<readonly [string, string]>) =>
  Array.from(list, ([name, value]) => [textOf(name), textOf(maskedHeader(name, value))] as const)
