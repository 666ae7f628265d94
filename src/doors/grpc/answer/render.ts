/**
 * Encodes a decision as a CheckResponse. `status` is always set, because Envoy allows without it. An allow that
 * cannot be sent safely becomes a deny.
 */
import { plainText } from '../../../handlers/errors/error-body.ts'
import { percentEncode } from '../../../lib/query.ts'
import type { Allow, Changes, Deny, QueryChanges, Reply } from '../../../model/decision.ts'
import { type Failure, failureStatus } from '../../../model/failure.ts'
import { ownHeaders, type Session } from '../../../model/session.ts'
import { checkResponse } from '../messages.ts'
import type { Audience } from '../read/audience.ts'
import { internalDenial, renderDenial } from './denial.ts'
import { writeDynamicMetadata } from './dynamic-metadata.ts'
import {
  type HeaderOption,
  isFraming,
  optionsOf,
  requestOption,
  responseOption,
} from './header-options.ts'

/** A denial and its data for Envoy's access log; `id`: the decision id. */
export interface Denied extends Pick<Deny, 'failure' | 'reply' | 'rule'> {
  readonly audience: Audience
  readonly id?: string
}

/** For gRPC clients, a page or redirect is replaced by a short plain text. */
export function renderDeny({ failure, reply, rule, audience, id }: Denied): Buffer {
  const answer = audience === 'http' ? reply : rpcReply(failure, reply, audience)
  const metadata = { ...(rule !== undefined && { rule }), reason: failure.code }
  return renderDenial(answer, { metadata, id })
}

/**
 * Envoy and gRPC libraries put the body into `grpc-message` and the status into `grpc-status`. A library sends the
 * headers as trailers; a content type there would be taken for that of the call.
 */
function rpcReply(failure: Failure, { status, headers }: Reply, audience: Audience): Reply {
  const kept = [...headers].filter(([name]) => !pageHeaders.has(name.toLowerCase()))
  return {
    kind: 'reply',
    status: status < 400 ? failureStatus[failure.code] : status,
    headers: new Map(audience === 'grpc' ? [plain, ...kept] : kept),
    body: plainText(failure).message,
  }
}

const plain: readonly [string, readonly string[]] = ['Content-Type', ['text/plain']]
const pageHeaders = new Set(['content-type', 'location'])

const ok = {}

/** `id`: the decision id, for Envoy's access log. */
export function renderAllow({ session, changes }: Allow, id?: string): Buffer {
  const headers = optionsOf(ownHeaders(session), requestOption)
  const response = optionsOf(changes.response, responseOption)
  if (headers === undefined || response === undefined) return internalDenial
  const allowed = {
    headers,
    headers_to_remove: removals(session, changes, headers),
    response_headers_to_add: response,
    ...queryOf(changes.query),
  }
  const writer = checkResponse.encode({ status: ok, ok_response: allowed })
  writeDynamicMetadata(writer, { metadata: changes.metadata, id })
  return writer.finish() as Buffer
}

/**
 * Owned names that are not set. Envoy removes headers after it sets headers, so a name that is set is never listed.
 * Names that this door never sets (hop-by-hop) are removed instead.
 */
function removals(
  session: Session,
  { remove }: Changes,
  options: readonly HeaderOption[],
): readonly string[] {
  const set = new Set<string>()
  for (const { header } of options) set.add(header.key)
  const removed: string[] = []
  const add = (name: string): void => {
    const lower = name.toLowerCase()
    if (!set.has(lower) && !isFraming(lower)) removed.push(lower)
  }
  remove.forEach(add)
  for (const [name] of ownHeaders(session)) add(name)
  return removed
}

interface QueryParameters {
  readonly query_parameters_to_set: readonly { readonly key: string; readonly value: string }[]
  readonly query_parameters_to_remove: readonly string[]
}

function queryOf({ set, remove }: QueryChanges): QueryParameters | undefined {
  if (set.size === 0 && remove.length === 0) return undefined
  const own = Array.from(set, ([key, value]) => ({
    key: percentEncode(key),
    value: percentEncode(value),
  }))
  const keys = new Set(own.map(({ key }) => key))
  return {
    // Envoy writes them into the request line without escaping.
    query_parameters_to_set: own,
    // Envoy compares them with what the client wrote, after it has set those above.
    query_parameters_to_remove: remove.filter(name => !keys.has(name)),
  }
}
