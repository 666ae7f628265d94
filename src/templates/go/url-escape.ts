/** Percent encoding by Go's rules. Byte strings in and out. */

const escapeWith =
  (unsafe: RegExp) =>
  (text: string): string =>
    text.replace(
      unsafe,
      character => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )

/** Escapes a path: `/` and the delimiters with a meaning there stay. */
export const escapePath = escapeWith(/[^A-Za-z0-9\-_.~$&+,/:;=@]/g)

/** Escapes a host name. */
export const escapeHost = escapeWith(/[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/g)

const escapeComponent = escapeWith(/[^A-Za-z0-9\-_.~ ]/g)

/** Escapes a query: a space becomes `+`. */
export const escapeQuery = (text: string): string => escapeComponent(text).replaceAll(' ', '+')

const wellFormed = /^(?:[^%]|%[0-9A-Fa-f]{2})*$/

/** Percent decoding; undefined when an escape is malformed. */
export function unescapePath(text: string): string | undefined {
  if (!text.includes('%')) return text
  if (!wellFormed.test(text)) return undefined
  return text.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

export const unescapeQuery = (text: string): string | undefined =>
  unescapePath(text.replaceAll('+', ' '))
