/** Reads Go's literals. Byte strings in and out. */
import { encodeRune, isValidRune, runeAt } from '../go/utf8.ts'

const escapes: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 0x5c,
}

interface Character {
  readonly text: string
  readonly code: number
  readonly size: number
}

const coded =
  /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3}))|\\([abfnrtv\\'"])/y

const byte = (code: number, size: number): Character => ({
  text: String.fromCharCode(code),
  code,
  size,
})

/** The character at that position of a literal; undefined when Go refuses it. */
function characterAt(literal: string, index: number, quote: string): Character | undefined {
  const first = literal.charAt(index)
  if (first === '' || first === quote || first === '\n') return undefined
  if (first === '\\') return escapeAt(literal, index, quote)
  const { code, size } = runeAt(literal, index)
  return { text: encodeRune(code), code, size }
}

function escapeAt(literal: string, index: number, quote: string): Character | undefined {
  coded.lastIndex = index
  const match = coded.exec(literal)
  if (match === null) return undefined
  const [{ length }, hex, short, long, octal, letter] = match
  if (letter !== undefined) return letterEscape(letter, quote)
  if (hex !== undefined) return byte(Number.parseInt(hex, 16), length)
  if (octal !== undefined) return octalEscape(Number.parseInt(octal, 8))
  const code = Number.parseInt(short ?? long ?? '', 16)
  return isValidRune(code) ? { text: encodeRune(code), code, size: length } : undefined
}

const octalEscape = (code: number): Character | undefined =>
  code > 255 ? undefined : byte(code, 4)

function letterEscape(letter: string, quote: string): Character | undefined {
  const isQuote = letter === "'" || letter === '"'
  if (isQuote && letter !== quote) return undefined
  return byte(isQuote ? letter.charCodeAt(0) : (escapes[letter] ?? 0), 2)
}

/** A string literal's value; undefined when it is not a literal. */
export function unquote(literal: string): string | undefined {
  if (literal.startsWith('`')) return literal.slice(1, -1).replaceAll('\r', '')
  let text = ''
  for (let index = 1; index < literal.length - 1; ) {
    const character = characterAt(literal, index, '"')
    if (character === undefined) return undefined
    text += character.text
    index += character.size
  }
  return text
}

/** A character literal's code point; 'syntax' or 'malformed' for Go's two errors. */
export function unquoteRune(literal: string): number | 'syntax' | 'malformed' {
  const character = characterAt(literal, 1, "'")
  if (character === undefined) return 'syntax'
  return 1 + character.size === literal.length - 1 ? character.code : 'malformed'
}
