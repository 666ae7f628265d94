/**
 * Maps with string keys. `set`, `unset` and `merge` change their argument for the current rendering only
 * (go/rendering.ts). `keys` and `values` return the map's own order; in Go it is random.
 */
import { textOfValue } from '../fmt/print-value.ts'
import { callError } from '../go/call-error.ts'
import { fixed, variadic } from '../go/callable.ts'
import { entryOf, keysOf } from '../go/collections.ts'
import { deepCopy } from '../go/deep-copy.ts'
import { kindOf, typeName } from '../go/kind.ts'
import { mergeInto } from '../go/merge.ts'
import { changeable, work } from '../go/rendering.ts'
import { conversionError } from '../go/runtime-errors.ts'
import { type GoMap, isGoObject, strings, type Value, type ValueMap } from '../go/value.ts'
import type { FunctionGroup } from './function.ts'

type AnyMap = ValueMap | GoMap

const mapName = 'map[string]interface {}'

/** All entries; they are counted as work. */
function entriesOf(map: AnyMap): [string, Value][] {
  const keys = keysOf(map)
  work(keys.length)
  return keys.map(key => [key, entryOf(map, key)])
}

function dict(values: readonly Value[]): Value {
  const entries = new Map<string, Value>()
  for (let i = 0; i < values.length; i += 2) {
    entries.set(textOfValue(values[i]), i + 1 < values.length ? values[i + 1] : '')
  }
  return Object.fromEntries(entries)
}

function set(map: AnyMap, key: string, value: Value): Value {
  if (isGoObject(map)) throw callError('assignment to entry in nil map')
  changeable(map)[key] = value
  return map
}

function unset(map: AnyMap, key: string): Value {
  if (!isGoObject(map) && entryOf(map, key) !== undefined) delete changeable(map)[key]
  return map
}

const has = (map: AnyMap, key: string): boolean => entryOf(map, key) !== undefined

function isMap(value: Value): value is AnyMap {
  return kindOf(value) === 'map' && typeName(value) === mapName
}

/** Arguments: the keys of the path, the default for a missing key, the map. */
function dig(values: readonly Value[]): Value {
  if (values.length < 3) throw callError('dig needs at least three arguments')
  const [map, fallback] = [values.at(-1), values.at(-2)]
  if (!isMap(map)) throw conversionError(map, mapName)
  const path = values.slice(0, -2)
  for (const key of path) if (typeof key !== 'string') throw conversionError(key, 'string')
  return digIn(map, path as readonly string[], fallback)
}

function digIn(map: AnyMap, path: readonly string[], fallback: Value): Value {
  let step: Value = map
  for (const key of path) {
    if (!isMap(step)) throw conversionError(step, mapName)
    const next = entryOf(step, key)
    if (next === undefined) return fallback
    step = next
  }
  return step
}

const merge = (overwrite: boolean) =>
  variadic(['map'], 'map', (target, ...sources) =>
    sources.reduce((map, source) => mergeInto(map, source, overwrite), target),
  )

const copy = fixed(['any'], value => {
  if (kindOf(value) === 'nil') {
    throw callError('reflect: call of reflect.Value.Type on zero Value')
  }
  return deepCopy(value)
})

export const dicts: FunctionGroup = {
  dict: variadic([], 'any', (...values) => dict(values)),
  get: fixed(['map', 'string'], (map, key) => {
    const value = entryOf(map, key)
    return value === undefined ? '' : value
  }),
  set: fixed(['map', 'string', 'any'], set),
  unset: fixed(['map', 'string'], unset),
  hasKey: fixed(['map', 'string'], has),
  pluck: variadic(['string'], 'map', (key, ...maps) =>
    maps.filter(map => has(map, key)).map(map => entryOf(map, key)),
  ),
  keys: variadic([], 'map', (...maps) =>
    strings(maps.flatMap(map => entriesOf(map).map(([key]) => key))),
  ),
  values: fixed(['map'], map => entriesOf(map).map(([, value]) => value)),
  pick: variadic(['map'], 'string', (map, ...keys) =>
    Object.fromEntries(keys.filter(key => has(map, key)).map(key => [key, entryOf(map, key)])),
  ),
  omit: variadic(['map'], 'string', (map, ...keys) => {
    const omitted = new Set(keys)
    return Object.fromEntries(entriesOf(map).filter(([key]) => !omitted.has(key)))
  }),
  dig: variadic([], 'any', (...values) => dig(values)),
  merge: merge(false),
  mustMerge: merge(false),
  mergeOverwrite: merge(true),
  mustMergeOverwrite: merge(true),
  deepCopy: copy,
  mustDeepCopy: copy,
}
