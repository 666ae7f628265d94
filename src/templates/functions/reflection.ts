import { callError } from '../go/call-error.ts'
import { fixed } from '../go/callable.ts'
import { deepEqual } from '../go/equal.ts'
import { reflectKind, typeName } from '../go/kind.ts'
import type { Value } from '../go/value.ts'
import type { FunctionGroup } from './function.ts'

const typeOf = (value: Value): string =>
  value === null || value === undefined ? '<nil>' : typeName(value)

export const reflection: FunctionGroup = {
  typeOf: fixed(['any'], typeOf),
  typeIs: fixed(['string', 'any'], (type, value) => type === typeOf(value)),
  typeIsLike: fixed(['string', 'any'], (type, value) => [type, `*${type}`].includes(typeOf(value))),
  kindOf: fixed(['any'], reflectKind),
  kindIs: fixed(['string', 'any'], (kind, value) => kind === reflectKind(value)),
  deepEqual: fixed(['any', 'any'], deepEqual),
  fail: fixed(['string'], message => {
    throw callError(message)
  }),
}
