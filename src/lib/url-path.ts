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
