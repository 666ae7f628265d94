/** Formats one float64; undefined when the verb is not for floats. */
import { type Flags, pad, signOf } from './flags.ts'
import { type FloatVerb, formatFloat } from './float.ts'

const floats: Readonly<Record<string, readonly [FloatVerb, number]>> = {
  v: ['g', -1],
  g: ['g', -1],
  G: ['G', -1],
  b: ['b', -1],
  x: ['x', -1],
  X: ['X', -1],
  e: ['e', 6],
  E: ['E', 6],
  f: ['f', 6],
  F: ['f', 6],
}

export function formatNumber(value: number, verb: string, flags: Flags): string | undefined {
  const [floatVerb, fallback] = floats[verb] ?? []
  if (floatVerb === undefined || fallback === undefined) return undefined
  const precision = flags.precision ?? fallback
  const bare = formatFloat(value, floatVerb, precision)
  const unsigned = bare.replace(/^[-+]/, '')
  const sign = signOf(bare.startsWith('-'), flags)
  if (!Number.isFinite(value)) return pad(infinite(unsigned, sign), flags, false)
  const text = flags.sharp && verb !== 'b' ? sharpened(unsigned, verb, precision) : unsigned
  return padNumber(sign, text, flags)
}

/** Infinity always has a sign. */
const infinite = (text: string, sign: string): string =>
  (text === 'Inf' ? sign || '+' : sign) + text

/** Puts padding zeros between the sign and the digits. */
function padNumber(sign: string, digits: string, flags: Flags): string {
  const { zero, minus, width = 0 } = flags
  if (!zero || minus || sign === '') return pad(sign + digits, flags)
  return sign + digits.padStart(width - sign.length, '0')
}

/** For `#`: always a decimal point, and trailing zeros up to the precision. */
function sharpened(text: string, verb: string, precision: number): string {
  const split = text.search(verb === 'x' || verb === 'X' ? /[pP]/ : /[eE]/)
  const number = split < 0 ? text : text.slice(0, split)
  const tail = split < 0 ? '' : text.slice(split)
  const wanted = padded.has(verb) ? (precision === -1 ? 6 : precision) : 0
  const zeros = '0'.repeat(Math.max(wanted - significant(number), 0))
  return number + (number.includes('.') ? '' : '.') + zeros + tail
}

/** The verbs for which `#` adds zeros. */
const padded: ReadonlySet<string> = new Set(['v', 'g', 'G', 'x'])

/** The number of digits from the first that is not zero; like Go, it also counts the x of a hexadecimal number. */
const significant = (number: string): number =>
  number === '0' ? 1 : number.replace('.', '').replace(/^0+/, '').length
