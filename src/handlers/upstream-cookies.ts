/** The cookies that the upstream gets, as far as the mutators before have changed them. */
import { withoutCookies } from '../lib/cookies.ts'
import type { NameTest } from '../lib/name-patterns.ts'
import type { HeaderMap } from '../model/headers.ts'
import type { AccessRequest } from '../model/request.ts'
import { isSet, type Session } from '../model/session.ts'

/** The request's own Cookie lines without the cookies that were removed. */
export function requestCookies({ edits }: Session, { headers }: AccessRequest): readonly string[] {
  const lines = headers.all('cookie')
  if (edits === undefined || edits.cookies.length === 0) return lines
  const left = withoutCookies(lines, name => edits.cookies.some(isRemoved => isRemoved(name)))
  return left === '' ? [] : [left]
}

/**
 * The headers with the Cookie header that is left without these cookies: of the one that a mutator has set, else of the
 * request's. Without any cookie the header is not set.
 */
export function headersWithoutCookies(
  session: Session,
  request: AccessRequest,
  isRemoved: NameTest,
): HeaderMap {
  const { headers } = session
  const lines = isSet(session, 'Cookie')
    ? (headers?.get('Cookie') ?? [])
    : requestCookies(session, request)
  const left = withoutCookies(lines, isRemoved)
  const changed = new Map(headers)
  if (left === '') changed.delete('Cookie')
  else changed.set('Cookie', [left])
  return changed
}
