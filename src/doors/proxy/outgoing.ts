/** An allowed request as its upstream gets it. */
import type { IncomingMessage } from 'node:http'
import { guarded } from '../../lib/guarded.ts'
import { isHeaderName } from '../../lib/header-name.ts'
import type { Allow } from '../../model/decision.ts'
import { carriedBy } from '../../observability/carried.ts'
import type { Framing, UpstreamRequest } from '../../outbound/upstream/call.ts'
import { statusOf } from '../http/measured.ts'
import type { Judged } from './incoming.ts'
import { withheldBy } from './owned-trailers.ts'
import { upstreamHeaders } from './request-headers.ts'
import { upstreamTarget } from './target.ts'

export interface OutgoingOptions {
  /** Tell the upstream the client's address in X-Forwarded-For, behind what a trusted peer says there. */
  readonly appendForwardedFor: boolean
}

/** undefined: the URL of the upstream is neither http nor https. */
export function outgoingOf(
  judged: Judged,
  decision: Allow,
  options: OutgoingOptions,
): UpstreamRequest | undefined {
  const { incoming, reading, upgrade } = judged
  const { upstream } = decision
  if (upstream?.origin === undefined) return undefined
  const { request } = reading
  const host = upstream.preserveHost ? reading.host : upstream.host
  const carried = carriedHeaders(judged)
  const headers = upstreamHeaders(reading.headers, decision, { host, carried })
  if (acceptsTrailers(incoming)) headers.push('TE', 'trailers')
  if (options.appendForwardedFor) appendForwardedFor(headers, request.client.peer)
  return {
    origin: upstream.origin,
    method: request.method,
    target: upstreamTarget(upstream, request),
    headers,
    framing: framingOf(judged, decision),
    upgrade: upgrade?.protocol,
  }
}

/** As the client framed it, but for a body of HTTP/2 with trailers: behind a known length there is no place for them. */
function framingOf({ incoming, body }: Judged, decision: Allow): Framing {
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
  const withheld = withheldBy(decision)
  const names = trailer.split(',').map(name => name.trim())
  return names.filter(name => isHeaderName(name) && !withheld(name.toLowerCase()))
}

/** What the client's trailers say, once its body is read, but for names that are ours to set. Flat. */
export function trailersOf({ incoming }: Judged, decision: Allow): readonly string[] {
  if (incoming.headers.trailer === undefined) return []
  const withheld = withheldBy(decision)
  const { rawTrailers } = incoming
  const kept: string[] = []
  for (let i = 0; i < rawTrailers.length; i += 2) {
    const [name = '', value = ''] = [rawTrailers[i], rawTrailers[i + 1]]
    if (isHeaderName(name) && !withheld(name.toLowerCase())) kept.push(name, value)
  }
  return kept
}

/** The upstream's part of the trace, where there is one; it ends with the answer. */
function carriedHeaders({ reading, response }: Judged): Readonly<Record<string, string>> {
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
