/** Arithmetic in int64, which wraps around, and in float64 by means of decimals. */
import { textOfValue } from '../fmt/print-value.ts'
import { callError } from '../go/call-error.ts'
import { fixed, variadic } from '../go/callable.ts'
import { parseInt64 } from '../go/parse-number.ts'
import { type Callable, int, type Value } from '../go/value.ts'
import { toFloat64, toInt64 } from './cast.ts'
import {
  addDecimals,
  type Decimal,
  decimalOf,
  divideDecimals,
  floatOf,
  multiplyDecimals,
  negate,
} from './decimal.ts'
import type { FunctionGroup } from './function.ts'

const int64 = (value: bigint): Value => int(BigInt.asIntN(64, value), 'int64')

function divisor(value: Value): bigint {
  const number = toInt64(value)
  if (number === 0n) throw callError('runtime error: integer divide by zero')
  return number
}

const binary = (apply: (a: bigint, b: bigint) => bigint): Callable =>
  fixed(['any', 'any'], (a, b) => int64(apply(toInt64(a), toInt64(b))))

const most = (wins: (a: bigint, b: bigint) => boolean): Callable =>
  variadic(['any'], 'any', (first, ...others) =>
    int64(
      others.map(toInt64).reduce((best, next) => (wins(next, best) ? next : best), toInt64(first)),
    ),
  )

const float = (apply: (value: number) => number): Callable =>
  fixed(['any'], value => apply(toFloat64(value)))

type Operation = (a: Decimal, b: Decimal) => Decimal

const fold = (first: Value, others: readonly Value[], apply: Operation): number =>
  floatOf(
    others.reduce<Decimal>(
      (result, next) => apply(result, decimalOf(toFloat64(next))),
      decimalOf(toFloat64(first)),
    ),
  )

const decimals = (apply: Operation): Callable =>
  variadic(['any'], 'any', (first, ...others) => fold(first, others, apply))

/** `on` is the smallest fraction that is rounded up. */
function round(value: Value, places: number, on: number): number {
  const power = places < 0 ? 1 / 10 ** -places : 10 ** places
  const scaled = power * toFloat64(value)
  const fraction = scaled - Math.trunc(scaled)
  return (fraction >= on ? Math.ceil(scaled) : Math.floor(scaled)) / power
}

const max = most((a, b) => a > b)

export const math: FunctionGroup = {
  atoi: fixed(['string'], text => int(parseInt64(text, 10).nearest)),
  int: fixed(['any'], value => int(toInt64(value))),
  int64: fixed(['any'], value => int64(toInt64(value))),
  float64: fixed(['any'], toFloat64),
  toDecimal: fixed(['any'], value => int64(parseInt64(textOfValue(value), 8).value ?? 0n)),
  add1: fixed(['any'], value => int64(toInt64(value) + 1n)),
  add: variadic([], 'any', (...values) =>
    int64(values.reduce<bigint>((sum, value) => sum + toInt64(value), 0n)),
  ),
  sub: binary((a, b) => a - b),
  div: fixed(['any', 'any'], (a, b) => int64(toInt64(a) / divisor(b))),
  mod: fixed(['any', 'any'], (a, b) => int64(toInt64(a) % divisor(b))),
  mul: variadic(['any'], 'any', (first, ...others) =>
    int64(
      others.reduce<bigint>(
        (product, value) => BigInt.asIntN(64, product * toInt64(value)),
        toInt64(first),
      ),
    ),
  ),
  max,
  biggest: max,
  min: most((a, b) => a < b),
  maxf: variadic(['any'], 'any', (...values) => Math.max(...values.map(toFloat64))),
  minf: variadic(['any'], 'any', (...values) => Math.min(...values.map(toFloat64))),
  ceil: float(Math.ceil),
  floor: float(Math.floor),
  round: variadic(['any', 'int'], 'float64', (value, places, on = 0.5) => round(value, places, on)),
  add1f: fixed(['any'], value => fold(value, [1], addDecimals)),
  addf: variadic([], 'any', (...values) => fold(0, values, addDecimals)),
  subf: decimals((a, b) => addDecimals(a, negate(b))),
  mulf: decimals(multiplyDecimals),
  divf: decimals(divideDecimals),
}
