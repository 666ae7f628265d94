/** Converts any value to a number, as spf13/cast does: a value that is not a number becomes 0. */
import { kinded } from '../go/kind.ts'
import { parseFloat64, parseInt64 } from '../go/parse-number.ts'
import { type GoInt, isGoObject, type Value } from '../go/value.ts'

const lowest = -(1n << 63n)

/** Converts a float64 to an int64 as the processor does: decimals are cut off, and a number out of range becomes the lowest. */
export function truncated(value: number): bigint {
  const whole = Math.trunc(value)
  return whole >= -(2 ** 63) && whole < 2 ** 63 ? BigInt(whole) : lowest
}

/** cast does not convert `time.Duration`. */
const known = ({ type }: GoInt): boolean => type !== 'time.Duration'

export function toInt64(value: Value): bigint {
  const it = kinded(value)
  switch (it.kind) {
    case 'int':
      return known(it.value) ? BigInt.asIntN(64, it.value.value) : 0n
    case 'float':
      return truncated(it.value)
    case 'bool':
      return it.value ? 1n : 0n
    case 'string':
      return parseInt64(withoutZeroDecimals(it.value), 0).value ?? 0n
    default:
      return 0n
  }
}

/** `3.00` counts as `3`. */
const withoutZeroDecimals = (text: string): string => text.replace(/\.0+$/, '')

/** Converts to an index or a count. */
export const toInt = (value: Value): number => Number(toInt64(value))

export function toFloat64(value: Value): number {
  const it = kinded(value)
  switch (it.kind) {
    case 'int':
      return known(it.value) ? Number(it.value.value) : 0
    case 'float':
      return it.value
    case 'bool':
      return it.value ? 1 : 0
    case 'string':
      return parseFloat64(it.value) ?? 0
    default:
      return 0
  }
}

export const isInt = (value: Value, type: GoInt['type']): value is GoInt =>
  isGoObject(value) && 'value' in value && value.type === type
