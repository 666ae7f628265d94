/** Lists. An error for a value that is not a list names its kind; a result is a new `[]interface {}`. */
import { callError } from '../go/call-error.ts'
import { fixed, variadic } from '../go/callable.ts'
import { itemsOf } from '../go/collections.ts'
import { deepEqual } from '../go/equal.ts'
import { kinded, reflectKind } from '../go/kind.ts'
import { isEmpty } from '../go/nil.ts'
import { work } from '../go/rendering.ts'
import { nilPointer } from '../go/runtime-errors.ts'
import { type Callable, type GoList, go, nilItems, type Value } from '../go/value.ts'
import type { FunctionGroup } from './function.ts'

function itemsFor(list: Value, complaint: string, end = ''): readonly Value[] {
  const it = kinded(list)
  if (it.kind === 'nil') throw nilPointer()
  if (it.kind !== 'list') throw callError(`${complaint} ${reflectKind(list)}${end}`)
  const items = itemsOf(it.value)
  work(items.length)
  return items
}

const onList = (complaint: string, apply: (items: readonly Value[]) => Value): Callable =>
  fixed(['any'], list => apply(itemsFor(list, complaint)))

const isIn = (items: readonly Value[], needle: Value): boolean =>
  items.some(item => deepEqual(needle, item))

/** Compares strings, the usual case, in a set; other values one by one. */
function uniq(items: readonly Value[]): Value {
  const texts = new Set<string>()
  const others: Value[] = []
  return items.filter(item => {
    if (typeof item === 'string') return texts.size < texts.add(item).size
    if (isIn(others, item)) return false
    others.push(item)
    return true
  })
}

function concat(lists: readonly Value[]): Value {
  const all = lists.flatMap(list => itemsFor(list, 'Cannot concat type', ' as list'))
  return all.length === 0 ? nilItems : all
}

function chunk(size: number, list: Value): Value {
  const items = itemsFor(list, 'Cannot chunk type')
  const count = Math.floor((items.length - 1) / size) + 1
  const last = Math.trunc(items.length % size) || size
  if (!(count >= 0 && count < 2 ** 40) || (count > 0 && last < 0)) {
    throw callError('runtime error: makeslice: len out of range')
  }
  const chunks = Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size))
  const result: GoList = { [go]: 'list', type: '[][]interface {}', items: chunks, isNil: false }
  return result
}

const push = fixed(['any', 'any'], (list, item) => [...itemsFor(list, 'Cannot push on type'), item])
const prepend = fixed(['any', 'any'], (list, item) => [
  item,
  ...itemsFor(list, 'Cannot prepend on type'),
])
const first = onList('Cannot find first on type', items => items[0] ?? null)
const last = onList('Cannot find last on type', items => items.at(-1) ?? null)
const rest = onList('Cannot find rest on type', items =>
  items.length === 0 ? nilItems : items.slice(1),
)
const initial = onList('Cannot find initial on type', items =>
  items.length === 0 ? nilItems : items.slice(0, -1),
)
const reverse = onList('Cannot find reverse on type', items => items.toReversed())
const compact = onList('Cannot compact on type', items => items.filter(item => !isEmpty(item)))
const unique = onList('Cannot find uniq on type', uniq)
const without = variadic(['any'], 'any', (list, ...omitted) =>
  itemsFor(list, 'Cannot find without on type').filter(item => !isIn(omitted, item)),
)
const has = fixed(
  ['any', 'any'],
  (needle, list) => list !== null && isIn(itemsFor(list, 'Cannot find has on type'), needle),
)
const chunks = fixed(['int', 'any'], chunk)
const list = variadic([], 'any', (...values) => values)

export const lists: FunctionGroup = {
  list,
  tuple: list,
  append: push,
  push,
  mustAppend: push,
  mustPush: push,
  prepend,
  mustPrepend: prepend,
  first,
  mustFirst: first,
  last,
  mustLast: last,
  rest,
  mustRest: rest,
  initial,
  mustInitial: initial,
  reverse,
  mustReverse: reverse,
  compact,
  mustCompact: compact,
  uniq: unique,
  mustUniq: unique,
  without,
  mustWithout: without,
  has,
  mustHas: has,
  chunk: chunks,
  mustChunk: chunks,
  concat: variadic([], 'any', (...values) => concat(values)),
}
