/** Merges one map into another, in place and recursively, as dario.cat/mergo does. */
import { entryOf, keysOf } from './collections.ts'
import { kindOf } from './kind.ts'
import { isEmpty } from './nil.ts'
import { changeable, work } from './rendering.ts'
import { type GoMap, isGoObject, type Value, type ValueMap } from './value.ts'

type AnyMap = ValueMap | GoMap

/** Returns the target, or a new map when the target was nil. */
export function mergeInto(target: AnyMap, source: AnyMap, overwrite: boolean): AnyMap {
  if (isGoObject(target) && !target.isNil) return target
  if (isGoObject(target) && isGoObject(source) && source.isNil) return target
  const map: ValueMap = isGoObject(target) ? {} : target
  const keys = keysOf(source)
  work(keys.length + 1)
  for (const key of keys) mergeEntry(map, key, { value: entryOf(source, key), overwrite })
  return map
}

interface Source {
  readonly value: Value
  readonly overwrite: boolean
}

function mergeEntry(map: ValueMap, key: string, { value, overwrite }: Source): void {
  const old = entryOf(map, key)
  const kind = kindOf(value)
  if (kind === 'nil') {
    if (overwrite) changeable(map)[key] = null
    return
  }
  const bothMaps = kind === 'map' && kindOf(old) === 'map'
  if (bothMaps) mergeInto(old as AnyMap, value as AnyMap, overwrite)
  if (overwrite ? !bothMaps || isEmpty(old) : isEmpty(old)) changeable(map)[key] = value
}
