/** Reads lists and maps in one way, whatever their representation. */
import { current } from './rendering.ts'
import { type GoList, type GoMap, isGoObject, type Value, type ValueMap } from './value.ts'

export const itemsOf = (list: readonly Value[] | GoList): readonly Value[] =>
  current(isGoObject(list) ? list.items : list)

/** The entry for the key; `undefined` when there is none. Only own members count, because data may have any names. */
export function entryOf(map: ValueMap | GoMap, key: string): Value {
  if (!isGoObject(map)) return ownEntry(current(map), key)
  const stored = map.entries.get(key)
  return stored === undefined ? undefined : map.type.element(stored)
}

const ownEntry = (map: ValueMap, key: string): Value =>
  Object.hasOwn(map, key) ? (map[key] ?? null) : undefined

/** The value for a missing key. */
export const zeroOf = (map: ValueMap | GoMap): Value => (isGoObject(map) ? map.type.zero : null)

export const keysOf = (map: ValueMap | GoMap): readonly string[] =>
  isGoObject(map) ? [...map.entries.keys()] : Object.keys(current(map))

/** Keys in byte order, which is JavaScript's own order for byte strings. */
export const sortedKeysOf = (map: ValueMap | GoMap): readonly string[] => keysOf(map).toSorted()

export const sizeOf = (map: ValueMap | GoMap): number =>
  isGoObject(map) ? map.entries.size : Object.keys(current(map)).length

/** True when the map has no entries; does not count them. */
export function isEmptyMap(map: ValueMap | GoMap): boolean {
  if (isGoObject(map)) return map.entries.size === 0
  const entries = current(map)
  for (const key in entries) if (Object.hasOwn(entries, key)) return false
  return true
}
