/** The request's own headers for the upstream, as far as the mutators before have left them. */
import { withoutCookies } from '../lib/cookies.ts'
import { foldedName } from '../lib/header-name.ts'
import type { NameTest } from '../lib/name-patterns.ts'
import type { HeaderMap } from '../model/headers.ts'
import type { AccessRequest } from '../model/request.ts'
import { isSet, type RemovedHeaders, type Session } from '../model/session.ts'

/** The edit of a mutator that removes some cookies: the Cookie header is set to what is left of it, or it is removed. */
export const someCookies: RemovedHeaders = { names: ['Cookie'], matches: name => name === 'cookie' }

/** The request's own lines of a header; none when it was removed. */
export function requestLines(
  { edits }: Session,
  { headers }: AccessRequest,
  name: string,
): readonly string[] {
  const folded = foldedName(name)
  const isRemoved = edits?.headers.some(edit => edit !== someCookies && edit.matches(folded))
  return isRemoved ? [] : headers.all(name.toLowerCase())
}

/** The request's own Cookie lines without the cookies that were removed. */
export function requestCookies(session: Session, request: AccessRequest): readonly string[] {
  const { edits } = session
  const lines = requestLines(session, request, 'cookie')
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
