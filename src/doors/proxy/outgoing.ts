/** A judged request as its upstream gets it. */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { Allow } from '../../model/decision.ts'
import { carriedBy } from '../../observability/carried.ts'
import { statusOf } from '../measured.ts'
import { bounded } from './bounded-body.ts'
import type { Outgoing } from './forward.ts'
import type { Judged } from './incoming.ts'
import { upstreamHeaders } from './request-headers.ts'
import { upstreamTarget } from './target.ts'

export interface OutgoingOptions {
  /** Tell the upstream the client's address in X-Forwarded-For, behind what a trusted peer says there. */
  readonly appendForwardedFor: boolean
}

/** Without its body. undefined: the URL of the upstream is none that can be asked. */
export function outgoingOf(
  judged: Judged,
  decision: Allow,
  options: OutgoingOptions,
): Outgoing | undefined {
  const { incoming, reading } = judged
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
    body: null,
  }
}

/** The length is the client's, or there is none and the body is sent in chunks, `most` bytes of it (0: any). */
export function withBody(outgoing: Outgoing, { incoming, body }: Judged, most: number): Outgoing {
  const length = incoming.headers['content-length']
  const headers =
    length === undefined ? outgoing.headers : [...outgoing.headers, 'Content-Length', length]
  if (body === undefined) return { ...outgoing, headers }
  const rest = body.rest()
  const stream = rest instanceof Readable ? rest : Readable.from(rest)
  const isOpen = most > 0 && length === undefined
  return { ...outgoing, headers, body: isOpen ? bounded(stream, most) : stream }
}

/** The upstream's part of the trace, where there is one; it ends with the answer. */
function carriedHeaders({ reading, response }: Judged): Readonly<Record<string, string>> {
  const span = carriedBy(reading.request.headers)?.beginUpstream?.()
  if (span === undefined) return noHeaders
  response.once('close', () => span.end(statusOf(response)))
  return span.headers
}

const noHeaders = {}

const acceptsTrailers = ({ headers }: IncomingMessage): boolean =>
  headers['te'] !== undefined && /(?:^|[,\s])trailers(?:$|[,;\s])/i.test(String(headers['te']))

function appendForwardedFor(headers: string[], peer: string | undefined): void {
  if (peer === undefined) return
  const at = headers.findLastIndex(
    (name, i) => i % 2 === 0 && name.toLowerCase() === 'x-forwarded-for',
  )
  if (at < 0) headers.push('X-Forwarded-For', peer)
  else headers[at + 1] = `${headers[at + 1]}, ${peer}`
}
