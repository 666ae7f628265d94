/** Paths of URLs as Go's net/url and path.Clean treat them. Byte strings. */

const escapedByte = /[^A-Za-z0-9\-_.~$&+,/:;=@]/g

/** Encodes a decoded path in the default form: letters, digits and `-_.~$&+,/:;=@` are kept. */
export const escapePath = (path: string): string =>
  path.replace(
    escapedByte,
    byte => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )

/** Decodes `%XX` once; undefined when an escape is malformed. */
export function unescapePath(path: string): string | undefined {
  if (!path.includes('%')) return path
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return undefined
  return path.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

const escapedSlash = /%(2F|5C)/i

/**
 * Decodes all escapes once but `%2F` and `%5C`, which become upper case. undefined: an escape is malformed, or decoding
 * makes a text that looks like one of these two.
 */
export function decodeKeepingSlashes(path: string): string | undefined {
  if (!path.includes('%')) return path
  let decoded = ''
  // A separator with a group: the parts alternate between text and the digits of a kept escape.
  for (const [index, part] of path.split(escapedSlash).entries()) {
    const text = index % 2 === 0 ? unescapePath(part) : `%${part.toUpperCase()}`
    if (text === undefined || (index % 2 === 0 && escapedSlash.test(text))) return undefined
    decoded += text
  }
  return decoded
}

/** The same URL with these two escapes in upper case. */
export const upperCaseSlashes = (text: string): string =>
  text.replace(/%(?:2f|5c)/gi, sequence => sequence.toUpperCase())

/** Which escapes a matched path still has: none, `%2F` and `%5C` in upper case, or all. */
export type PathEscapes = 'slashes' | 'all' | undefined

/** The matched path in the form of a URL. */
export function escapeMatchedPath(path: string, escapes: PathEscapes): string {
  if (escapes === 'all') return path
  return escapes === 'slashes'
    ? path.replace(/%2F|%5C|[^%]+|%/g, part =>
        part.length > 1 && part[0] === '%' ? part : escapePath(part),
      )
    : escapePath(path)
}

/** Decodes a path of a URL as the matched path was; undefined when that is not possible. */
export const unescapeLike = (escapes: PathEscapes, path: string): string | undefined =>
  escapes === 'slashes' ? decodeKeepingSlashes(path) : unescapePath(path)

/** The segments of a rooted path; empty and dot segments are resolved as by Go's path.Clean. */
export function cleanSegments(path: string): string[] {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return kept
}

/** Go's path.Clean for a rooted path. */
export const cleanPath = (path: string): string => `/${cleanSegments(path).join('/')}`

const httpUrl = /^https?:\/\/([^/?#]*)(.*)$/is

/** Splits an absolute http(s) URL into its authority and the rest (`''`, `/x?y`, `?y`); undefined for another text. */
export function splitHttpUrl(
  url: string,
): { readonly authority: string; readonly rest: string } | undefined {
  const found = httpUrl.exec(url)
  return found === null ? undefined : { authority: found[1] ?? '', rest: found[2] ?? '' }
}
