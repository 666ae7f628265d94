import { fixed, variadic } from '../go/callable.ts'
import { isEmpty } from '../go/nil.ts'
import type { FunctionGroup } from './function.ts'

export const defaults: FunctionGroup = {
  default: variadic(['any'], 'any', (fallback, ...given) =>
    given.length === 0 || isEmpty(given[0]) ? fallback : given[0],
  ),
  empty: fixed(['any'], isEmpty),
  coalesce: variadic([], 'any', (...values) => values.find(value => !isEmpty(value)) ?? null),
  all: variadic([], 'any', (...values) => !values.some(isEmpty)),
  any: variadic([], 'any', (...values) => values.some(value => !isEmpty(value))),
  ternary: fixed(['any', 'any', 'bool'], (whenTrue, whenFalse, test) =>
    test ? whenTrue : whenFalse,
  ),
}
