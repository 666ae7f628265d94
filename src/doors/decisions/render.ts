import type { ServerResponse } from 'node:http'
import { isHeaderName, trimBlanks } from '../../lib/header-name.ts'
import type { Allow, Decision, Reply } from '../../model/decision.ts'
import { ownHeaders } from '../../model/session.ts'
import { type IdHeader, renderReply, withId } from '../http/reply.ts'

export interface RenderOptions {
  /** Envoy's HTTP filter asks: it takes a 5xx for an error, which a fail-open filter lets through. */
  readonly envoy: boolean
  /** nginx's auth_request asks: it knows 2xx, 401 and 403 only. */
  readonly authRequest: boolean
  /** The header that names the decision, and its id. */
  readonly id?: IdHeader | undefined
}

/** What Node frames itself, or what would break the framing. */
const framing = new Set(['Content-Length', 'Transfer-Encoding', 'Trailer'])

/** The answer of the decision API: an allow is a 200 without a body and the headers for the upstream. */
export function render(response: ServerResponse, decision: Decision, options: RenderOptions): void {
  if (decision.kind === 'deny') renderReply(response, adapted(decision.reply, options), options.id)
  else renderAllow(response, decision, options)
}

/**
 * Envoy's filter changes the request that it holds: what a rule merely passes on is left out for it, since the first of
 * several lines would replace them all. nginx refuses an answer with more headers than its buffer holds, and takes
 * from it only what its configuration names.
 */
function renderAllow(
  response: ServerResponse,
  { session, changes }: Allow,
  { envoy, authRequest, id }: RenderOptions,
): void {
  const isEchoed = !envoy && !authRequest
  const flat = flatten(isEchoed ? (session.headers ?? []) : ownHeaders(session), changes.remove)
  if (envoy && changes.remove.length > 0) {
    flat.push('X-Envoy-Auth-Headers-To-Remove', changes.remove.join(', '))
  }
  flat.push('Content-Length', '0')
  response.writeHead(200, withId(flat, id))
  response.end()
}

/**
 * One line per name with its first value; names that HTTP does not know are dropped, and so is a client's
 * copy of what the rule owns.
 */
function flatten(
  headers: Iterable<readonly [name: string, values: readonly string[]]>,
  remove: readonly string[],
): string[] {
  const flat: string[] = []
  const removed = new Set(remove)
  for (const [name, [value = '']] of headers) {
    const isLeft = !framing.has(name) && isHeaderName(name) && !removed.has(name)
    if (isLeft) flat.push(name, trimBlanks(value))
  }
  return flat
}

function adapted(reply: Reply, { envoy, authRequest }: RenderOptions): Reply {
  const { status } = reply
  if (envoy && status >= 500) return { ...reply, status: 403 }
  if (!authRequest || status === 401 || status >= 500) return reply
  return { ...reply, status: status < 400 ? 401 : 403 }
}
