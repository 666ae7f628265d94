/** The kind of a Go value, and Go's name of its type. */

import { intTypes } from './int-types.ts'
import {
  type GoInt,
  type GoList,
  type GoMap,
  type GoStruct,
  go,
  isGoObject,
  type Value,
  type ValueMap,
} from './value.ts'

/** A value with its kind, so that a `switch` narrows it. */
export type Kinded =
  | { readonly kind: 'nil'; readonly value: null | undefined }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: GoInt }
  | { readonly kind: 'list'; readonly value: readonly Value[] | GoList }
  | { readonly kind: 'map'; readonly value: ValueMap | GoMap }
  | { readonly kind: 'struct' | 'pointer'; readonly value: GoStruct }

export type Kind = Kinded['kind']

const primitives: Readonly<Record<string, Kind>> = {
  undefined: 'nil',
  string: 'string',
  boolean: 'bool',
  number: 'float',
}

export function kindOf(value: Value): Kind {
  const primitive = primitives[typeof value]
  if (primitive !== undefined) return primitive
  if (value === null) return 'nil'
  if (Array.isArray(value)) return 'list'
  return isGoObject(value) ? value[go] : 'map'
}

export const kinded = (value: Value): Kinded => ({ kind: kindOf(value), value }) as Kinded

const names: Readonly<Record<string, string>> = {
  nil: 'interface {}',
  string: 'string',
  bool: 'bool',
  float: 'float64',
  list: '[]interface {}',
  map: 'map[string]interface {}',
}

export function typeName(value: Value): string {
  if (!isGoObject(value)) return names[kindOf(value)] ?? 'interface {}'
  switch (value[go]) {
    case 'int':
    case 'list':
      return value.type
    case 'map':
    case 'struct':
      return value.type.name
    case 'pointer':
      return `*${value.type.name}`
  }
}

/** Go's name of the kind in reflection. */
export function reflectKind(value: Value): string {
  const kind = kindOf(value)
  const known: Partial<Record<Kind, string>> = { list: 'slice', float: 'float64', pointer: 'ptr' }
  if (kind === 'int') return intTypes[(value as GoInt).type].kind
  return value === null || value === undefined ? 'invalid' : (known[kind] ?? kind)
}
