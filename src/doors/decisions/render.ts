import type { ServerResponse } from 'node:http'
import { foldedName, isHeaderName, trimBlanks } from '../../lib/header-name.ts'
import { filterHeaders } from '../../lib/header-pairs.ts'
import type { Allow, Decision, Reply } from '../../model/decision.ts'
import type { HeaderMap } from '../../model/headers.ts'
import { ownHeaders } from '../../model/session.ts'
import { type IdHeader, renderReply, withId } from '../http/reply.ts'

export interface RenderOptions {
  /** The caller is Envoy's HTTP filter: a fail-open filter lets requests pass after a 5xx. */
  readonly envoy: boolean
  /** The caller is nginx's auth_request, which supports only 2xx, 401 and 403. */
  readonly authRequest: boolean
  /** The header for the decision id, and the id. */
  readonly id?: IdHeader | undefined
}

/** Headers that Node sets, or that would break the framing. */
const framing = new Set(['Content-Length', 'Transfer-Encoding', 'Trailer'])

/** The answer of the decision API: an allow is a 200 without a body and the headers for the upstream. */
export function render(response: ServerResponse, decision: Decision, options: RenderOptions): void {
  if (decision.kind === 'deny') renderReply(response, adapted(decision.reply, options), options.id)
  else renderAllow(response, decision, options)
}

/**
 * Headers of the session that the rule did not set are sent only to callers other than Envoy and nginx. Envoy would
 * replace all lines of a name with the first one. nginx rejects answers whose headers exceed its buffer, and uses only
 * the headers that its configuration names.
 */
function renderAllow(
  response: ServerResponse,
  { session, changes }: Allow,
  { envoy, authRequest, id }: RenderOptions,
): void {
  const isEchoed = !envoy && !authRequest
  const { response: answered } = changes
  const flat = flatten(isEchoed ? (session.headers ?? []) : ownHeaders(session), changes.remove)
  if (answered.size > 0) addAnswered(flat, answered)
  if (envoy && changes.remove.length > 0) {
    flat.push('X-Envoy-Auth-Headers-To-Remove', changes.remove.join(', '))
  }
  flat.push('Content-Length', '0')
  response.writeHead(200, withId(flat, id))
  response.end()
}

/** Headers for the client take the place of the client's own, which `noop` sends back, in every spelling. */
function addAnswered(flat: string[], answered: HeaderMap): void {
  const folds = new Set([...answered.keys()].map(foldedName))
  const kept = filterHeaders(flat, name => !folds.has(foldedName(name)))
  flat.splice(0, flat.length, ...kept)
  for (const [name, values] of answered) {
    for (const value of values) flat.push(name, trimBlanks(value))
  }
}

/**
 * One line per name, with its first value. Drops names that are not valid in HTTP, and the client's values of owned
 * headers.
 */
function flatten(
  headers: Iterable<readonly [name: string, values: readonly string[]]>,
  remove: readonly string[],
): string[] {
  const flat: string[] = []
  const removed = new Set(remove)
  for (const [name, [value = '']] of headers) {
    const isKept = !framing.has(name) && isHeaderName(name) && !removed.has(name)
    if (isKept) flat.push(name, trimBlanks(value))
  }
  return flat
}

function adapted(reply: Reply, { envoy, authRequest }: RenderOptions): Reply {
  const { status } = reply
  if (envoy && status >= 500) return { ...reply, status: 403 }
  if (!authRequest || status === 401 || status >= 500) return reply
  return { ...reply, status: status < 400 ? 401 : 403 }
}
