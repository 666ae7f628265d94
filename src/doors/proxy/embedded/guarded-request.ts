/** What guards of a Node application's own handlers have in common: reading, refusing, passing on. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Allow, Decide, Decision, Deny } from '../../../model/decision.ts'
import { type Failure, failure } from '../../../model/failure.ts'
import type { Gate } from '../../gate.ts'
import { decideSafely } from '../../http/decide-safely.ts'
import { readFacts } from '../../http/facts.ts'
import { bodyOf } from '../../http/http-body.ts'
import { brokenDecision, overloaded, refused, renderReply } from '../../http/reply.ts'
import { type Reading, type ReadOptions, readRequest } from '../read.ts'
import { upstreamHeaders } from '../request-headers.ts'
import { isAsAsked, isRoutedAs, type Mounted } from '../routed.ts'

export interface GuardOptions extends Omit<ReadOptions, 'door' | 'scheme' | 'onUnixSocket'> {
  readonly decide: Decide
  readonly gate: Gate
  readonly onBug: (bug: unknown) => void
}

/** What an allowed request has in `request.oarlock`. */
export interface Admitted {
  readonly rule: string
  readonly subject: string
  readonly extra: unknown
  readonly decisionId: string
}

export type Guarded = IncomingMessage &
  Pick<Mounted, 'originalUrl' | 'baseUrl'> & { oarlock?: Admitted }

/** The request as it is judged; its body is the application's to read. */
export function read(
  incoming: Guarded,
  response: ServerResponse,
  options: GuardOptions,
): Reading | Failure {
  const facts = readFacts(incoming.rawHeaders)
  const scheme = 'encrypted' in incoming.socket ? 'https' : 'http'
  const body = facts.announcesBody || mayHaveData(incoming) ? unreadable(incoming) : undefined
  // A router cuts off where it is mounted; what was asked for is judged.
  const asked = incoming.originalUrl === undefined ? incoming : asAsked(incoming)
  const found = readRequest(
    { incoming: asked, response, facts, body },
    { ...options, door: 'middleware', scheme, onUnixSocket: isOnUnixSocket(incoming) },
  )
  if (found.kind === 'failure') return found
  const isSame = isAsAsked(incoming) && isRoutedAs(asked.url ?? '', found.request.path)
  return isSame ? found : otherRoute
}

/** Of an application's server only its own address tells. */
function isOnUnixSocket({ socket }: IncomingMessage): boolean {
  const { server } = socket as { readonly server?: { address?(): unknown } }
  return typeof server?.address?.() === 'string'
}

/** In HTTP/2 no header has to say that there is a body. */
function mayHaveData(incoming: Guarded): boolean {
  const { stream } = incoming as { readonly stream?: { readonly endAfterHeaders?: boolean } }
  return incoming.httpVersionMajor === 2 && stream?.endAfterHeaders !== true
}

const otherRoute = failure('bad_request', {
  message: 'the path may be routed as another one than it was decided as',
  reason: 'the path may be routed as another one than it was decided as',
})

const asAsked = (incoming: Guarded): IncomingMessage =>
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

const kept = new Set(['content-length', 'transfer-encoding', 'expect', 'connection', 'upgrade'])

/** The application sees what an upstream of the proxy would see, and how its body is framed. */
export function pass(incoming: Guarded, { decision, reading }: Passing): void {
  const flat = upstreamHeaders(reading.headers, decision, { host: reading.host, carried: {} })
  const { rawHeaders } = incoming
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const isFraming = kept.has(rawHeaders[i]?.toLowerCase() ?? '')
    if (isFraming) flat.push(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '')
  }
  const { session, rule } = decision
  incoming.rawHeaders = flat
  incoming.headers = joined(flat)
  incoming.headersDistinct = distinct(flat)
  incoming.oarlock = {
    rule,
    subject: session.subject,
    extra: session.extra,
    decisionId: reading.request.id,
  }
}

function distinct(flat: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = Object.create(null)
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] ?? '').toLowerCase()
    const values = headers[name]
    if (values === undefined) headers[name] = [flat[i + 1] ?? '']
    else values.push(flat[i + 1] ?? '')
  }
  return headers
}

/** As Node joins them: a Cookie's lines by semicolons, Set-Cookie not at all, others by commas. */
function joined(flat: readonly string[]): Record<string, string | string[]> {
  const entries = Object.entries(distinct(flat)).map(([name, values]) => {
    if (name === 'set-cookie') return [name, values] as const
    return [name, values.join(name === 'cookie' ? '; ' : ', ')] as const
  })
  return Object.assign(Object.create(null), Object.fromEntries(entries))
}

/** A place is taken while it is decided: what the application does then is not counted. */
export async function judgeInside(found: Reading, options: GuardOptions): Promise<Decision> {
  const { gate } = options
  if (!gate.enter()) return refused(overloaded)
  try {
    return await decideSafely(found, options)
  } finally {
    gate.leave()
  }
}
