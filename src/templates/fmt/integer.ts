/** Formats one integer; undefined when the verb is not for integers. */
import { quoteRune } from '../go/quote.ts'
import { encodeRune, isPrint, runeError } from '../go/utf8.ts'
import { type Flags, pad, signOf } from './flags.ts'

const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 }

export function formatInt(value: bigint, verb: string, flags: Flags): string | undefined {
  const base = bases[verb]
  if (base !== undefined) return integer(value, { verb, base }, flags)
  switch (verb) {
    case 'c':
      return pad(encodeRune(runeOf(value)), flags)
    case 'q':
      return pad(quoteRune(runeOf(value), flags.plus), flags)
    case 'U':
      return pad(unicode(value, flags), flags, false)
    default:
      return undefined
  }
}

/** A number that is not a code point prints as the replacement character. */
const runeOf = (value: bigint): number =>
  value < 0n || value > 0x10ffffn ? runeError : Number(value)

function unicode(value: bigint, { precision = 4, sharp }: Flags): string {
  const digits = BigInt.asUintN(64, value).toString(16).toUpperCase()
  const shown = sharp && value >= 0n && value <= 0x10ffffn && isPrint(Number(value))
  const character = shown ? ` '${encodeRune(Number(value))}'` : ''
  return `U+${digits.padStart(Math.max(precision, 4), '0')}${character}`
}

interface Base {
  readonly verb: string
  readonly base: number
}

function integer(value: bigint, { verb, base }: Base, flags: Flags): string {
  if (flags.precision === 0 && value === 0n) return ' '.repeat(flags.width ?? 0)
  const magnitude = value < 0n ? -value : value
  const sign = signOf(value < 0n, flags)
  const digits = magnitude.toString(base).padStart(minimumDigits(sign, flags), '0')
  const text = sign + prefixOf(digits, verb, flags) + digits
  return pad(verb === 'X' ? text.toUpperCase() : text, flags, false)
}

function minimumDigits(sign: string, { precision, zero, minus, width }: Flags): number {
  if (precision !== undefined) return precision
  return zero && !minus && width !== undefined ? width - sign.length : 0
}

const prefixes: Readonly<Record<string, string>> = { b: '0b', x: '0x', X: '0x' }

function prefixOf(digits: string, verb: string, { sharp }: Flags): string {
  const octal = sharp && !digits.startsWith('0') ? '0' : ''
  if (verb === 'O') return `0o${octal}`
  if (verb === 'o') return octal
  return sharp ? (prefixes[verb] ?? '') : ''
}
