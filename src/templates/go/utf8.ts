/** Runes in byte strings, as Go decodes them: a byte that is not valid UTF-8 counts as one rune, U+FFFD. */
import { bytesOf } from '../../lib/bytes.ts'

export const runeError = 0xfffd

export interface Rune {
  readonly code: number
  readonly size: number
}

const invalid: Rune = { code: runeError, size: 1 }
const lowest = [0, 0, 0x80, 0x800, 0x10000]

/** The length in bytes of a rune by its first byte; 0 when no rune begins with it. */
const sizes: readonly number[] = Array.from({ length: 256 }, (_, lead) => {
  if (lead < 0x80) return 1
  if (lead < 0xc2 || lead > 0xf4) return 0
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
})

export const isValidRune = (code: number): boolean =>
  (code >= 0 && code < 0xd800) || (code > 0xdfff && code <= 0x10ffff)

/** The rune at that byte. The index must be inside the text. */
export function runeAt(bytes: string, index: number): Rune {
  const lead = bytes.charCodeAt(index)
  const size = sizes[lead] ?? 0
  if (size <= 1) return size === 1 ? { code: lead, size } : invalid
  const code = continued(bytes, index, size)
  return code >= (lowest[size] ?? 0) && isValidRune(code) ? { code, size } : invalid
}

function continued(bytes: string, index: number, size: number): number {
  let code = bytes.charCodeAt(index) & (0xff >> (size + 1))
  for (let i = index + 1; i < index + size; i++) {
    const next = bytes.charCodeAt(i) // NaN behind the end
    if ((next & 0xc0) !== 0x80) return -1
    code = (code << 6) | (next & 0x3f)
  }
  return code
}

/** The byte string of one rune; an invalid rune becomes U+FFFD. */
export const encodeRune = (code: number): string =>
  bytesOf(String.fromCodePoint(isValidRune(code) ? code : runeError))

const beyondAscii = /[^\0-\x7f]/

/** The runes with their byte offsets. */
export function* runes(bytes: string): Generator<Rune & { readonly index: number }> {
  for (let index = 0; index < bytes.length; ) {
    const { code, size } = runeAt(bytes, index)
    yield { code, size, index }
    index += size
  }
}

export function runeCount(bytes: string): number {
  if (!beyondAscii.test(bytes)) return bytes.length
  let count = 0
  for (const _ of runes(bytes)) count++
  return count
}

/** The first `count` runes. */
export function firstRunes(bytes: string, count: number): string {
  if (bytes.length <= count) return bytes
  let left = count
  for (const { index } of runes(bytes)) if (left-- === 0) return bytes.slice(0, index)
  return bytes
}

const letter = /^\p{L}$/u
const digit = /^\p{Nd}$/u
const printable = /^[ \p{L}\p{M}\p{N}\p{P}\p{S}]$/u

const matches = (pattern: RegExp, code: number): boolean =>
  isValidRune(code) && pattern.test(String.fromCodePoint(code))

export const isLetter = (code: number): boolean => matches(letter, code)
export const isDigit = (code: number): boolean => matches(digit, code)
export const isPrint = (code: number): boolean => matches(printable, code)
