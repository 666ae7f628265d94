/** Percent-encoding of paths as Go's net/url does it by default. Byte strings. */

const escapedByte = /[^A-Za-z0-9\-_.~$&+,/:;=@]/g

/** A decoded path to its default encoded form: letters, digits and `-_.~$&+,/:;=@` stay. */
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
