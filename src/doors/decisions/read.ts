import type { IncomingMessage, ServerResponse } from 'node:http'
import { isHeaderName } from '../../lib/header-name.ts'
import { type Failure, failure } from '../../model/failure.ts'
import type { AccessRequest } from '../../model/request.ts'
import { createRequest, deadlineOf, type Lifetime, type RequestParts } from '../access-request.ts'
import { headersOf } from '../headers.ts'
import { canonicalHost } from '../host.ts'
import { splitTarget } from '../path.ts'
import { clientAddress, type Trust } from '../trust.ts'
import { bodyOf } from './body.ts'
import type { Dialect, Judged, OwnRequest } from './dialects.ts'
import type { Facts } from './facts.ts'

export interface ReadOptions {
  readonly dialect: Dialect
  readonly trust: Trust
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
  const path = target.startsWith('/') ? target : (absolute.exec(target)?.[2] ?? '')
  if (!path.startsWith(prefix)) return undefined
  const rest = path.slice(prefix.length)
  return rest === '' || rest.startsWith('/') || rest.startsWith('?') ? rest : undefined
}

const absolute = /^https?:\/\/([^/?#]*)(.*)$/is

/** An HTTP request to `/decisions` to what is judged; anything malformed or ambiguous is a 400. */
export function readRequest(asked: Asked, options: ReadOptions): Reading | Failure {
  const { incoming, facts } = asked
  const target = incoming.url ?? ''
  if (target.length > options.pathBytes) return tooLong
  const own = ownRequest(incoming, target, facts)
  const problem = ambiguity(facts)
  if (problem) return bad(problem)
  const peer = incoming.socket.remoteAddress
  const judged = judge(own, facts, { options, peer })
  return typeof judged === 'string'
    ? bad(judged)
    : toReading({ ...asked, options, judged, peer, target })
}

const tooLong = failure('uri_too_long', { message: 'the request target is too long' })

const bad = (reason: string): Failure => failure('bad_request', { message: reason, reason })

const ambiguity = ({ hosts, ambiguous }: Facts): string | undefined => {
  if (hosts.length > 1) return 'there are several Host headers'
  return ambiguous ? 'there are several Authorization headers that differ' : undefined
}

function ownRequest(incoming: IncomingMessage, target: string, { hosts }: Facts): OwnRequest {
  const { path, query = '' } = splitTarget(behindPrefix(target) ?? '')
  const authority = target.startsWith('/') ? undefined : absolute.exec(target)?.[1]
  return {
    method: incoming.method ?? '',
    scheme: 'encrypted' in incoming.socket ? 'https' : 'http',
    host: authority ?? hosts[0] ?? '',
    path,
    query,
  }
}

interface Judging {
  readonly options: ReadOptions
  readonly peer: string | undefined
}

function judge(own: OwnRequest, facts: Facts, { options, peer }: Judging): Judged | string {
  const trusted = options.trust(peer)
  if (!trusted && Object.keys(facts.forwarded).length > 0) options.onIgnored(peer)
  const judged = options.dialect(own, trusted ? facts.forwarded : {})
  if (typeof judged === 'string') return judged
  const host = canonicalHost(judged.host)
  if (host === undefined) return 'the host is none'
  if (!isHeaderName(judged.method)) return 'the method is none'
  // It stands in front of the host in the text that is matched: it must not be able to fake one.
  if (/[:/\\?#]/.test(judged.scheme)) return 'X-Forwarded-Proto is no scheme'
  return { ...judged, host }
}

interface Found extends Judging, Asked {
  readonly judged: Judged
  readonly target: string
}

function toReading(found: Found): Reading {
  const { incoming, response, facts, options, judged, peer, target } = found
  const envoyMilliseconds = Number(facts.envoyTimeout ?? Number.NaN)
  const deadline = deadlineOf(
    Number.isFinite(envoyMilliseconds) ? envoyMilliseconds : undefined,
    options.decisionTimeout,
  )
  const lifetime: Lifetime = {
    deadline,
    onHangUp: abort => response.once('close', abort),
  }
  const parts: RequestParts = {
    door: 'decisions',
    method: judged.method,
    scheme: judged.scheme,
    host: judged.host,
    path: judged.path,
    query: judged.query,
    raw: { target, host: facts.hosts[0] ?? '' },
    headers: headersOf(incoming.rawHeaders),
    client: { address: clientAddress(peer, facts.forwardedFor, options.trust), peer },
    body: bodyOf(incoming),
    ...schemeFallback(judged.scheme),
    context: noContext,
    metadata: noMetadata,
  }
  return { kind: 'reading', request: createRequest(parts, lifetime), lifetime }
}

const noContext: ReadonlyMap<string, string> = new Map()
const noMetadata = {}

/** Traefik names the handshake's own scheme; rules are written for http and https. */
function schemeFallback(scheme: string): { schemeFallback?: string } {
  if (scheme === 'ws') return { schemeFallback: 'http' }
  return scheme === 'wss' ? { schemeFallback: 'https' } : {}
}
