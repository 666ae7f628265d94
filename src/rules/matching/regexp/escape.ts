import { lastCodePoint, type Ranges } from '../ranges.ts'
import { comparedByLowerCase, digits, propertyOf, spaces, wordCharacters } from '../unicode.ts'
import { type Category, membersOf } from './category.ts'
import {
  accept,
  fail,
  isDone,
  peek,
  type Scanner,
  take,
  takeWhile,
  wordCharacter,
} from './scanner.ts'

const shorthands: Readonly<Record<string, readonly [name: string, set: () => Ranges]>> = {
  d: ['Nd', digits],
  s: ['s', spaces],
  w: ['w', wordCharacters],
}

/** The set of `\d \D \s \S \w \W \p{..} \P{..}`, after the backslash; undefined for another escape. */
export function scanClassEscape(scanner: Scanner): Ranges | undefined {
  const categories = scanCategories(scanner)
  if (categories === undefined) return undefined
  const set = membersOf([], categories)
  return scanner.flags.i ? comparedByLowerCase(set) : set
}

/** The same escapes inside brackets. */
export function scanCategories(scanner: Scanner): readonly Category[] | undefined {
  const letter = peek(scanner) ?? ''
  if (letter === 'p' || letter === 'P') return scanProperty(scanner)
  const small = letter.toLowerCase()
  const shorthand = Object.hasOwn(shorthands, small) ? shorthands[small] : undefined
  if (shorthand === undefined) return undefined
  scanner.at++
  const [name, set] = shorthand
  return [{ name, set: set(), negated: letter !== small }]
}

const propertyCharacter = /[\w-]/
const cased = ['Ll', 'Lu', 'Lt']

function scanProperty(scanner: Scanner): readonly Category[] {
  const from = scanner.at - 1
  const negated = take(scanner) === 'P'
  const name = accept(scanner, '{') ? takeWhile(scanner, propertyCharacter) : undefined
  if (name === undefined || !accept(scanner, '}')) {
    fail(scanner, 'a Unicode class needs braces, such as "\\p{L}",', from)
    return []
  }
  const names = scanner.flags.i && cased.includes(name) ? [...cased, name] : [name]
  const categories = names.map(one => ({ name: one, set: propertyOf(one) ?? [], negated }))
  if (propertyOf(name) === undefined)
    fail(
      scanner,
      `unknown Unicode class "${name}" (use a category such as L or a script such as Greek)`,
      from,
    )
  return categories
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

/** The code point of an escaped character, after the backslash. */
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

/** Reads up to three digits. Fewer than three are refused, because Oathkeeper reads on into a following `)`, `$` or `-`. */
function scanOctal(scanner: Scanner): number {
  const from = scanner.at
  while (scanner.at < from + 3 && /[0-7]/.test(peek(scanner) ?? '')) scanner.at++
  const digits = scanner.characters.slice(from, scanner.at).join('')
  if (digits.length < 3 && (peek(scanner) ?? '') < '0')
    fail(scanner, 'an octal code needs three digits (write "\\007" or "\\x07")', from - 1)
  return Number.parseInt(digits, 8) & 0xff
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
  const [sign = ''] = take(scanner)
  const code = (/[a-z]/.test(sign) ? sign.toUpperCase() : sign).charCodeAt(0) - 0x40
  if (code >= 0 && code < 0x20) return code
  fail(scanner, 'unknown control character (write "\\cA" to "\\cZ")', from)
  return 0
}

/** True at a backslash with something behind it; a backslash at the end is a failure. */
export function acceptBackslash(scanner: Scanner): boolean {
  if (!accept(scanner, '\\')) return false
  if (isDone(scanner)) fail(scanner, unknownEscape(''), scanner.at - 1)
  return true
}

export const single = (code: number): Ranges => [code, code]
