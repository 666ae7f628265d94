/** `len`, `index`, `slice`. */
import { callError } from '../go/call-error.ts'
import { fixed, variadic } from '../go/callable.ts'
import { entryOf, itemsOf, sizeOf, zeroOf } from '../go/collections.ts'
import { kinded, reflectKind, typeName } from '../go/kind.ts'
import { nilPointer } from '../go/runtime-errors.ts'
import {
  type GoList,
  type GoMap,
  go,
  int,
  isGoObject,
  type Value,
  type ValueMap,
} from '../go/value.ts'
import { toInt } from './cast.ts'
import type { FunctionGroup } from './function.ts'

const zeroValue = 'reflect: call of reflect.Value.Type on zero Value'

function lengthOf(value: Value): Value {
  const it = kinded(value)
  switch (it.kind) {
    case 'string':
      return int(it.value.length)
    case 'list':
      return int(itemsOf(it.value).length)
    case 'map':
      return int(sizeOf(it.value))
    case 'nil':
      throw callError(value === null ? 'len of nil pointer' : zeroValue)
    default:
      throw callError(`len of type ${targetName(value)}`)
  }
}

/** The name of the type; a pointer is dereferenced first. */
const targetName = (value: Value): string => typeName(value).replace(/^\*/, '')

/** The index as a number from 0 to `limit`. */
function indexWithin(index: Value, limit: number): number {
  if (index === null || index === undefined) throw callError('cannot index slice/array with nil')
  if (!isGoObject(index) || index[go] !== 'int') {
    throw callError(`cannot index slice/array with type ${typeName(index)}`)
  }
  if (index.value < 0n || index.value > BigInt(limit)) {
    throw callError(`index out of range: ${index.value}`)
  }
  return Number(index.value)
}

function itemAt(items: readonly Value[], index: Value): Value {
  const position = indexWithin(index, items.length)
  if (position < items.length) return items[position]
  throw callError('reflect: slice index out of range')
}

function byteAt(text: string, index: Value): Value {
  const position = indexWithin(index, text.length)
  if (position < text.length) return int(text.charCodeAt(position), 'uint8')
  throw callError('reflect: string index out of range')
}

function entryAt(map: ValueMap | GoMap, key: Value): Value {
  if (key === null || key === undefined) {
    throw callError('value is nil; should be of type string')
  }
  if (typeof key !== 'string') {
    throw callError(`value has type ${typeName(key)}; should be string`)
  }
  const value = entryOf(map, key)
  return value === undefined ? zeroOf(map) : value
}

function indexOnce(item: Value, index: Value): Value {
  const it = kinded(item)
  switch (it.kind) {
    case 'list':
      return itemAt(itemsOf(it.value), index)
    case 'map':
      return entryAt(it.value, index)
    case 'string':
      return byteAt(it.value, index)
    case 'nil':
      throw callError('index of nil pointer')
    default:
      throw callError(`can't index item of type ${targetName(item)}`)
  }
}

function sliceList(list: readonly Value[] | GoList, bounds: readonly Value[]): Value {
  const items = itemsOf(list)
  if (items.length === 0) return null
  const start = bounds.length > 0 ? toInt(bounds[0]) : 0
  const end = bounds.length > 1 ? toInt(bounds[1]) : items.length
  if (start < 0 || start > end || end > items.length) {
    throw callError('reflect.Value.Slice: slice index out of bounds')
  }
  const part = items.slice(start, end)
  return isGoObject(list) ? { ...list, items: part } : part
}

const slice = variadic(['any'], 'any', (list, ...bounds) => {
  const it = kinded(list)
  if (it.kind === 'list') return sliceList(it.value, bounds)
  if (it.kind === 'nil') throw nilPointer()
  throw callError(`list should be type of slice or array but ${reflectKind(list)}`)
})

export const collections: FunctionGroup = {
  len: fixed(['value'], lengthOf),
  index: variadic(['value'], 'value', (item, ...indexes) => {
    if (item === null || item === undefined) throw callError('index of untyped nil')
    return indexes.reduce(indexOnce, item)
  }),
  slice,
  mustSlice: slice,
}
