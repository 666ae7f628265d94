/**
 * remove: keeps headers and cookies of the client from the upstream.
 *
 * Takes       `headers` and `cookies`: names; one may end in `*`, for any ending.
 * Gives       the session without these headers and cookies, also without those that mutators before have set. What a
 *             later mutator sets reaches the upstream. The other cookies stay byte for byte.
 * Fails with  nothing.
 *
 * A header is removed in every spelling that some server takes for it: `X_Debug` and `X.Debug` for `X-Debug`. Cookies are
 * compared with case, and removed in every form that some program reads under that name: `debug[a]` for `debug`, `a.b` for
 * `a_b`.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { canonicalHeaderName, foldedName, isHeaderName } from '../../lib/header-name.ts'
import { compileNames, patternProblem, prefixOf } from '../../lib/name-patterns.ts'
import type { HeaderMap } from '../../model/headers.ts'
import { type RemovedHeaders, type Session, withEdits } from '../../model/session.ts'
import type { Kind, Step } from '../kind.ts'
import { headersWithoutCookies, someCookies } from '../upstream-headers.ts'

const names = { type: 'array', items: { type: 'string' }, default: [] } as const

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    headers: {
      ...names,
      description: 'Names of headers, without case. `X-Internal-*` means all that begin with it.',
    },
    cookies: {
      ...names,
      description: 'Names of cookies, with case. `debug_*` means all that begin with it.',
    },
  },
} as const

type Config = FromSchema<typeof schema>

export const remove: Kind<Config, Step> = {
  schema,
  isCompletedByRules: true,
  create: ({ headers = [], cookies = [] }) => {
    if (headers.length + cookies.length === 0)
      throw new Error('found neither headers nor cookies, expected the name of one')
    for (const name of headers) checkHeader(name)
    for (const name of cookies) checkPattern('cookies', name)
    const removed = headers.length === 0 ? [] : [removedHeaders(headers)]
    if (cookies.length === 0) {
      return session =>
        withEdits(
          session,
          edits => ({ headers: [...edits.headers, ...removed] }),
          without(session, removed),
        )
    }
    const isCookie = compileNames(cookies)
    return (session, request) => {
      const left = { ...session, headers: headersWithoutCookies(session, request, isCookie) }
      return withEdits(
        session,
        edits => ({
          headers: [...edits.headers, ...removed, someCookies],
          cookies: [...edits.cookies, isCookie],
        }),
        without(left, removed),
      )
    }
  },
}

function removedHeaders(patterns: readonly string[]): RemovedHeaders {
  const isMeant = compileNames(patterns.map(foldedPattern))
  return {
    names: patterns.filter(pattern => !pattern.endsWith('*')).map(canonicalHeaderName),
    matches: folded => isMeant(folded) && !unremovable.has(folded),
  }
}

/** The `*` at the end is not folded. */
function foldedPattern(pattern: string): string {
  return pattern.endsWith('*') ? `${foldedName(prefixOf(pattern))}*` : foldedName(pattern)
}

function without({ headers }: Session, removed: readonly RemovedHeaders[]): HeaderMap | null {
  if (headers === null || removed.length === 0) return headers
  return new Map(
    [...headers].filter(([name]) => !removed.some(({ matches }) => matches(foldedName(name)))),
  )
}

/** Every request needs them, or the proxy writes them itself. */
const unremovable = new Set([
  'host',
  'connection',
  'content-length',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

function checkHeader(pattern: string): void {
  checkPattern('headers', pattern)
  if (!isHeaderName(prefixOf(pattern)))
    throw new Error(`headers: found ${JSON.stringify(pattern)}, expected the name of a header`)
  if (unremovable.has(foldedName(pattern))) {
    throw new Error(
      `headers: found ${JSON.stringify(pattern)}, expected the name of a header that is not of the connection`,
    )
  }
}

function checkPattern(field: string, pattern: string): void {
  const expected = patternProblem(pattern)
  if (expected !== undefined)
    throw new Error(`${field}: found ${JSON.stringify(pattern)}, expected ${expected}`)
  if (field === 'cookies' && !isHeaderName(prefixOf(pattern)))
    throw new Error(`cookies: found ${JSON.stringify(pattern)}, expected the name of a cookie`)
}
