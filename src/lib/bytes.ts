/**
 * Byte strings: text as it is sent, with one character per byte (UTF-8 bytes as Latin-1 characters).
 *
 * Go strings are bytes, and Oathkeeper's templates count and cut bytes. Therefore every string of a request,
 * a session or a template is a byte string. ASCII text is the same in both forms.
 */

const beyondAscii = /[^\0-\x7f]/

/** True when every character is ASCII, so that both forms are equal. */
export const isAscii = (text: string): boolean => !beyondAscii.test(text)

/** Encodes JavaScript (UTF-16) text as a byte string. */
export const bytesOf = (text: string): string =>
  beyondAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text

/** Decodes a byte string to JavaScript text; bytes that are not valid UTF-8 become U+FFFD. */
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
