/** Prints results: absent values as Go's templates do, pointers as their targets. */
import { kinded } from '../go/kind.ts'
import { go, type Value } from '../go/value.ts'
import { textOfValue } from './print-value.ts'

const noValue = '<no value>'

/** The value that an action or an escaping function prints in place of `value`. */
export function printable(value: Value): Value {
  const it = kinded(value)
  if (it.kind === 'nil') return noValue
  const prints =
    it.kind === 'pointer' && it.value.type.text === undefined && it.value.target !== null
  return prints ? { ...it.value, [go]: 'struct' } : value
}

/** `{{ x }}` */
export const textOfResult = (value: Value): string =>
  typeof value === 'string' ? value : textOfValue(printable(value))

/** Go's fmt.Sprint: a space between two values if neither is a string. */
export function sprint(values: readonly Value[]): string {
  let text = ''
  values.forEach((value, i) => {
    const before = values[i - 1]
    const spaced = i > 0 && typeof value !== 'string' && typeof before !== 'string'
    text += (spaced ? ' ' : '') + textOfValue(value)
  })
  return text
}
