/** Go's http.Header and url.Values. */
import { canonicalHeaderName } from '../../lib/header-name.ts'
import { method, uncallable, withoutResult } from './callable.ts'
import { sortedKeysOf } from './collections.ts'
import { escapeQuery } from './url-escape.ts'
import {
  type Callable,
  type GoMap,
  go,
  type MapType,
  nilStrings,
  strings,
  type Value,
} from './value.ts'

export type ValuesByName = ReadonlyMap<string, readonly string[]>

const listed = (stored: Value): Value =>
  Array.isArray(stored) ? strings(stored as readonly string[]) : stored

const valuesOf = (map: GoMap, name: string): readonly string[] =>
  (map.entries.get(name) ?? []) as readonly string[]

const changing = (name: string): [string, Callable] => [
  name,
  withoutResult(name, name === 'Del' ? ['string'] : ['string', 'string']),
]

const changes = ['Add', 'Set', 'Del'].map(changing)

const noWriter = 'a template has nothing to write to'

const headerType: MapType = {
  name: 'http.Header',
  underlying: 'map[string][]string',
  zero: nilStrings,
  element: listed,
  methods: new Map<string, Callable>([
    ...changes,
    ['Get', method<GoMap, ['string']>(['string'], (map, name) => header(map, name)[0] ?? '')],
    ['Values', method<GoMap, ['string']>(['string'], headerValues)],
    ['Clone', method<GoMap, []>([], map => map)],
    ['Write', uncallable(['any'], noWriter)],
    ['WriteSubset', uncallable(['any', 'any'], noWriter)],
  ]),
}

const header = (map: GoMap, name: string): readonly string[] =>
  valuesOf(map, canonicalHeaderName(name))

function headerValues(map: GoMap, name: string): Value {
  const key = canonicalHeaderName(name)
  return map.entries.has(key) ? strings(valuesOf(map, key)) : nilStrings
}

const urlValuesType: MapType = {
  name: 'url.Values',
  underlying: 'map[string][]string',
  zero: nilStrings,
  element: listed,
  methods: new Map<string, Callable>([
    ...changes,
    ['Get', method<GoMap, ['string']>(['string'], (map, name) => valuesOf(map, name)[0] ?? '')],
    ['Has', method<GoMap, ['string']>(['string'], (map, name) => map.entries.has(name))],
    ['Encode', method<GoMap, []>([], encode)],
  ]),
}

function encode(map: GoMap): string {
  const pairs = sortedKeysOf(map).flatMap(name =>
    valuesOf(map, name).map(value => `${escapeQuery(name)}=${escapeQuery(value)}`),
  )
  return pairs.join('&')
}

const none: ValuesByName = new Map()

/** `null` is Go's nil header. */
export const headerOf = (entries: ValuesByName | null): GoMap => ({
  [go]: 'map',
  type: headerType,
  entries: entries ?? none,
  isNil: entries === null,
})

export const urlValuesOf = (entries: ValuesByName): GoMap => ({
  [go]: 'map',
  type: urlValuesType,
  entries,
  isNil: false,
})

/** Go's nil `map[string]interface {}`. */
export const nilMap: GoMap = {
  [go]: 'map',
  type: {
    name: 'map[string]interface {}',
    underlying: 'map[string]interface {}',
    zero: null,
    element: stored => stored,
    methods: new Map(),
  },
  entries: new Map(),
  isNil: true,
}
