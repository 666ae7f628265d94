import { type IncomingMessage, METHODS, type ServerResponse } from 'node:http'
import { splitHttpUrl } from '../../lib/url-path.ts'
import { type Failure, failure } from '../../model/failure.ts'
import type { AccessRequest, RequestBody } from '../../model/request.ts'
import type { Facts } from '../http/facts.ts'
import {
  createRequest,
  deadlineOf,
  type Lifetime,
  type RequestParts,
} from '../request/access-request.ts'
import { headersOf } from '../request/headers.ts'
import { canonicalHost } from '../request/host.ts'
import { canonicalPath, splitTarget } from '../request/path.ts'
import { addressOfPeer, peerOf } from '../request/peer.ts'
import { clientAddress, type Trust } from '../request/trust.ts'
import { judgedHeaders } from './request-headers.ts'

type Scheme = 'http' | 'https'

export interface ReadOptions {
  /** Whose request it is; the proxy needs an upstream. */
  readonly door: 'proxy' | 'middleware'
  /** That of the listener. */
  readonly scheme: Scheme
  /** Whether the listener is a unix socket, whose peers have no address. */
  readonly onUnixSocket: boolean
  /** Whose forwarding headers count. */
  readonly trust: Trust
  /** Longest request target, in bytes. */
  readonly pathBytes: number
  /** Longest decision, in milliseconds. */
  readonly decisionTimeout: number
}

/** One request as it came. */
export interface Asked {
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly facts: Facts
  readonly body: RequestBody | undefined
}

export interface Reading {
  readonly kind: 'reading'
  readonly request: AccessRequest
  readonly lifetime: Lifetime
  /** Without those of the client's connection; flat. */
  readonly headers: readonly string[]
  /** The host as the client says it. */
  readonly host: string
}

/** A proxied request to what is judged; anything malformed or ambiguous is a 400. */
export function readRequest(asked: Asked, options: ReadOptions): Reading | Failure {
  const { incoming, facts } = asked
  const target = incoming.url ?? ''
  if (target.length > options.pathBytes) return tooLong
  if (facts.problem !== undefined) return bad(facts.problem)
  const peer = peerOf(incoming, options.onUnixSocket)
  if (peer === undefined) return gone
  if (!isMethod(incoming.method)) return bad('the method is not one of HTTP')
  const parts = partsOf(target)
  if (parts === undefined) return bad('the request target is neither a path nor an http(s) URL')
  const path = canonicalPath(parts.path)
  if (path === undefined) return bad('the path is not safe to match')
  const sent = parts.authority ?? facts.host ?? ''
  const host = canonicalHost(sent)
  if (host === undefined) return bad('the Host header is not valid')
  return toReading(asked, options, { path, query: parts.query ?? '', host, sent, target, peer })
}

/** Nobody is there to be answered. */
const gone = failure('client_closed_request', { message: 'the client is gone' })

/** HTTP/2 lets any text be one; Node's parser of HTTP/1 knows these. */
const known = new Set(METHODS)
const isMethod = (method: string | undefined): boolean => known.has(method ?? '')

const tooLong = failure('uri_too_long', { message: 'the request target is too long' })

const bad = (reason: string): Failure => failure('bad_request', { message: reason, reason })

interface TargetParts {
  readonly authority?: string | undefined
  readonly path: string
  readonly query?: string
}

/** The authority of an absolute form counts, whatever Host says (RFC 9112 §3.2.2). */
function partsOf(target: string): TargetParts | undefined {
  if (target.startsWith('/')) return splitTarget(target)
  const parts = splitHttpUrl(target)
  return parts && { authority: parts.authority, ...splitTarget(parts.rest) }
}

interface Judged {
  readonly path: string
  readonly query: string
  readonly host: string
  readonly sent: string
  readonly target: string
  readonly peer: string
}

const noContext: ReadonlyMap<string, string> = new Map()
const noMetadata = {}

function toReading(
  { incoming, response, facts, body }: Asked,
  { door, scheme, trust, decisionTimeout }: ReadOptions,
  { path, query, host, sent, target, peer }: Judged,
): Reading {
  const trusted = trust(peer)
  const lifetime: Lifetime = {
    deadline: deadlineOf(undefined, decisionTimeout),
    onHangUp: abort => response.once('close', abort),
  }
  const headers = judgedHeaders(incoming.rawHeaders, trusted)
  const parts: RequestParts = {
    door,
    method: incoming.method ?? '',
    scheme: (trusted && forwardedScheme(facts)) || scheme,
    host,
    path,
    query,
    raw: { target, host: sent },
    headers: headersOf(headers),
    client: {
      address: clientAddress(peer, facts.forwardedFor, trust),
      peer: addressOfPeer(peer),
    },
    body,
    context: noContext,
    metadata: noMetadata,
  }
  return {
    kind: 'reading',
    request: createRequest(parts, lifetime),
    lifetime,
    headers,
    host: sent,
  }
}

/** In any case; what is neither of the two does not count, as recorded. */
function forwardedScheme({ forwarded }: Facts): Scheme | undefined {
  const scheme = forwarded?.proto?.toLowerCase()
  return scheme === 'http' || scheme === 'https' ? scheme : undefined
}
