/** The upstream request for an allowed request. */
import type { IncomingMessage } from 'node:http'
import { guarded } from '../../lib/guarded.ts'
import { isHeaderName } from '../../lib/header-name.ts'
import { filterHeaders } from '../../lib/header-pairs.ts'
import type { Allow } from '../../model/decision.ts'
import { carriedBy } from '../../observability/carried.ts'
import type { Framing, UpstreamRequest } from '../../outbound/upstream/call.ts'
import { statusOf } from '../http/measured.ts'
import { forbiddenTrailers } from './forbidden-trailers.ts'
import type { AllowedRequest } from './incoming.ts'
import { upstreamHeaders } from './request-headers.ts'
import { upstreamTarget } from './target.ts'

export interface OutgoingOptions {
  /** Appends the client's address to X-Forwarded-For. */
  readonly appendForwardedFor: boolean
}

/** undefined: the URL of the upstream is neither http nor https. */
export function outgoingOf(
  allowed: AllowedRequest,
  decision: Allow,
  options: OutgoingOptions,
): UpstreamRequest | undefined {
  const { incoming, reading, upgrade } = allowed
  const { upstream } = decision
  if (upstream?.origin === undefined) return undefined
  const { request } = reading
  const host = upstream.preserveHost ? reading.host : upstream.host
  const carried = carriedHeaders(allowed)
  const headers = upstreamHeaders(reading.headers, decision, { host, carried })
  if (acceptsTrailers(incoming)) headers.push('TE', 'trailers')
  if (options.appendForwardedFor) appendForwardedFor(headers, request.client.peer)
  return {
    origin: upstream.origin,
    method: request.method,
    target: upstreamTarget(upstream, request, decision.changes.query),
    headers,
    framing: framingOf(allowed, decision),
    upgrade: upgrade?.protocol,
  }
}

/** Keeps the client's framing, but uses `chunked` for a body with trailers, which cannot follow a Content-Length. */
function framingOf({ incoming, body }: AllowedRequest, decision: Allow): Framing {
  const length = incoming.headers['content-length']
  if (body === undefined) return length === undefined ? none : { kind: 'length', bytes: 0 }
  const { trailer } = incoming.headers
  if (trailer === undefined && length !== undefined) {
    return { kind: 'length', bytes: Number(length) }
  }
  return { kind: 'chunked', trailers: trailer === undefined ? [] : announced(trailer, decision) }
}

const none: Framing = { kind: 'none' }

function announced(trailer: string, decision: Allow): readonly string[] {
  const isForbidden = forbiddenTrailers(decision)
  const names = trailer.split(',').map(name => name.trim())
  return names.filter(name => isHeaderName(name) && !isForbidden(name.toLowerCase()))
}

/** The client's trailers, once its body is read, without forbidden names. Flat. */
export function trailersOf({ incoming }: AllowedRequest, decision: Allow): readonly string[] {
  if (incoming.headers.trailer === undefined) return []
  const isForbidden = forbiddenTrailers(decision)
  return filterHeaders(
    incoming.rawTrailers,
    name => isHeaderName(name) && !isForbidden(name.toLowerCase()),
  )
}

/** Begins the upstream span if the request is traced, and returns its headers. The span ends with the answer. */
function carriedHeaders({ reading, response }: AllowedRequest): Readonly<Record<string, string>> {
  const span = carriedBy(reading.request.headers)?.beginUpstream?.()
  if (span === undefined) return noHeaders
  response.once(
    'close',
    guarded(() => span.end(statusOf(response))),
  )
  return span.headers
}

const noHeaders = {}

const acceptsTrailers = ({ headers }: IncomingMessage): boolean =>
  String(headers['te'] ?? '')
    .toLowerCase()
    .split(',')
    .some(coding => (coding.split(';', 1)[0] ?? '').trim() === 'trailers')

function appendForwardedFor(headers: string[], peer: string | undefined): void {
  if (peer === undefined) return
  const at = headers.findLastIndex(
    (name, i) => i % 2 === 0 && name.toLowerCase() === 'x-forwarded-for',
  )
  if (at < 0) headers.push('X-Forwarded-For', peer)
  else headers[at + 1] = `${headers[at + 1]}, ${peer}`
}
