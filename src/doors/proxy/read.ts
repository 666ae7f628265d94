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
import { splitTarget } from '../request/path.ts'
import type { PathReader } from '../request/path-reader.ts'
import { addressOfPeer, peerOf } from '../request/peer.ts'
import { clientAddress, type Trust } from '../request/trust.ts'
import { headersForRules } from './request-headers.ts'

type Scheme = 'http' | 'https'

export interface ReadOptions {
  /** The door that received the request; the proxy needs an upstream. */
  readonly door: 'proxy' | 'middleware'
  /** Scheme of the listener. */
  readonly scheme: Scheme
  /** True when the listener is a unix socket, whose peers have no address. */
  readonly onUnixSocket: boolean
  /** Peers whose forwarding headers are used. */
  readonly trust: Trust
  readonly paths: PathReader
  /** Longest request target, in bytes. */
  readonly pathBytes: number
  /** Longest decision, in milliseconds. */
  readonly decisionTimeout: number
}

/** A received request. */
export interface ReceivedRequest {
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly facts: Facts
  readonly body: RequestBody | undefined
}

export interface Reading {
  readonly kind: 'reading'
  readonly request: AccessRequest
  readonly lifetime: Lifetime
  /** The headers that the rules see; flat. */
  readonly headers: readonly string[]
  /** The host as the client sent it. */
  readonly host: string
}

/** Reads the request to decide. A malformed or ambiguous request is a 400. */
export function readRequest(received: ReceivedRequest, options: ReadOptions): Reading | Failure {
  const { incoming, facts } = received
  const target = incoming.url ?? ''
  if (target.length > options.pathBytes) return targetTooLong
  if (facts.problem !== undefined) return bad(facts.problem)
  const peer = peerOf(incoming, options.onUnixSocket)
  if (peer === undefined) return clientDisconnected
  if (!isMethod(incoming.method)) return bad('the method is not one of HTTP')
  const parts = partsOf(target)
  if (parts === undefined) return bad('the request target is neither a path nor an http(s) URL')
  const path = options.paths.read(parts.path)
  if (path === undefined) return bad('the path is not safe to match')
  const sent = parts.authority ?? facts.host ?? ''
  const host = canonicalHost(sent)
  if (host === undefined) return bad('the Host header is not valid')
  return toReading(received, options, { path, query: parts.query ?? '', host, sent, target, peer })
}

const clientDisconnected = failure('client_closed_request', { message: 'the client disconnected' })

/** HTTP/2 allows any text as a method; Node's HTTP/1 parser accepts these. */
const known = new Set(METHODS)
const isMethod = (method: string | undefined): boolean => known.has(method ?? '')

const targetTooLong = failure('uri_too_long', { message: 'the request target is too long' })

const bad = (reason: string): Failure => failure('bad_request', { message: reason, reason })

interface TargetParts {
  readonly authority?: string | undefined
  readonly path: string
  readonly query?: string
}

/** The authority of an absolute form overrides Host (RFC 9112 §3.2.2). */
function partsOf(target: string): TargetParts | undefined {
  if (target.startsWith('/')) return splitTarget(target)
  const parts = splitHttpUrl(target)
  return parts && { authority: parts.authority, ...splitTarget(parts.rest) }
}

interface CanonicalParts {
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
  { incoming, response, facts, body }: ReceivedRequest,
  { door, scheme, trust, paths, decisionTimeout }: ReadOptions,
  { path, query, host, sent, target, peer }: CanonicalParts,
): Reading {
  const trusted = trust(peer)
  const lifetime: Lifetime = {
    deadline: deadlineOf(undefined, decisionTimeout),
    onHangUp: abort => response.once('close', abort),
  }
  const headers = headersForRules(incoming.rawHeaders, trusted)
  const parts: RequestParts = {
    door,
    method: incoming.method ?? '',
    scheme: (trusted && forwardedScheme(facts)) || scheme,
    host,
    path,
    pathEscapes: paths.escapesOf(path),
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

/** Ignores case, and values other than http and https, like Oathkeeper. */
function forwardedScheme({ forwarded }: Facts): Scheme | undefined {
  const scheme = forwarded?.proto?.toLowerCase()
  return scheme === 'http' || scheme === 'https' ? scheme : undefined
}
