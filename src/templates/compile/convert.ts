/** Checks arguments against Go's parameter types. */

import { itemsOf } from '../go/collections.ts'
import { nilMap } from '../go/header.ts'
import { kindOf, typeName } from '../go/kind.ts'
import {
  type GoInt,
  type GoStruct,
  go,
  isGoObject,
  nilItems,
  type Parameter,
  type Value,
} from '../go/value.ts'
import type { NumberNode, Operand } from '../syntax/nodes.ts'
import { show } from '../syntax/show.ts'

/** Either the converted argument, or Go's message. */
export type Conversion = { readonly argument: unknown } | { readonly complaint: string }

const typeNames: Readonly<Record<Parameter, string>> = {
  any: 'interface {}',
  value: 'reflect.Value',
  string: 'string',
  bool: 'bool',
  int: 'int',
  int64: 'int64',
  float64: 'float64',
  list: '[]interface {}',
  map: 'map[string]interface {}',
  uint32: 'uint32',
  time: 'time.Time',
  location: '*time.Location',
  version: '*semver.Version',
  certificate: 'sprig.certificate',
  duration: 'time.Duration',
}

const nilOf: Partial<Record<Parameter, unknown>> = {
  any: null,
  value: undefined,
  list: nilItems.items,
  map: nilMap,
  location: null,
  version: null,
}

/** Converts a computed value. */
export function convert(value: Value, parameter: Parameter): Conversion {
  if (parameter === 'value') return { argument: value }
  if (parameter === 'any') return { argument: value ?? null }
  if (value === undefined) return ofAbsent(parameter)
  const argument = assigned(value, parameter)
  if (argument !== undefined) return { argument }
  const wanted = typeNames[parameter]
  return { complaint: `wrong type for value; expected ${wanted}; got ${typeName(value)}` }
}

const ofAbsent = (parameter: Parameter): Conversion =>
  parameter in nilOf
    ? { argument: nilOf[parameter] }
    : { complaint: `invalid value; expected ${typeNames[parameter]}` }

/** The value as the parameter's type; undefined when Go would not assign it. */
function assigned(value: Value, parameter: Parameter): unknown {
  switch (parameter) {
    case 'string':
      return typeof value === 'string' ? value : undefined
    case 'bool':
      return typeof value === 'boolean' ? value : undefined
    case 'float64':
      return typeof value === 'number' ? value : undefined
    case 'list':
      return assignedList(value)
    case 'map':
      return kindOf(value) === 'map' && typeName(value) === typeNames.map ? value : undefined
    case 'time':
    case 'location':
    case 'version':
    case 'certificate':
      return assignedStruct(value, parameter)
    default:
      return assignedInt(value, parameter)
  }
}

const assignedList = (value: Value): unknown =>
  kindOf(value) === 'list' && typeName(value) === typeNames.list
    ? itemsOf(value as readonly Value[])
    : undefined

/** A struct, or a pointer for a pointer parameter; Go dereferences a pointer for a struct parameter. */
function assignedStruct(value: Value, parameter: Parameter): unknown {
  if (!isGoObject(value) || (value[go] !== 'struct' && value[go] !== 'pointer')) return undefined
  const wanted = typeNames[parameter]
  return wanted.replace('*', '') === value.type.name && fits(value, wanted)
    ? value.target
    : undefined
}

const fits = (value: GoStruct, wanted: string): boolean =>
  value[go] === 'pointer'
    ? value.target !== null || wanted.startsWith('*')
    : !wanted.startsWith('*')

function assignedInt(value: Value, parameter: Parameter): unknown {
  if (kindOf(value) !== 'int' || typeName(value) !== typeNames[parameter]) return undefined
  const number = (value as GoInt).value
  return parameter === 'int' ? Number(number) : number
}

/** Converts a literal at compile time; undefined when the node is not a literal. */
export function convertLiteral(node: Operand, parameter: Parameter): Conversion | undefined {
  switch (node.kind) {
    case 'nil':
      return ofNil(parameter)
    case 'bool':
    case 'string':
    case 'number':
      return ofLiteral(node, parameter)
    default:
      return undefined
  }
}

const ofNil = (parameter: Parameter): Conversion =>
  parameter in nilOf
    ? { argument: nilOf[parameter] }
    : { complaint: `cannot assign nil to ${typeNames[parameter]}` }

type Literal = Extract<Operand, { kind: 'bool' | 'string' | 'number' }>

function ofLiteral(node: Literal, parameter: Parameter): Conversion | undefined {
  switch (parameter) {
    case 'any':
    case 'value':
      return undefined
    case 'bool':
      return node.kind === 'bool' ? { argument: node.value } : expected('bool', node)
    case 'string':
      return node.kind === 'string' ? { argument: node.text } : expected('string', node)
    case 'list':
    case 'map':
    case 'time':
    case 'location':
    case 'version':
    case 'certificate':
      return { complaint: `can't handle ${show(node)} for arg of type ${typeNames[parameter]}` }
    default:
      return node.kind === 'number'
        ? ofNumber(node, parameter)
        : expected(numberKind(parameter), node)
  }
}

const numberKinds: Partial<Record<Parameter, string>> = {
  float64: 'float',
  uint32: 'unsigned integer',
}

const numberKind = (parameter: Parameter): string => numberKinds[parameter] ?? 'integer'

function ofNumber(node: NumberNode, parameter: Parameter): Conversion {
  const { int, float } = node.literal
  if (parameter === 'float64' && float !== undefined) return { argument: float }
  if (parameter === 'float64' || int === undefined) return expected(numberKind(parameter), node)
  if (parameter === 'uint32') {
    return int < 0n
      ? expected(numberKind(parameter), node)
      : { argument: Number(int & 0xffffffffn) }
  }
  return { argument: parameter === 'int' ? Number(int) : int }
}

const expected = (what: string, node: Operand): Conversion => ({
  complaint: `expected ${what}; found ${show(node)}`,
})
