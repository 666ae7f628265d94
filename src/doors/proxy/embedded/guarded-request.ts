/** Functions that the middleware and the upgrade guard share: reading, denying, and passing on a request. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { trimBlanks } from '../../../lib/header-name.ts'
import { forEachHeader } from '../../../lib/header-pairs.ts'
import type { Allow, Decide, Decision, Deny } from '../../../model/decision.ts'
import { type Failure, failure } from '../../../model/failure.ts'
import type { Gate } from '../../gate.ts'
import { decideSafely } from '../../http/decide-safely.ts'
import { readFacts } from '../../http/facts.ts'
import { flatHeaders, isHttp2 } from '../../http/http2-lines.ts'
import { brokenDecision, denyByDoor, overloaded, renderReply } from '../../http/reply.ts'
import {
  isRoutedAs,
  isUrlUnchanged,
  type Mounted,
  withUpperCaseSlashes,
} from '../application-routing.ts'
import { type Reading, type ReadOptions, readRequest } from '../read.ts'
import { upstreamHeaders } from '../request-headers.ts'
import { changeQuery, type ParsedQuery } from './change-query.ts'
import { filterTrailers } from './forwarded-trailers.ts'
import { distinct, joined } from './header-objects.ts'
import { readableBody } from './readable-body.ts'

export interface GuardOptions extends Omit<ReadOptions, 'door' | 'scheme' | 'onUnixSocket'> {
  readonly decide: Decide
  readonly gate: Gate
  /** Most bytes of a body that are kept for handlers. */
  readonly bodyBytes: number
  readonly onBug: (bug: unknown) => void
}

/** The value of `request.oarlock` for an allowed request. */
export interface Admitted {
  readonly rule: string
  readonly subject: string
  readonly extra: unknown
  readonly decisionId: string
  /** Headers for the client. The middleware has set them; a handler of WebSockets sends them with its 101. */
  readonly responseHeaders: readonly (readonly [name: string, value: string])[]
}

export type Guarded = IncomingMessage &
  Pick<Mounted, 'baseUrl'> & { originalUrl?: string; oarlock?: Admitted } & ParsedQuery

/** Reads the request to decide; a handler may read its body, which the application gets, too. */
export function read(
  incoming: Guarded,
  response: ServerResponse,
  options: GuardOptions,
): Reading | Failure {
  // A router cuts off its mount path; the decision is about the whole target.
  const received = asReceived(incoming)
  const facts = readFacts(received.rawHeaders)
  const scheme = 'encrypted' in incoming.socket ? 'https' : 'http'
  const body =
    facts.announcesBody || mayHaveData(incoming)
      ? readableBody(incoming, options.bodyBytes)
      : undefined
  const found = readRequest(
    { incoming: received, response, facts, body },
    { ...options, door: 'middleware', scheme, onUnixSocket: isOnUnixSocket(incoming) },
  )
  if (found.kind === 'failure') return found
  const isSame = isUrlUnchanged(incoming) && isRoutedAs(received.url ?? '', found.request)
  return isSame ? found : otherRoute
}

/** The application opened the server, so its address is the only source. */
function isOnUnixSocket({ socket }: IncomingMessage): boolean {
  const { server } = socket as { readonly server?: { address?(): unknown } }
  return typeof server?.address?.() === 'string'
}

/** HTTP/2 requests may have a body that no header announces. */
function mayHaveData(incoming: Guarded): boolean {
  const { stream } = incoming as { readonly stream?: { readonly endAfterHeaders?: boolean } }
  return incoming.httpVersionMajor === 2 && stream?.endAfterHeaders !== true
}

const otherRoute = failure('bad_request', {
  message: 'the application may route another path than the one that was decided',
  reason: 'the application may route another path than the one that was decided',
})

/**
 * The request with its whole target, and with `:authority` of HTTP/2 as Host. A view, because the application must see
 * its own values until the request is allowed.
 */
function asReceived(incoming: Guarded): IncomingMessage {
  const { originalUrl: url = incoming.url } = incoming
  if (!isHttp2(incoming) && url === incoming.url) return incoming
  const rawHeaders = isHttp2(incoming) ? flatHeaders(incoming as never) : incoming.rawHeaders
  return Object.create(incoming, { url: { value: url }, rawHeaders: { value: rawHeaders } })
}

export function answer(response: ServerResponse, { reply }: Deny, { onBug }: GuardOptions): void {
  if (response.destroyed || response.headersSent) return
  try {
    renderReply(response, reply)
  } catch (bug) {
    onBug(bug)
    renderReply(response, brokenDecision(bug).reply)
  }
}

interface Passing {
  readonly decision: Allow
  readonly reading: Reading
}

const framing = new Set(['content-length', 'transfer-encoding', 'expect', 'upgrade'])
const ofConnection = new Set(['close', 'keep-alive', 'upgrade'])

/** Headers of the client's connection that the application reads. A name that Connection lists could be one of the rule. */
function framingOf(lines: readonly string[]): readonly string[] {
  const flat: string[] = []
  forEachHeader(lines, (name, value) => {
    const lower = name.toLowerCase()
    if (framing.has(lower)) flat.push(name, value)
    if (lower !== 'connection') return
    const kept = value.split(',').filter(token => ofConnection.has(token.trim().toLowerCase()))
    if (kept.length > 0) flat.push(name, kept.map(token => token.trim()).join(', '))
  })
  return flat
}

/** Gives the request the headers that an upstream of the proxy gets, and keeps those that frame its body. */
export function pass(incoming: Guarded, { decision, reading }: Passing): void {
  const flat = upstreamHeaders(reading.headers, decision, { host: reading.host, carried: {} })
  flat.push(...framingOf(incoming.rawHeaders))
  const { session, rule, changes } = decision
  if (reading.request.pathEscapes === 'slashes') writeSlashesAsMatched(incoming)
  changeQuery(incoming, changes.query)
  setHeaders(incoming, flat)
  if (mayHaveTrailers(incoming)) filterTrailers(incoming, decision)
  incoming.oarlock = {
    rule,
    subject: session.subject,
    extra: session.extra,
    decisionId: reading.request.id,
    responseHeaders: [...changes.response].flatMap(([name, values]) =>
      values.map(value => [name, trimBlanks(value)] as const),
    ),
  }
}

/** Node's requests of HTTP/2 have getters only. */
function setHeaders(incoming: Guarded, flat: string[]): void {
  const headers = { rawHeaders: flat, headers: joined(flat), headersDistinct: distinct(flat) }
  if (!isHttp2(incoming)) return void Object.assign(incoming, headers)
  for (const [name, value] of Object.entries(headers)) {
    Object.defineProperty(incoming, name, { value, configurable: true, writable: true })
  }
}

const mayHaveTrailers = (incoming: Guarded): boolean =>
  isHttp2(incoming) || incoming.headers['transfer-encoding'] !== undefined

/** Sets the headers for the client; the application may still replace them. Cookies that are set already stay. */
export function setResponseHeaders(response: ServerResponse, { oarlock }: Guarded): void {
  for (const [name, value] of oarlock?.responseHeaders ?? []) {
    if (name === 'Set-Cookie') response.appendHeader(name, value)
    else response.setHeader(name, value)
  }
}

function writeSlashesAsMatched(incoming: Guarded): void {
  const { originalUrl } = incoming
  incoming.url = withUpperCaseSlashes(incoming.url ?? '')
  if (originalUrl !== undefined) incoming.originalUrl = withUpperCaseSlashes(originalUrl)
}

/** The gate counts the decision only, not the work of the application after it. */
export async function decideWithinGate(found: Reading, options: GuardOptions): Promise<Decision> {
  const { gate } = options
  if (!gate.enter()) return denyByDoor(overloaded)
  try {
    return await decideSafely(found, options)
  } finally {
    gate.leave()
  }
}
