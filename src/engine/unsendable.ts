/**
 * Finds headers that a door cannot send, before the decision is recorded, so that log and metrics agree with the
 * answer. The request is denied, whichever handler made the header.
 */
import { isUtf8 } from '../lib/bytes.ts'
import { isHeaderName, isHeaderValue } from '../lib/header-name.ts'
import { type Failure, failure } from '../model/failure.ts'
import type { HeaderMap } from '../model/headers.ts'
import type { AccessRequest } from '../model/request.ts'
import type { Session } from '../model/session.ts'

type Door = AccessRequest['door']

/** Checks the headers that an allow sets. Client headers that `noop` copies have valid names already. */
export function unsendable({ headers, echoed }: Session, door: Door): Failure | undefined {
  if (headers === null) return undefined
  for (const [name, values] of headers) {
    const isOwn = values !== echoed?.get(name)
    const problem = isOwn ? problemOf([name, values], door) : problemOfValues(values)
    if (problem !== undefined) return unsent(name, problem)
  }
  return undefined
}

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
