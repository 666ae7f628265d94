import { complement, lastCodePoint, type Ranges } from '../ranges.ts'
import {
  casedLetters,
  digits,
  notDigits,
  notSpaces,
  notWordCharacters,
  propertyOf,
  spaces,
  wordCharacters,
} from '../unicode.ts'
import { accept, fail, isDone, peek, type Scanner, take, takeWhile } from './scanner.ts'

const wordCharacter = /[\p{L}\p{Mn}\p{Nd}\p{Pc}]/u

const shorthands: Readonly<Record<string, () => Ranges>> = {
  d: digits,
  D: notDigits,
  s: spaces,
  S: notSpaces,
  w: wordCharacters,
  W: notWordCharacters,
}

/** The set of `\d \D \s \S \w \W \p{..} \P{..}`, behind the backslash; undefined when it is none of them. */
export function scanClassEscape(scanner: Scanner): Ranges | undefined {
  const letter = peek(scanner) ?? ''
  if (letter === 'p' || letter === 'P') return scanProperty(scanner)
  const shorthand = Object.hasOwn(shorthands, letter) ? shorthands[letter] : undefined
  if (shorthand === undefined) return undefined
  scanner.at++
  return shorthand()
}

const cased: ReadonlySet<string> = new Set(['Lu', 'Ll', 'Lt'])

function scanProperty(scanner: Scanner): Ranges {
  const from = scanner.at - 1
  const negated = take(scanner) === 'P'
  const name = accept(scanner, '{') ? takeWhile(scanner, /[\p{L}\p{Mn}\p{Nd}\p{Pc}-]/u) : undefined
  if (name === undefined || !accept(scanner, '}')) {
    fail(scanner, 'a Unicode class needs braces, such as "\\p{L}",', from)
    return []
  }
  const set = scanner.flags.i && cased.has(name) ? casedLetters() : propertyOf(name)
  if (set === undefined)
    fail(
      scanner,
      `unknown Unicode class "${name}" (use a category such as L or a script such as Greek)`,
      from,
    )
  return set === undefined ? [] : negated ? complement(set) : set
}

const controls: Readonly<Record<string, number>> = {
  a: 0x07,
  b: 0x08,
  e: 0x1b,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  v: 0x0b,
}

/** The code point of an escaped character, behind the backslash. */
export function scanCharacterEscape(scanner: Scanner): number {
  const from = scanner.at - 1
  if (/[0-7]/.test(peek(scanner) ?? '')) return scanOctal(scanner)
  const letter = take(scanner)
  if (letter === 'x' || letter === 'u') return scanHex(scanner, letter, from)
  if (letter === 'c') return scanControl(scanner, from)
  const control = Object.hasOwn(controls, letter) ? controls[letter] : undefined
  if (control !== undefined) return control
  if (letter === '' || wordCharacter.test(letter)) fail(scanner, unknownEscape(letter), from)
  return letter.codePointAt(0) ?? 0
}

function unknownEscape(letter: string): string {
  if (letter === '') return 'a backslash needs a character behind it'
  if (letter === 'Q') return 'the quotation "\\Q...\\E" is not supported (escape each character)'
  return `unknown escape "\\${letter}" (write "${letter}" for the character itself)`
}

function scanOctal(scanner: Scanner): number {
  const from = scanner.at
  while (scanner.at < from + 3 && /[0-7]/.test(peek(scanner) ?? '')) scanner.at++
  return Number.parseInt(scanner.characters.slice(from, scanner.at).join(''), 8) & 0xff
}

const hexForms = { x: /^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})/, u: /^([0-9A-Fa-f]{4})/ } as const

function scanHex(scanner: Scanner, letter: keyof typeof hexForms, from: number): number {
  const rest = scanner.characters.slice(scanner.at, scanner.at + 12).join('')
  const [whole, plain, braced] = hexForms[letter].exec(rest) ?? []
  const code = Number.parseInt(plain ?? braced ?? '', 16)
  if (whole === undefined || code > lastCodePoint) {
    fail(scanner, 'malformed character code (write "\\x41", "\\x{41}" or "\\u0041")', from)
    return 0
  }
  scanner.at += whole.length
  return code
}

function scanControl(scanner: Scanner, from: number): number {
  const code = (take(scanner).toUpperCase().codePointAt(0) ?? 0) - 0x40
  if (code < 0 || code >= 0x20)
    fail(scanner, 'unknown control character (write "\\cA" to "\\cZ")', from)
  return code
}

/** True at a backslash that has something behind it; a lone one is a failure. */
export function acceptBackslash(scanner: Scanner): boolean {
  if (!accept(scanner, '\\')) return false
  if (isDone(scanner)) fail(scanner, unknownEscape(''), scanner.at - 1)
  return true
}

/** A single code point as a set. */
export const single = (code: number): Ranges => [code, code]
