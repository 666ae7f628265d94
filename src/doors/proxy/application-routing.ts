/**
 * A Node application routes the unchanged request target with its own rules: Express matches it without decoding, other
 * code passes it to `new URL`. So only spellings are allowed in which all of them find the path that was decided.
 */
import { unescapeLike, upperCaseSlashes } from '../../lib/url-path.ts'
import type { AccessRequest } from '../../model/request.ts'
import { splitTarget } from '../request/path.ts'

/** Escapes of unreserved characters (RFC 3986 §2.3), slash and backslash: without decoding they are another path. */
const escapedWithoutNeed = /%(?:2[DEF]|3\d|[46][1-9A-F]|[57][0-9A]|5[CF]|7E)/i
const visible = /^[!-~]*$/

/**
 * True when a router finds the decided path in this target. One slash at the end is allowed, because rules never see
 * it. All routers treat the other escapes as text: they decode them in parameters and compare them unchanged elsewhere.
 * Where `%2F` and `%5C` were matched as escapes, they are text too.
 */
export function isRoutedAs(
  target: string,
  { path: decided, pathEscapes }: Pick<AccessRequest, 'path' | 'pathEscapes'>,
): boolean {
  const { path } = splitTarget(target)
  const rest = pathEscapes === 'slashes' ? path.replace(/%(?:2F|5C)/gi, '/') : path
  if (!visible.test(path) || escapedWithoutNeed.test(rest)) return false
  const decoded = unescapeLike(pathEscapes, path)
  return decoded === decided || (decided !== '/' && decoded === `${decided}/`)
}

/** The target with `%2F` and `%5C` of its path in upper case, as they were matched. */
export function withUpperCaseSlashes(target: string): string {
  const { path } = splitTarget(target)
  return upperCaseSlashes(path) + target.slice(path.length)
}

/** Express and Connect keep the original target as `originalUrl` and cut the mount path off `url`; Express sets `baseUrl` to it. */
export interface Mounted {
  readonly url?: string | undefined
  readonly originalUrl?: string
  readonly baseUrl?: string
}

/** True when `url` is the original target without the mount path: a program may have replaced it. */
export function isUrlUnchanged({ url = '', originalUrl, baseUrl }: Mounted): boolean {
  if (originalUrl === undefined || originalUrl === url) return true
  // For the mount path itself a router sees `/`, which the original target does not contain.
  const ends = url === '/' || url.startsWith('/?') ? [url, url.slice(1)] : [url]
  return ends.some(end =>
    baseUrl === undefined ? originalUrl.endsWith(end) : originalUrl === baseUrl + end,
  )
}
