// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const badValue = /[\0-\x08\x0a-\x1f\x7f]/
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** True when the text is a valid header name (RFC 9110 token). */
export const isHeaderName = (name: string): boolean => token.test(name)

/** True when the value is allowed in a header (RFC 9110): no control character except tab, so that it cannot split or end a header. */
export const isHeaderValue = (value: string): boolean => !badValue.test(value)

/**
 * The name as some servers convert it: in lower case, with a dash for every character that is not a letter or digit.
 * CGI and WSGI programs cannot distinguish names with the same folded form.
 */
export function foldedName(name: string): string {
  const known = foldedNames.get(name)
  if (known !== undefined) return known
  const folded = name.toLowerCase().replace(/[^a-z0-9]/g, '-')
  if (foldedNames.size < mostNames && name.length <= longestName) foldedNames.set(name, folded)
  return folded
}

/** Tests names for being one of the spellings that have the same folded form. */
export function spellingOf(name: string): (sent: string) => boolean {
  const folded = foldedName(name)
  // The length is compared first, because it is the same for all spellings.
  return sent => sent.length === folded.length && foldedName(sent) === folded
}

/** A cache, as `canonicalNames`. */
const foldedNames = new Map<string, string>()

/**
 * Removes the blanks around a value. JavaScript's `trim` would cut the last byte of `à`, which is a blank
 * in Latin-1; an expression would take quadratic time for a value of many blanks.
 */
export function trimBlanks(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isBlank(value, start)) start += 1
  while (start < end && isBlank(value, end - 1)) end -= 1
  return value.slice(start, end)
}

function isBlank(value: string, at: number): boolean {
  const code = value.charCodeAt(at)
  return code === 0x20 || code === 0x09
}

/** Go's canonical form: `x-user-id` to `X-User-Id`, `X_B` to `X_b`; a name that is not a token stays unchanged. */
export function canonicalHeaderName(name: string): string {
  const known = canonicalNames.get(name)
  if (known !== undefined) return known
  const canonical = toCanonical(name)
  if (canonicalNames.size < mostNames && name.length <= longestName) {
    canonicalNames.set(name, canonical)
  }
  return canonical
}

/** A cache, because requests have the same few names. When full, it keeps the first ones, so that unusual names cannot displace them. */
const canonicalNames = new Map<string, string>()
const mostNames = 1000
const longestName = 64

function toCanonical(name: string): string {
  if (!isHeaderName(name)) return name
  let canonical = ''
  let upper = true
  for (const character of name) {
    canonical += upper ? character.toUpperCase() : character.toLowerCase()
    upper = character === '-'
  }
  return canonical
}
