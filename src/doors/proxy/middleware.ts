/** A step in front of a Node application's own handlers: the same judging as the proxy's, without a hop. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Allow, Decision } from '../../model/decision.ts'
import type { Failure } from '../../model/failure.ts'
import { readFacts } from '../facts.ts'
import type { Gate } from '../gate.ts'
import { bodyOf } from '../http-body.ts'
import { type Judging, judge } from '../judge.ts'
import { brokenDecision, overloaded, refused, renderReply } from '../reply.ts'
import { type Reading, type ReadOptions, readRequest } from './read.ts'
import { upstreamHeaders } from './request-headers.ts'

export interface MiddlewareOptions extends Omit<ReadOptions, 'door' | 'scheme'>, Judging {
  readonly gate: Gate
}

/** What an allowed request has in `request.oarlock`. */
export interface Admitted {
  readonly rule: string
  readonly subject: string
  readonly extra: unknown
  readonly decisionId: string
}

export type Next = (error?: unknown) => void

export type Middleware = (
  incoming: IncomingMessage & { oarlock?: Admitted; readonly originalUrl?: string },
  response: ServerResponse,
  next: Next,
) => void

/**
 * Calls `next` for what a rule allows, with its headers in `headers` and `rawHeaders` in place of the
 * client's; answers everything else itself. A rule whose authorizer reads the body is refused with 500: the
 * application would miss it.
 */
export function createMiddleware(options: MiddlewareOptions): Middleware {
  return (incoming, response, next) => {
    const found = admit(incoming, response, options)
    if (found.kind === 'failure') return answer(response, refused(found), options)
    void judge(found, options).then(decision => {
      if (decision.kind === 'deny') return answer(response, decision, options)
      pass(incoming, { decision, reading: found })
      next()
    })
  }
}

type Incoming = Parameters<Middleware>[0]

function admit(
  incoming: Incoming,
  response: ServerResponse,
  options: MiddlewareOptions,
): Reading | Failure {
  const { gate } = options
  if (!gate.enter()) return overloaded
  response.once('close', gate.leave)
  const facts = readFacts(incoming.rawHeaders)
  const scheme = 'encrypted' in incoming.socket ? 'https' : 'http'
  const body = facts.announcesBody ? unreadable(incoming) : undefined
  // A router cuts off where it is mounted; what was asked for is judged.
  const asked = incoming.originalUrl === undefined ? incoming : asAsked(incoming)
  return readRequest(
    { incoming: asked, response, facts, body },
    { ...options, door: 'middleware', scheme },
  )
}

const asAsked = (incoming: Incoming): IncomingMessage =>
  Object.create(incoming, { url: { value: incoming.originalUrl } }) as IncomingMessage

/** It is the application's to read. */
function unreadable(incoming: IncomingMessage) {
  const refuse = (): never => {
    throw new Error('a middleware cannot read the body: use the decision API for this rule')
  }
  return { ...bodyOf(incoming), bytes: async () => refuse(), stream: refuse }
}

function answer(
  response: ServerResponse,
  { reply }: Decision & { readonly kind: 'deny' },
  { onBug }: MiddlewareOptions,
): void {
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
function pass(incoming: Incoming, { decision, reading }: Passing): void {
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
    headers[name] = [...(headers[name] ?? []), flat[i + 1] ?? '']
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
