/**
 * A Node application routes by the request target as it came, by rules of its own: Express compares mounts and routes with
 * it undecoded, other code gives it to `new URL`. So only that spelling is let through in which all of them find the path
 * that was decided about.
 */
import { decode, splitTarget } from '../request/path.ts'

/** Of unreserved characters (RFC 3986 §2.3), slash and backslash: another path to whoever does not decode it. */
const escapedWithoutNeed = /%(?:2[DEF]|3\d|[46][1-9A-F]|[57][0-9A]|5[CF]|7E)/i
const visible = /^[!-~]*$/

/**
 * Whether a router finds the decided path in this target. One slash may stand at its end: no rule sees it, at no door.
 * Other escapes are of what is text to every router: decoded in parameters, compared as they are elsewhere.
 */
export function isRoutedAs(target: string, decided: string): boolean {
  const { path } = splitTarget(target)
  if (!visible.test(path) || escapedWithoutNeed.test(path)) return false
  const decoded = decode(path)
  return decoded === decided || (decided !== '/' && decoded === `${decided}/`)
}

/** Express and Connect keep what was asked for as `originalUrl`, and cut the mount off `url`; Express names it. */
export interface Mounted {
  readonly url?: string | undefined
  readonly originalUrl?: string
  readonly baseUrl?: string
}

/** Whether `url` still is what was asked for, less the mount: a program may have written another one. */
export function isAsAsked({ url = '', originalUrl, baseUrl }: Mounted): boolean {
  if (originalUrl === undefined || originalUrl === url) return true
  // At the mount itself a router sees `/`, which is not in what was asked for.
  const ends = url === '/' || url.startsWith('/?') ? [url, url.slice(1)] : [url]
  return ends.some(end =>
    baseUrl === undefined ? originalUrl.endsWith(end) : originalUrl === baseUrl + end,
  )
}
