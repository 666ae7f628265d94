/** Upper, lower and title case as in Go's unicode package: each code point becomes one code point. */
import { isAscii } from '../../lib/bytes.ts'
import { encodeRune, isLetter, runes } from '../go/utf8.ts'

const one = (mapped: string, code: number): number =>
  [...mapped].length === 1 ? (mapped.codePointAt(0) ?? code) : code

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff

/** Greek capitals with iota below, whose full mapping would be two characters. */
function iotaUpper(code: number): number {
  if (code >= 0x1f80 && code <= 0x1faf) return code | 8
  if (code === 0x1fb3) return 0x1fbc
  if (code === 0x1fc3) return 0x1fcc
  return code === 0x1ff3 ? 0x1ffc : code
}

export function upperRune(code: number): number {
  if (isSurrogate(code)) return code
  const upper = one(String.fromCodePoint(code).toUpperCase(), code)
  return upper === code ? iotaUpper(code) : upper
}

export function lowerRune(code: number): number {
  if (code === 0x130) return 0x69
  return isSurrogate(code) ? code : one(String.fromCodePoint(code).toLowerCase(), code)
}

/** Title case of the digraphs that have one; Georgian letters have none. */
export function titleRune(code: number): number {
  if (code >= 0x1c4 && code <= 0x1cc) return code - ((code - 0x1c4) % 3) + 1
  if (code >= 0x1f1 && code <= 0x1f3) return 0x1f2
  return code >= 0x10d0 && code <= 0x10ff ? code : upperRune(code)
}

/** Maps each rune separately; bytes that are not valid UTF-8 become U+FFFD. */
export function mapRunes(bytes: string, map: (code: number) => number): string {
  let out = ''
  for (const { code } of runes(bytes)) out += encodeRune(map(code))
  return out
}

export const toUpper = (bytes: string): string =>
  isAscii(bytes) ? bytes.toUpperCase() : mapRunes(bytes, upperRune)

export const toLower = (bytes: string): string =>
  isAscii(bytes) ? bytes.toLowerCase() : mapRunes(bytes, lowerRune)

const matches = (pattern: RegExp, code: number): boolean =>
  !isSurrogate(code) && pattern.test(String.fromCodePoint(code))

export const isUpper = (code: number): boolean => matches(/^\p{Lu}$/u, code)
export const isLower = (code: number): boolean => matches(/^\p{Ll}$/u, code)
export const isTitle = (code: number): boolean => matches(/^\p{Lt}$/u, code)
export const isNumber = (code: number): boolean => matches(/^\p{N}$/u, code)
export const isPunct = (code: number): boolean => matches(/^\p{P}$/u, code)
export const isSpace = (code: number): boolean => matches(/^\p{White_Space}$/u, code)

/** Separates words for `title`: not a letter, digit or underscore, and outside ASCII only white space. */
function isSeparator(code: number): boolean {
  if (code < 0x80) return !/[0-9A-Za-z_]/.test(String.fromCharCode(code))
  return !isLetter(code) && !matches(/^\p{Nd}$/u, code) && isSpace(code)
}

export function title(bytes: string): string {
  let before = 0x20
  return mapRunes(bytes, code => {
    const starts = isSeparator(before)
    before = code
    return starts ? titleRune(code) : code
  })
}

/** Converts the first letter of each word to lower case. */
export function untitle(bytes: string): string {
  let starts = true
  return mapRunes(bytes, code => {
    const first = starts && !isSpace(code)
    starts = isSpace(code)
    return first ? lowerRune(code) : code
  })
}

/** Upper to lower case and the reverse; a lower-case letter after a space becomes title case. */
export function swapCase(bytes: string): string {
  let starts = true
  return mapRunes(bytes, code => {
    const first = starts
    const cased = isUpper(code) || isTitle(code) || isLower(code)
    starts = !cased && isSpace(code)
    if (!cased) return code
    if (!isLower(code)) return lowerRune(code)
    return first ? titleRune(code) : upperRune(code)
  })
}
