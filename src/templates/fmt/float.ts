/** Go's strconv.FormatFloat for float64. */
import { type Decimal, partsOf, shortest, toDigits, toPlaces } from './decimal.ts'

export type FloatVerb = 'e' | 'E' | 'f' | 'g' | 'G' | 'x' | 'X' | 'b'

/** `precision` -1 means the fewest digits that parse to the same number. */
export function formatFloat(value: number, verb: FloatVerb, precision: number): string {
  if (Number.isNaN(value)) return 'NaN'
  const negative = value < 0 || Object.is(value, -0)
  const magnitude = Math.abs(value)
  if (magnitude === Number.POSITIVE_INFINITY) return negative ? '-Inf' : '+Inf'
  return (negative ? '-' : '') + formats[verb](magnitude, precision)
}

type Format = (value: number, precision: number) => string

const upper =
  (format: Format): Format =>
  (value, precision) =>
    format(value, precision).toUpperCase()

const formats: Readonly<Record<FloatVerb, Format>> = {
  e: formatE,
  E: upper(formatE),
  f: formatF,
  g: formatG,
  G: upper(formatG),
  x: formatX,
  X: upper(formatX),
  b: value => {
    const { mantissa, exponent } = partsOf(value)
    return `${mantissa}p${exponent < 0 ? '' : '+'}${exponent}`
  },
}

function signed(exponent: number): string {
  const digits = String(Math.abs(exponent)).padStart(2, '0')
  return `${exponent < 0 ? '-' : '+'}${digits}`
}

/** d.ddde±dd with that many digits after the point. */
function scientific({ digits, point }: Decimal, places: number): string {
  const padded = digits.padEnd(places + 1, '0')
  const fraction = places > 0 ? `.${padded.slice(1, places + 1)}` : ''
  return `${padded.charAt(0)}${fraction}e${signed(digits === '' ? 0 : point - 1)}`
}

/** ddd.ddd with that many digits after the point. */
function plain({ digits, point }: Decimal, places: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0'
  if (places <= 0) return whole
  const lead = point < 0 ? '0'.repeat(Math.min(-point, places)) : ''
  const fraction = lead + digits.slice(Math.max(point, 0))
  return `${whole}.${fraction.padEnd(places, '0').slice(0, places)}`
}

function formatE(value: number, precision: number): string {
  if (precision >= 0) return scientific(toDigits(value, precision + 1), precision)
  const decimal = shortest(value)
  return scientific(decimal, Math.max(decimal.digits.length - 1, 0))
}

function formatF(value: number, precision: number): string {
  if (precision >= 0) return plain(toPlaces(value, precision), precision)
  const decimal = shortest(value)
  return plain(decimal, Math.max(decimal.digits.length - decimal.point, 0))
}

/** Exponent form below 1e-4 and from a threshold on: 1e6 for the shortest digits, else the precision. */
function formatG(value: number, precision: number): string {
  const wanted = precision === 0 ? 1 : precision
  const decimal = wanted < 0 ? shortest(value) : toDigits(value, wanted)
  const digits = decimal.digits.replace(/0+$/, '')
  const trimmed = { digits, point: digits === '' ? 0 : decimal.point }
  const exponent = trimmed.point - 1
  return exponent < -4 || exponent >= threshold(trimmed, wanted)
    ? scientific(trimmed, Math.max(digits.length - 1, 0))
    : plain(trimmed, Math.max(digits.length - trimmed.point, 0))
}

function threshold({ digits, point }: Decimal, wanted: number): number {
  if (wanted < 0) return 6
  return wanted > digits.length && digits.length >= point ? digits.length : wanted
}

/** 0x1.8p+01 */
function formatX(value: number, precision: number): string {
  if (value === 0) return `0x0${precision > 0 ? `.${'0'.repeat(precision)}` : ''}p+00`
  const { mantissa, exponent } = normalized(value, precision)
  const hex = (mantissa & 0xfffffffffffffn).toString(16).padStart(13, '0')
  const fraction =
    precision < 0 ? hex.replace(/0+$/, '') : hex.padEnd(precision, '0').slice(0, precision)
  return `0x${mantissa >> 52n}${fraction === '' ? '' : `.${fraction}`}p${signed(exponent)}`
}

/** One bit before the point and 52 after it, rounded to the requested digits. */
function normalized(value: number, precision: number): { mantissa: bigint; exponent: number } {
  const parts = partsOf(value)
  const shift = 53 - parts.mantissa.toString(2).length
  const mantissa = roundBits(parts.mantissa << BigInt(shift), precision)
  const exponent = parts.exponent - shift + 52
  return mantissa >> 53n === 1n
    ? { mantissa: mantissa >> 1n, exponent: exponent + 1 }
    : { mantissa, exponent }
}

function roundBits(mantissa: bigint, precision: number): bigint {
  if (precision < 0 || precision >= 13) return mantissa
  const drop = BigInt(52 - 4 * precision)
  const unit = 1n << drop
  const rest = mantissa & (unit - 1n)
  const kept = mantissa - rest
  const odd = (kept >> drop) & 1n
  return rest * 2n > unit || (rest * 2n === unit && odd === 1n) ? kept + unit : kept
}
