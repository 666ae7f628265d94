/**
 * Finds headers that a door cannot send, before the decision is recorded, so that log and metrics agree with the
 * answer. The request is denied, whichever handler made the header.
 */
import { isUtf8 } from '../lib/bytes.ts'
import { foldedName, isHeaderName, isHeaderValue } from '../lib/header-name.ts'
import { namesInQuery } from '../lib/query.ts'
import { type Failure, failure, message } from '../model/failure.ts'
import type { HeaderMap } from '../model/headers.ts'
import type { AccessRequest } from '../model/request.ts'
import { type Edits, isSet, type QueryEdits, type Session } from '../model/session.ts'

type Door = AccessRequest['door']

/** Checks what an allow changes. Client headers that `noop` copies have valid names already. */
export function unsendable(session: Session, { door, query }: AccessRequest): Failure | undefined {
  const { edits } = session
  const problem = edits === undefined ? undefined : unsendableEdits(session, edits, { door, query })
  return problem ?? unsendableHeaders(session, door)
}

function unsendableHeaders({ headers, echoed }: Session, door: Door): Failure | undefined {
  if (headers === null) return undefined
  for (const [name, values] of headers) {
    const isOwn = values !== echoed?.get(name)
    const problem = isOwn ? problemOf([name, values], door) : problemOfValues(values)
    if (problem !== undefined) return unsent(name, problem)
  }
  return undefined
}

type Asked = Pick<AccessRequest, 'door' | 'query'>

function unsendableEdits(
  session: Session,
  { response, query }: Edits,
  asked: Asked,
): Failure | undefined {
  const twice = [...response.keys()].find(name => isSetInAnySpelling(session, name))
  if (twice !== undefined) {
    const reason = `the header ${twice} is set for the upstream and for the client`
    return failure('internal_server_error', { message: message.internal, reason })
  }
  return unsendableAnswer(response, asked.door) ?? unchangeable(query, asked)
}

/** A hydrator may set any header, so that not every such rule is found at load. */
const isSetInAnySpelling = (session: Session, name: string): boolean =>
  [...(session.headers?.keys() ?? [])].some(
    own => foldedName(own) === foldedName(name) && isSet(session, own),
  )

/** Callers at these doors cannot change the query: the upstream would get what the client wrote. */
const withoutQueries: ReadonlySet<Door> = new Set<Door>(['decisions', 'lambda'])

function unchangeable({ set, removes }: QueryEdits, { door, query }: Asked): Failure | undefined {
  if (!withoutQueries.has(door)) return undefined
  const isChanged =
    set.size > 0 || namesInQuery(query, name => removes.some(matches => matches(name))).length > 0
  return isChanged ? cannotChangeQuery : undefined
}

const cannotChangeQuery = failure('internal_server_error', {
  message: message.internal,
  reason: 'a mutator changes the query, which this caller cannot do',
})

/** Checks the headers of an answer. */
export function unsendableAnswer(headers: HeaderMap, door: Door): Failure | undefined {
  for (const header of headers) {
    const problem = problemOf(header, door)
    if (problem !== undefined) return unsent(header[0], problem)
  }
  return undefined
}

/** gRPC messages hold UTF-8 text only. */
function problemOf([name, values]: Header, door: Door): string | undefined {
  if (!isHeaderName(name)) return 'is not a valid header name'
  if (door === 'grpc' && !values.every(isUtf8))
    return 'has bytes that are no UTF-8, which gRPC cannot send'
  return problemOfValues(values)
}

type Header = readonly [name: string, values: readonly string[]]

/** A line break would split the header. */
const problemOfValues = (values: readonly string[]): string | undefined =>
  values.every(isHeaderValue) ? undefined : 'has a control character'

function unsent(name: string, problem: string): Failure {
  const text = isHeaderName(name)
    ? `the value of header ${name} ${problem}`
    : `${JSON.stringify(name)} ${problem}`
  return failure('internal_server_error', { message: text })
}
