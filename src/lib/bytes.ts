/**
 * Byte strings: text as it is on the wire, one character per byte (latin1-coded UTF-8).
 *
 * Go strings are bytes and Oathkeeper's templates count and cut them, so every string that a
 * request, a session or a template holds is a byte string. ASCII text is the same in both forms.
 */

const beyondAscii = /[^\0-\x7f]/

/** True when every character is ASCII, so that both forms are the same text. */
export const isAscii = (text: string): boolean => !beyondAscii.test(text)

/** JavaScript (UTF-16) text to a byte string. */
export const bytesOf = (text: string): string =>
  beyondAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text

/** A byte string to JavaScript text; bytes that are no UTF-8 become U+FFFD. */
export const textOf = (bytes: string): string =>
  beyondAscii.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** True when the byte string is well-formed UTF-8. */
export function isUtf8(bytes: string): boolean {
  if (!beyondAscii.test(bytes)) return true
  try {
    strict.decode(Buffer.from(bytes, 'latin1'))
    return true
  } catch {
    return false
  }
}
