import type { IncomingMessage, ServerResponse } from 'node:http'
import { isHeaderName } from '../../lib/header-name.ts'
import { splitHttpUrl } from '../../lib/url-path.ts'
import { type Failure, failure } from '../../model/failure.ts'
import type { AccessRequest, RequestBody } from '../../model/request.ts'
import type { Facts } from '../http/facts.ts'
import { bodyOf } from '../http/http-body.ts'
import {
  createRequest,
  deadlineOf,
  type Lifetime,
  type RequestParts,
} from '../request/access-request.ts'
import { headersOf } from '../request/headers.ts'
import { canonicalHost } from '../request/host.ts'
import { splitTarget } from '../request/path.ts'
import type { PathReader } from '../request/path-reader.ts'
import { addressOfPeer, peerOf } from '../request/peer.ts'
import { clientAddress, type Trust } from '../request/trust.ts'
import { mayHaveBody, withheldBody } from '../request/withheld-body.ts'
import type { Dialect, OwnRequest, RequestToDecide } from './dialects.ts'

type Scheme = OwnRequest['scheme']

export interface ReadOptions {
  readonly dialect: Dialect
  /** Scheme of the listener. */
  readonly scheme: Scheme
  readonly trust: Trust
  readonly paths: PathReader
  /** True when the listener is a unix socket, whose peers have no address. */
  readonly onUnixSocket: boolean
  /** Longest request target, in bytes. */
  readonly pathBytes: number
  /** Most bytes of a body that are kept for handlers. */
  readonly bodyBytes: number
  /** Longest decision, in milliseconds. */
  readonly decisionTimeout: number
  /** Called when the forwarded headers of a peer that is not trusted were ignored. */
  readonly onIgnored: (peer: string | undefined) => void
}

/** A request to the decision API. */
export interface ReceivedRequest {
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly facts: Facts
}

export interface Reading {
  readonly kind: 'reading'
  readonly request: AccessRequest
  readonly lifetime: Lifetime
}

export const prefix = '/decisions'

/** The target without the prefix (`''`, `/x?y`, `?y`); undefined: not a route of the decision API. */
export function afterPrefix(target: string): string | undefined {
  const path = target.startsWith('/') ? target : (splitHttpUrl(target)?.rest ?? '')
  if (!path.startsWith(prefix)) return undefined
  const rest = path.slice(prefix.length)
  return rest === '' || rest.startsWith('/') || rest.startsWith('?') ? rest : undefined
}

/** Reads the request to decide. A malformed or ambiguous request is a 400. */
export function readRequest(received: ReceivedRequest, options: ReadOptions): Reading | Failure {
  const { incoming, facts } = received
  const target = incoming.url ?? ''
  if (target.length > options.pathBytes) return targetTooLong
  if (facts.problem !== undefined) return bad(facts.problem)
  const own = ownRequest(received, target, options.scheme)
  const peer = peerOf(incoming, options.onUnixSocket)
  if (peer === undefined) return clientDisconnected
  const toDecide = applyDialect(own, facts, { options, peer })
  if (typeof toDecide === 'string') return bad(toDecide)
  return toReading({ received, options, toDecide, peer, target })
}

const clientDisconnected = failure('client_closed_request', { message: 'the client disconnected' })

const targetTooLong = failure('uri_too_long', { message: 'the request target is too long' })

const bad = (reason: string): Failure => failure('bad_request', { message: reason, reason })

function ownRequest(
  { incoming, facts }: ReceivedRequest,
  target: string,
  scheme: Scheme,
): OwnRequest {
  const { path, query = '' } = splitTarget(afterPrefix(target) ?? '')
  const authority = target.startsWith('/') ? undefined : splitHttpUrl(target)?.authority
  return { method: incoming.method ?? '', scheme, host: authority ?? facts.host ?? '', path, query }
}

const nothingForwarded = {}

interface ReadContext {
  readonly options: ReadOptions
  readonly peer: string
}

function applyDialect(
  own: OwnRequest,
  facts: Facts,
  { options, peer }: ReadContext,
): RequestToDecide | string {
  const { forwarded = nothingForwarded } = facts
  const trusted = options.trust(peer)
  if (!trusted && facts.forwarded !== undefined) options.onIgnored(peer)
  const seen = trusted ? forwarded : nothingForwarded
  const toDecide = options.dialect(own, seen, options.paths)
  if (typeof toDecide === 'string') return toDecide
  const host = canonicalHost(toDecide.host)
  if (host === undefined) return 'the host is not valid'
  if (!isHeaderName(toDecide.method)) return 'the method is not valid'
  // The scheme precedes the host in the matched URL: it must not contain a host.
  if (/[:/\\?#]/.test(toDecide.scheme)) return 'X-Forwarded-Proto is not a valid scheme'
  return { ...toDecide, host }
}

interface Found extends ReadContext {
  readonly received: ReceivedRequest
  readonly toDecide: RequestToDecide
  readonly target: string
}

function toReading(found: Found): Reading {
  const { received, options, toDecide, peer, target } = found
  const { incoming, response, facts } = received
  const began = performance.now()
  const lifetime: Lifetime = {
    began,
    deadline: deadlineOf(millisecondsOf(facts.envoyTimeout), options.decisionTimeout, began),
    onHangUp: abort => response.once('close', abort),
  }
  const parts: RequestParts = {
    door: 'decisions',
    method: toDecide.method,
    scheme: toDecide.scheme,
    host: toDecide.host,
    path: toDecide.path,
    query: toDecide.query,
    pathEscapes: toDecide.pathEscapes,
    writtenPath: toDecide.writtenPath,
    raw: { target, host: facts.host ?? '' },
    headers: headersOf(incoming.rawHeaders),
    client: {
      address: clientAddress(peer, facts.forwardedFor, options.trust),
      peer: addressOfPeer(peer),
    },
    body: bodyFor(received, toDecide, options.bodyBytes),
    schemeFallback: schemeFallback(toDecide.scheme),
    context: noContext,
    metadata: noMetadata,
  }
  return { kind: 'reading', request: createRequest(parts, lifetime), lifetime }
}

/** nginx sends the client's Content-Length on its GET, but no body: the next request would be read as that body. */
export const isBodiless = ({ method }: IncomingMessage): boolean =>
  method === 'GET' || method === 'HEAD'

function bodyFor(
  { incoming, facts }: ReceivedRequest,
  toDecide: RequestToDecide,
  limit: number,
): RequestBody | undefined {
  const isEnvoy = facts.envoyTimeout !== undefined
  const mayWithhold = isEnvoy || toDecide.mayWithholdBody === true
  if (!facts.announcesBody) {
    const isKept = facts.keepsBody || mayHaveBody(toDecide.method)
    return mayWithhold && isKept ? withheldBody : undefined
  }
  // Envoy sends the body that it announces.
  return mayWithhold && !isEnvoy && isBodiless(incoming) ? withheldBody : bodyOf(incoming, limit)
}

const millisecondsOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined

const noContext: ReadonlyMap<string, string> = new Map()
const noMetadata = {}

/** Traefik sends `ws` and `wss` for WebSocket handshakes; rules are written for http and https. */
function schemeFallback(scheme: string): string | undefined {
  if (scheme === 'ws') return 'http'
  return scheme === 'wss' ? 'https' : undefined
}
