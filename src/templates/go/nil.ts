import { isEmptyMap, itemsOf } from './collections.ts'
import { kinded } from './kind.ts'
import { isGoObject, type Value } from './value.ts'

/** True for nil of any type: absent value, nil interface, nil map, nil list, nil pointer. */
export function isNil(value: Value): boolean {
  if (value === null || value === undefined) return true
  if (!isGoObject(value)) return false
  if ('isNil' in value) return value.isNil
  return 'target' in value && value.target === null
}

/** Go's truth: not empty, not zero, not nil; structs are always true. */
export function isTrue(value: Value): boolean {
  const it = kinded(value)
  switch (it.kind) {
    case 'nil':
      return false
    case 'string':
      return it.value !== ''
    case 'bool':
      return it.value
    case 'float':
      return it.value !== 0
    case 'int':
      return it.value.value !== 0n
    case 'list':
      return itemsOf(it.value).length > 0
    case 'map':
      return !isEmptyMap(it.value)
    default:
      return it.kind === 'struct' || it.value.target !== null
  }
}

/** True for the values that `default` replaces. */
export const isEmpty = (value: Value): boolean => !isTrue(value)
