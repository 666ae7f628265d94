/**
 * The reverse proxy: a request is judged as it came, and what is allowed goes to the rule's upstream. What
 * is refused is answered here and never touches the upstream.
 */
import { type IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { createTogether } from '../../lib/together.ts'
import type { Allow, Decision } from '../../model/decision.ts'
import { type Failure, failure } from '../../model/failure.ts'
import { carriedBy } from '../../observability/carried.ts'
import type { UpstreamConnections } from '../../outbound/upstreams.ts'
import { drain } from '../drain.ts'
import { type Facts, readFacts } from '../facts.ts'
import type { Gate } from '../gate.ts'
import { type Judging, judge } from '../judge.ts'
import { noteJudged } from '../judged.ts'
import type { RequestListener, UpgradeListener } from '../listener.ts'
import { statusOf } from '../measured.ts'
import { brokenDecision, overloaded, refused, renderReply } from '../reply.ts'
import { bounded } from './bounded-body.ts'
import { forward, type Outgoing } from './forward.ts'
import { type KeptBody, keptBody } from './kept-body.ts'
import { type Asked, type Reading, type ReadOptions, readRequest } from './read.ts'
import { upstreamHeaders } from './request-headers.ts'
import { upstreamTarget } from './target.ts'
import { forwardUpgrade, forwardWithTrailers, type TunnelOptions, type Upgrade } from './tunnel.ts'

export interface ProxyOptions
  extends ReadOptions,
    Judging,
    Pick<TunnelOptions, 'tls' | 'writeTimeout'> {
  readonly gate: Gate
  readonly connections: UpstreamConnections
  /** The most of a body that is kept for a handler that reads it, and of an unread one that is drained, in bytes. */
  readonly bodyBytes: number
  /** The most bytes of a body that is passed on; 0: any. */
  readonly requestBytes: number
  /** Tell the upstream the client's address in X-Forwarded-For, behind what a trusted peer says there. */
  readonly appendForwardedFor: boolean
  /** Told of every request that is denied before a decision was asked for. */
  readonly onRefused?: (failure: Failure) => void
  readonly onUpstreamFailure: (problem: UpstreamProblem) => void
  /** How requests for another protocol are seen from outside: counted and logged. */
  readonly watch?: (listener: RequestListener) => RequestListener
}

/** Why an allowed request got no answer, or no whole answer, of its upstream. */
export interface UpstreamProblem {
  readonly rule: string
  readonly upstream: string
  readonly error: Error
}

export interface ProxyDoor {
  readonly request: RequestListener
  readonly upgrade: UpgradeListener
}

export function createProxyDoor(options: ProxyOptions): ProxyDoor {
  const together = createTogether()
  const handle = (asked: Incoming): void => {
    const { incoming, response, facts } = asked
    const body = facts.announcesBody
      ? keptBody(incoming, options.bodyBytes, () => invite(incoming, response))
      : undefined
    const found = admit({ ...asked, body }, options)
    if (found.kind === 'failure') {
      options.onRefused?.(found)
      deny(asked, refused(found), options)
    } else {
      noteJudged(response, found.request)
      void judge(found, options).then(decision => {
        if (decision.kind === 'allow') pass({ ...asked, body, reading: found }, decision, options)
        else together(() => deny(asked, decision, options))
      })
    }
  }
  return {
    request: (incoming, response) =>
      handle({ incoming, response, facts: readFacts(incoming.rawHeaders) }),
    upgrade: (incoming, socket, head) => {
      const facts = readFacts(incoming.rawHeaders)
      const response = responseOn(incoming, socket)
      const protocol = incoming.headers.upgrade ?? ''
      const upgrade = isSmuggling(protocol) ? undefined : { protocol, socket, head }
      const { watch = asItIs } = options
      watch(() => handle({ incoming, response, facts, upgrade, isDetached: true }))(
        incoming,
        response,
      )
    },
  }
}

function admit(asked: Incoming & Asked, options: ProxyOptions): Reading | Failure {
  const { gate } = options
  if (!gate.enter()) return overloaded
  asked.response.once('close', gate.leave)
  if (asked.isDetached && asked.facts.announcesBody) return bodyBeforeUpgrade
  if (isTooLong(asked.incoming, options.requestBytes)) return tooLong
  return readRequest(asked, options)
}

const asItIs = (listener: RequestListener): RequestListener => listener

interface Incoming {
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly facts: Facts
  readonly upgrade?: Upgrade | undefined
  /** Node's parser has let go of the connection: a body would never be seen. */
  readonly isDetached?: true
}

interface Judged extends Incoming {
  readonly body: KeptBody | undefined
  readonly reading: Reading
}

const isTooLong = ({ headers }: IncomingMessage, most: number): boolean =>
  most > 0 && Number(headers['content-length'] ?? 0) > most

const tooLong = failure('content_too_large', { message: 'the body is too long' })

const bodyBeforeUpgrade = failure('bad_request', {
  message: 'a request for another protocol has no body',
  reason: 'a request for another protocol has no body',
})

/** HTTP/2 behind an upgrade would carry further requests past the rules: it is not asked for. */
const isSmuggling = (protocol: string): boolean => /(?:^|[\s,])h2c?(?:$|[\s,])/i.test(protocol)

/** Node has let go of the connection: it ends with this answer, unless it becomes a tunnel. */
function responseOn(incoming: IncomingMessage, socket: Upgrade['socket']): ServerResponse {
  const response = new ServerResponse(incoming)
  response.shouldKeepAlive = false
  response.assignSocket(socket as never)
  response.once('finish', () => socket.end())
  socket.on('error', () => socket.destroy())
  return response
}

/** `Expect: 100-continue`: the client waits with its body until somebody wants it. */
function invite(incoming: IncomingMessage, response: ServerResponse): void {
  if (incoming.headers.expect !== undefined && !response.headersSent) response.writeContinue()
}

function deny(
  { incoming, response, facts }: Incoming,
  { reply }: Decision & { readonly kind: 'deny' },
  { bodyBytes, onBug }: ProxyOptions,
): void {
  if (response.destroyed) return
  try {
    renderReply(response, reply)
  } catch (bug) {
    onBug(bug)
    renderReply(response, brokenDecision(bug).reply)
  }
  if (facts.announcesBody) drain(incoming, bodyBytes)
}

function pass(judged: Judged, decision: Allow, options: ProxyOptions): void {
  const { incoming, response, upgrade } = judged
  const { rule, upstream } = decision
  if (response.destroyed) return
  const onFailure = (error: Error): void =>
    options.onUpstreamFailure({ rule, upstream: upstream?.url ?? '', error })
  const sending = { ...options, onFailure }
  const outgoing = outgoingOf(judged, decision, options)
  if (outgoing === undefined) {
    onFailure(new Error('the URL of the upstream is neither http nor https'))
    response.writeHead(502, ['Content-Length', '0']).end()
  } else if (upgrade !== undefined) {
    forwardUpgrade(outgoing, response, { ...sending, upgrade })
  } else if (incoming.headers.trailer !== undefined && judged.body !== undefined) {
    invite(incoming, response)
    forwardWithTrailers(outgoing, response, {
      ...sending,
      incoming,
      withheld: withheldBy(decision),
    })
  } else {
    forward(withBody(outgoing, judged, options.requestBytes), response, sending)
  }
}

/** The upstream's part of the trace, where there is one; it ends with the answer. */
function carriedHeaders({ reading, response }: Judged): Readonly<Record<string, string>> {
  const span = carriedBy(reading.request.headers)?.beginUpstream?.()
  if (span === undefined) return noHeaders
  response.once('close', () => span.end(statusOf(response)))
  return span.headers
}

function outgoingOf(judged: Judged, decision: Allow, options: ProxyOptions): Outgoing | undefined {
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

/** The length is the client's, or there is none and the body is sent in chunks. */
function withBody(outgoing: Outgoing, { incoming, body }: Judged, most: number): Outgoing {
  const length = incoming.headers['content-length']
  const headers =
    length === undefined ? outgoing.headers : [...outgoing.headers, 'Content-Length', length]
  if (body === undefined) return { ...outgoing, headers }
  const rest = body.rest()
  const stream = rest instanceof Readable ? rest : Readable.from(rest)
  const isOpen = most > 0 && length === undefined
  return { ...outgoing, headers, body: isOpen ? bounded(stream, most) : stream }
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

/** What a trailer must not say: an upstream may take trailers for headers. */
function withheldBy({ session, changes }: Allow): (name: string) => boolean {
  const names = [...(session.headers?.keys() ?? []), ...changes.remove]
  const owned = new Set(names.map(name => name.toLowerCase().replaceAll('_', '-')))
  return name => {
    const dashed = name.replaceAll('_', '-')
    return owned.has(dashed) || dashed.startsWith('x-forwarded') || neverTrailing.has(dashed)
  }
}

const neverTrailing = new Set([
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'forwarded',
  'host',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
