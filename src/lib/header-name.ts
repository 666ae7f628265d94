const badValue = /[\r\n\0]/
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** True when the text may stand as a header name (RFC 9110 token). */
export const isHeaderName = (name: string): boolean => token.test(name)

/** True when the value cannot split or end a header: no CR, LF or NUL. */
export const isHeaderValue = (value: string): boolean => !badValue.test(value)

/** Go's canonical form: `x-user-id` to `X-User-Id`, `X_B` to `X_b`; a name that is no token stays as it is. */
export function canonicalHeaderName(name: string): string {
  if (!isHeaderName(name)) return name
  let canonical = ''
  let upper = true
  for (const character of name) {
    canonical += upper ? character.toUpperCase() : character.toLowerCase()
    upper = character === '-'
  }
  return canonical
}
