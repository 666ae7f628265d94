/** Messages of Go's runtime for panics in functions; a template shows them as the function's error. */
import { callError } from './call-error.ts'
import { kindOf, typeName } from './kind.ts'
import type { Value } from './value.ts'

export const nilPointer = (): Error =>
  callError('runtime error: invalid memory address or nil pointer dereference')

/** The error of a failed type assertion. */
export function conversionError(value: Value, wanted: string): Error {
  const actual = kindOf(value) === 'nil' ? 'nil' : typeName(value)
  return callError(`interface conversion: interface {} is ${actual}, not ${wanted}`)
}
