/** Go's reflect.DeepEqual for values of templates: types must be equal, and nil differs from empty. */
import { entryOf, itemsOf, keysOf, sizeOf } from './collections.ts'
import { kinded, typeName } from './kind.ts'
import { isNil } from './nil.ts'
import { work } from './rendering.ts'
import {
  type GoInt,
  type GoList,
  type GoMap,
  type GoStruct,
  go,
  type Value,
  type ValueMap,
} from './value.ts'

export function deepEqual(a: Value, b: Value): boolean {
  work(1)
  if (a === b) return true
  const [left, right] = [kinded(a), kinded(b)]
  if (left.kind !== right.kind || typeName(a) !== typeName(b) || isNil(a) !== isNil(b)) return false
  switch (left.kind) {
    case 'nil':
      return true
    case 'int':
      return left.value.value === (b as GoInt).value
    case 'list':
      return equalLists(left.value, b as readonly Value[] | GoList)
    case 'map':
      return equalMaps(left.value, b as ValueMap | GoMap)
    case 'struct':
    case 'pointer':
      return equalStructs(left.value, b as GoStruct)
    default:
      return false
  }
}

function equalLists(a: readonly Value[] | GoList, b: readonly Value[] | GoList): boolean {
  const [left, right] = [itemsOf(a), itemsOf(b)]
  return left.length === right.length && left.every((item, i) => deepEqual(item, right[i]))
}

function equalMaps(a: ValueMap | GoMap, b: ValueMap | GoMap): boolean {
  if (sizeOf(a) !== sizeOf(b)) return false
  return keysOf(a).every(key => {
    const other = entryOf(b, key)
    return other !== undefined && deepEqual(entryOf(a, key), other)
  })
}

function equalStructs(a: GoStruct, b: GoStruct): boolean {
  if (a.target === b.target) return true
  if (a[go] !== b[go] || a.target === null || b.target === null) return false
  if (a.type.equal !== undefined) return a.type.equal(a.target, b.target)
  const fields = [...a.type.fields.values()]
  return fields.every(({ read }) => deepEqual(read(a.target), read(b.target)))
}
