/** Functions that the middleware and the upgrade guard share: reading, denying, and passing on a request. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { trimBlanks } from '../../../lib/header-name.ts'
import { filterHeaders, forEachHeader } from '../../../lib/header-pairs.ts'
import type { Allow, Decide, Decision, Deny } from '../../../model/decision.ts'
import { type Failure, failure } from '../../../model/failure.ts'
import type { Gate } from '../../gate.ts'
import { decideSafely } from '../../http/decide-safely.ts'
import { readFacts } from '../../http/facts.ts'
import { bodyOf } from '../../http/http-body.ts'
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

export interface GuardOptions extends Omit<ReadOptions, 'door' | 'scheme' | 'onUnixSocket'> {
  readonly decide: Decide
  readonly gate: Gate
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

/** Reads the request to decide; its body is left to the application. */
export function read(
  incoming: Guarded,
  response: ServerResponse,
  options: GuardOptions,
): Reading | Failure {
  const facts = readFacts(incoming.rawHeaders)
  const scheme = 'encrypted' in incoming.socket ? 'https' : 'http'
  const body = facts.announcesBody || mayHaveData(incoming) ? unreadable(incoming) : undefined
  // A router cuts off its mount path; the decision is about the whole target.
  const received = incoming.originalUrl === undefined ? incoming : withOriginalUrl(incoming)
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

const withOriginalUrl = (incoming: Guarded): IncomingMessage =>
  Object.create(incoming, { url: { value: incoming.originalUrl } }) as IncomingMessage

function unreadable(incoming: IncomingMessage) {
  const refuse = (): never => {
    throw new Error('a middleware cannot read the body: use the decision API for this rule')
  }
  return { ...bodyOf(incoming), bytes: async () => refuse(), stream: refuse }
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

const framing = new Set(['content-length', 'transfer-encoding', 'expect', 'connection', 'upgrade'])

/** Gives the request the headers that an upstream of the proxy gets, and keeps those that frame its body. */
export function pass(incoming: Guarded, { decision, reading }: Passing): void {
  const flat = upstreamHeaders(reading.headers, decision, { host: reading.host, carried: {} })
  flat.push(...filterHeaders(incoming.rawHeaders, name => framing.has(name.toLowerCase())))
  const { session, rule, changes } = decision
  if (reading.request.pathEscapes === 'slashes') writeSlashesAsMatched(incoming)
  changeQuery(incoming, changes.query)
  incoming.rawHeaders = flat
  incoming.headers = joined(flat)
  incoming.headersDistinct = distinct(flat)
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

function distinct(flat: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = Object.create(null)
  forEachHeader(flat, (written, value) => {
    const name = written.toLowerCase()
    const values = headers[name]
    if (values === undefined) headers[name] = [value]
    else values.push(value)
  })
  return headers
}

/** Joins values like Node: Cookie with semicolons, Set-Cookie as a list, others with commas. */
function joined(flat: readonly string[]): Record<string, string | string[]> {
  const entries = Object.entries(distinct(flat)).map(([name, values]) => {
    if (name === 'set-cookie') return [name, values] as const
    return [name, values.join(name === 'cookie' ? '; ' : ', ')] as const
  })
  return Object.assign(Object.create(null), Object.fromEntries(entries))
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
