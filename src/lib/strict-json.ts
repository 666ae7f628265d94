/**
 * JSON that every program reads in the same way: no member twice, no number that a double cannot hold, no half of a
 * character. For texts that one program checks and another one uses.
 */
import { isUtf8 } from 'node:buffer'
import { type JsonValue, toByteStrings } from './json.ts'

/** `reason` says what was found, without any text of the document. */
export type StrictJson =
  | { readonly kind: 'json'; readonly value: JsonValue }
  | { readonly kind: 'not_strict'; readonly reason: string }

const notStrict = (reason: string): StrictJson => ({
  kind: 'not_strict',
  reason,
})

export const mostLevels = 64

/** Takes UTF-8; the strings of the value are byte strings (lib/bytes.ts). Linear in the length. */
export function parseStrictJson(bytes: Buffer): StrictJson {
  if (!isUtf8(bytes)) return notStrict('it is not UTF-8')
  const text = bytes.toString('utf8')
  const parsed = tryParse(text)
  if (parsed === undefined) return notStrict('it is not JSON')
  const { value } = parsed
  const isPlain = !beyondAscii.test(text)
  const found: Found = { members: 0, isTooDeep: false, isWellFormed: true, hasCaseTwins: false }
  inspect(found, value, mostLevels)
  if (found.isTooDeep) return notStrict(`it has more than ${mostLevels} levels`)
  if (found.hasCaseTwins) return notStrict('it has a member twice, in upper and lower case')
  if (!found.isWellFormed) return notStrict('it has half of a surrogate pair')
  const written = scan(text)
  if (!written.areNumbersExact) return notStrict('it has a number that a double cannot hold')
  if (written.members !== found.members) return notStrict('it has a member twice')
  return { kind: 'json', value: isPlain ? value : toByteStrings(value) }
}

/** A character that is more than one byte, or an escape that may be one. */
const beyondAscii = /[^\0-\x7f]|\\u/

/** `null` is a value, too. */
function tryParse(text: string): { readonly value: JsonValue } | undefined {
  try {
    return { value: JSON.parse(text) as JsonValue }
  } catch {
    return undefined
  }
}

const halfCharacter = /\p{Surrogate}/u

interface Found {
  members: number
  isTooDeep: boolean
  isWellFormed: boolean
  /** Two members of one object are one for programs that compare names without case, such as those in Go. */
  hasCaseTwins: boolean
}

/** Stops at the deepest allowed level, so that it needs little stack. */
function inspect(found: Found, value: JsonValue, levels: number): void {
  if (typeof value === 'string') inspectText(found, value)
  if (typeof value !== 'object' || value === null) return
  if (levels === 0) {
    found.isTooDeep = true
    return
  }
  const names = Array.isArray(value) ? none : Object.keys(value)
  found.members += names.length
  for (const name of names) inspectText(found, name)
  if (names.length > 1 && areTwins(names)) found.hasCaseTwins = true
  for (const item of Object.values(value)) inspect(found, item, levels - 1)
}

const none: readonly string[] = []

/** Names in small letters of ASCII are their own folded form. */
const mayChange = /[A-Z]|[^\0-\x7f]/

function areTwins(names: readonly string[]): boolean {
  if (!names.some(name => mayChange.test(name))) return false
  return new Set(names.map(caseFolded)).size < names.length
}

/** U+017F and U+212A are an s and a k for some programs. */
const caseFolded = (name: string): string => name.toUpperCase().toLowerCase()

function inspectText(found: Found, text: string): void {
  if (halfCharacter.test(text)) found.isWellFormed = false
}

interface Written {
  /** Each member that is written, duplicates included. */
  members: number
  areNumbersExact: boolean
}

const tokens = /[":\-0-9]/g
const numberPart = /[-+.0-9eE]/

/** Counts what the parsed value no longer shows. The text is valid JSON. */
function scan(text: string): Written {
  const written: Written = { members: 0, areNumbersExact: true }
  tokens.lastIndex = 0
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    if (token[0] === ':') written.members += 1
    else tokens.lastIndex = token[0] === '"' ? endOfString(text, token.index) : number(token.index)
  }
  return written

  function number(start: number): number {
    const end = endOfNumber(text, start)
    if (!isExact(text.slice(start, end))) written.areNumbersExact = false
    return end
  }
}

/** After the closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1
  while (numberPart.test(text[at] ?? '')) at += 1
  return at
}

/** Whole numbers must be the same in every program, others fit into a double. */
function isExact(token: string): boolean {
  const value = Number(token)
  if (/^-?\d+$/.test(token)) return Number.isSafeInteger(value)
  const isRounded = value === 0 || Math.abs(value) > Number.MAX_SAFE_INTEGER
  return Number.isFinite(value) && (!isRounded || isSameDecimal(token, String(value)))
}

/** 9007199254740993.0 is a whole number that a double rounds, 1e-400 one that it takes for zero. */
function isSameDecimal(one: string, other: string): boolean {
  const [a, b] = [decimalOf(one), decimalOf(other)]
  return a.digits === b.digits && (a.digits === '' || a.exponent === b.exponent)
}

interface Decimal {
  /** Without zeros in front and at the end; empty: zero. */
  readonly digits: string
  /** The power of ten of the last digit. */
  readonly exponent: number
}

function decimalOf(token: string): Decimal {
  const [mantissa = '', power = '0'] = token.replace(/^-/, '').toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const written = `${whole}${fraction}`
  let [start, end] = [0, written.length]
  while (written[start] === '0') start += 1
  while (end > start && written[end - 1] === '0') end -= 1
  const exponent = Number(power) - fraction.length + (written.length - end)
  return { digits: written.slice(start, end), exponent }
}
