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
import { addressOfPeer, peerOf } from '../request/peer.ts'
import { clientAddress, type Trust } from '../request/trust.ts'
import { mayHaveBody, withheldBody } from '../request/withheld-body.ts'
import type { Dialect, Judged, OwnRequest } from './dialects.ts'

type Scheme = OwnRequest['scheme']

export interface ReadOptions {
  readonly dialect: Dialect
  /** That of the listener. */
  readonly scheme: Scheme
  readonly trust: Trust
  /** Whether the listener is a unix socket, whose peers have no address. */
  readonly onUnixSocket: boolean
  /** Longest request target, in bytes. */
  readonly pathBytes: number
  /** Longest decision, in milliseconds. */
  readonly decisionTimeout: number
  /** Told once that a peer's forwarded headers were ignored. */
  readonly onIgnored: (peer: string | undefined) => void
}

/** One request as it came. */
export interface Asked {
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

/** The part of a target behind the prefix (`''`, `/x?y`, `?y`), or undefined when the route is another one. */
export function behindPrefix(target: string): string | undefined {
  const path = target.startsWith('/') ? target : (splitHttpUrl(target)?.rest ?? '')
  if (!path.startsWith(prefix)) return undefined
  const rest = path.slice(prefix.length)
  return rest === '' || rest.startsWith('/') || rest.startsWith('?') ? rest : undefined
}

/** An HTTP request to `/decisions` to what is judged; anything malformed or ambiguous is a 400. */
export function readRequest(asked: Asked, options: ReadOptions): Reading | Failure {
  const { incoming, facts } = asked
  const target = incoming.url ?? ''
  if (target.length > options.pathBytes) return tooLong
  if (facts.problem !== undefined) return bad(facts.problem)
  const own = ownRequest(asked, target, options.scheme)
  const peer = peerOf(incoming, options.onUnixSocket)
  if (peer === undefined) return gone
  const judged = judge(own, facts, { options, peer })
  if (typeof judged === 'string') return bad(judged)
  return toReading({ asked, options, judged, peer, target })
}

/** Nobody is there to be answered. */
const gone = failure('client_closed_request', { message: 'the client is gone' })

const tooLong = failure('uri_too_long', { message: 'the request target is too long' })

const bad = (reason: string): Failure => failure('bad_request', { message: reason, reason })

function ownRequest({ incoming, facts }: Asked, target: string, scheme: Scheme): OwnRequest {
  const { path, query = '' } = splitTarget(behindPrefix(target) ?? '')
  const authority = target.startsWith('/') ? undefined : splitHttpUrl(target)?.authority
  return { method: incoming.method ?? '', scheme, host: authority ?? facts.host ?? '', path, query }
}

const nothingForwarded = {}

interface Judging {
  readonly options: ReadOptions
  readonly peer: string
}

function judge(own: OwnRequest, facts: Facts, { options, peer }: Judging): Judged | string {
  const { forwarded = nothingForwarded } = facts
  const trusted = options.trust(peer)
  if (!trusted && facts.forwarded !== undefined) options.onIgnored(peer)
  const judged = options.dialect(own, trusted ? forwarded : nothingForwarded)
  if (typeof judged === 'string') return judged
  const host = canonicalHost(judged.host)
  if (host === undefined) return 'the host is none'
  if (!isHeaderName(judged.method)) return 'the method is none'
  // It stands in front of the host in the text that is matched: it must not be able to fake one.
  if (/[:/\\?#]/.test(judged.scheme)) return 'X-Forwarded-Proto is no scheme'
  return { ...judged, host }
}

interface Found extends Judging {
  readonly asked: Asked
  readonly judged: Judged
  readonly target: string
}

function toReading(found: Found): Reading {
  const { asked, options, judged, peer, target } = found
  const { incoming, response, facts } = asked
  const began = performance.now()
  const lifetime: Lifetime = {
    began,
    deadline: deadlineOf(millisecondsOf(facts.envoyTimeout), options.decisionTimeout, began),
    onHangUp: abort => response.once('close', abort),
  }
  const parts: RequestParts = {
    door: 'decisions',
    method: judged.method,
    scheme: judged.scheme,
    host: judged.host,
    path: judged.path,
    query: judged.query,
    pathIsEncoded: judged.pathIsEncoded,
    writtenPath: judged.writtenPath,
    raw: { target, host: facts.host ?? '' },
    headers: headersOf(incoming.rawHeaders),
    client: {
      address: clientAddress(peer, facts.forwardedFor, options.trust),
      peer: addressOfPeer(peer),
    },
    body: bodyFor(asked, judged),
    schemeFallback: schemeFallback(judged.scheme),
    context: noContext,
    metadata: noMetadata,
  }
  return { kind: 'reading', request: createRequest(parts, lifetime), lifetime }
}

/** nginx announces the client's body on its GET and sends none: the next request would be read as that body. */
export const isBodiless = ({ method }: IncomingMessage): boolean =>
  method === 'GET' || method === 'HEAD'

function bodyFor({ incoming, facts }: Asked, judged: Judged): RequestBody | undefined {
  const isEnvoy = facts.envoyTimeout !== undefined
  const mayWithhold = isEnvoy || judged.mayWithholdBody === true
  if (!facts.announcesBody)
    return mayWithhold && mayHaveBody(judged.method) ? withheldBody : undefined
  // Envoy sends what it announces.
  return mayWithhold && !isEnvoy && isBodiless(incoming) ? withheldBody : bodyOf(incoming)
}

const millisecondsOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined

const noContext: ReadonlyMap<string, string> = new Map()
const noMetadata = {}

/** Traefik names the handshake's own scheme; rules are written for http and https. */
function schemeFallback(scheme: string): string | undefined {
  if (scheme === 'ws') return 'http'
  return scheme === 'wss' ? 'https' : undefined
}
