/** Writes Go's quoted literals. Byte strings in and out. */
import { encodeRune, isPrint, isValidRune, runeError, runes } from './utf8.ts'

const short: ReadonlyMap<number, string> = new Map([
  [7, '\\a'],
  [8, '\\b'],
  [12, '\\f'],
  [10, '\\n'],
  [13, '\\r'],
  [9, '\\t'],
  [11, '\\v'],
])

export interface QuoteStyle {
  readonly quote: '"' | "'"
  readonly ascii: boolean
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0')

function unprintable(code: number): string {
  const known = short.get(code)
  if (known !== undefined) return known
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
}

function escapeRune(code: number, { quote, ascii }: QuoteStyle): string {
  if (code === quote.charCodeAt(0) || code === 0x5c) return `\\${String.fromCharCode(code)}`
  const plain = ascii ? code < 0x80 && isPrint(code) : isPrint(code)
  return plain ? encodeRune(code) : unprintable(code)
}

const simple = /^[ !#-[\]-~]*$/

/** A double-quoted string literal. */
export function quoteText(bytes: string, ascii = false): string {
  if (simple.test(bytes)) return `"${bytes}"`
  let out = '"'
  for (const { code, size, index } of runes(bytes)) {
    const broken = code === runeError && size === 1
    out += broken
      ? `\\x${hex(bytes.charCodeAt(index), 2)}`
      : escapeRune(code, { quote: '"', ascii })
  }
  return `${out}"`
}

/** A single-quoted character literal. */
export const quoteRune = (code: number, ascii = false): string =>
  `'${escapeRune(isValidRune(code) ? code : runeError, { quote: "'", ascii })}'`

/** True when the text can be written between back quotes. */
export function canBackquote(bytes: string): boolean {
  for (const { code, size } of runes(bytes)) {
    if (size > 1 ? code === 0xfeff : isAwkward(code)) return false
  }
  return true
}

const isAwkward = (code: number): boolean =>
  code === runeError || (code < 0x20 && code !== 9) || code === 0x60 || code === 0x7f
