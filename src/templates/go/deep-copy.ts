import { entryOf, itemsOf, keysOf } from './collections.ts'
import { kinded } from './kind.ts'
import { isNil } from './nil.ts'
import { work } from './rendering.ts'
import { isGoObject, type Value } from './value.ts'

/** A copy that shares no list or map with the value. */
export function deepCopy(value: Value): Value {
  const it = kinded(value)
  if ((it.kind !== 'list' && it.kind !== 'map') || isNil(value)) return value
  if (it.kind === 'list') {
    const items = itemsOf(it.value)
    work(items.length + 1)
    const copies = items.map(deepCopy)
    return isGoObject(it.value) ? { ...it.value, items: copies } : copies
  }
  const keys = keysOf(it.value)
  work(keys.length + 1)
  if (isGoObject(it.value)) return it.value
  const map = it.value
  return Object.fromEntries(keys.map(key => [key, deepCopy(entryOf(map, key))]))
}
