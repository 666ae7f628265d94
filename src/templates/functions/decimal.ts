/** Decimal numbers as shopspring/decimal computes them: exact, except for division, which has 16 places. */
import { callError } from '../go/call-error.ts'
import { work } from '../go/rendering.ts'

/** value × 10^exponent */
export interface Decimal {
  readonly value: bigint
  readonly exponent: number
}

/** The shortest decimal that parses to the same number. */
export function decimalOf(value: number): Decimal {
  if (!Number.isFinite(value)) {
    throw callError(`Cannot create a Decimal from ${infinite(value)}`)
  }
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  return { value: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length }
}

const infinite = (value: number): string =>
  Number.isNaN(value) ? 'NaN' : value < 0 ? '-Inf' : '+Inf'

export const floatOf = ({ value, exponent }: Decimal): number => Number(`${value}e${exponent}`)

function scaled({ value, exponent }: Decimal, to: number): bigint {
  work((exponent - to) >> 4)
  return value * 10n ** BigInt(exponent - to)
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent)
  return { value: scaled(a, exponent) + scaled(b, exponent), exponent }
}

export const negate = ({ value, exponent }: Decimal): Decimal => ({ value: -value, exponent })

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  const value = a.value * b.value
  work(value.toString(16).length >> 6)
  return { value, exponent: a.exponent + b.exponent }
}

const places = 16

/** Rounds half away from zero. */
export function divideDecimals(a: Decimal, b: Decimal): Decimal {
  if (b.value === 0n) throw callError('decimal division by 0')
  const shift = a.exponent - b.exponent + places
  const numerator = shift > 0 ? a.value * 10n ** BigInt(shift) : a.value
  const denominator = shift < 0 ? b.value * 10n ** BigInt(-shift) : b.value
  const quotient = numerator / denominator
  const rest = magnitude(numerator % denominator) * 2n
  const up = rest >= magnitude(denominator) ? 1n : 0n
  const negative = numerator < 0n !== denominator < 0n
  return { value: negative ? quotient - up : quotient + up, exponent: -places }
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)
