/** Checking arguments against Go's parameter types. */

import { kindOf, typeName } from '../go/kind.ts'
import { type GoInt, isGoObject, type Parameter, type Value } from '../go/value.ts'
import type { NumberNode, Operand } from '../syntax/nodes.ts'
import { show } from '../syntax/show.ts'

/** Either the argument as the function takes it, or Go's complaint. */
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
}

const nilOf: Partial<Record<Parameter, unknown>> = {
  any: null,
  value: undefined,
  list: [],
  map: {},
}

/** A value that was computed. */
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

/** The value as that parameter takes it; undefined when Go would not assign it. */
function assigned(value: Value, parameter: Parameter): unknown {
  switch (parameter) {
    case 'string':
      return typeof value === 'string' ? value : undefined
    case 'bool':
      return typeof value === 'boolean' ? value : undefined
    case 'float64':
      return typeof value === 'number' ? value : undefined
    case 'list':
      return Array.isArray(value) ? value : undefined
    case 'map':
      return assignedMap(value)
    default:
      return assignedInt(value, parameter)
  }
}

function assignedMap(value: Value): unknown {
  if (kindOf(value) !== 'map') return undefined
  if (!isGoObject(value)) return value
  return typeName(value) === typeNames.map ? {} : undefined
}

function assignedInt(value: Value, parameter: Parameter): unknown {
  if (kindOf(value) !== 'int' || typeName(value) !== parameter) return undefined
  const number = (value as GoInt).value
  return parameter === 'int' ? Number(number) : number
}

/** What a literal is to a parameter, decided once; undefined when the node is no literal. */
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
      return { complaint: `can't handle ${show(node)} for arg of type ${typeNames[parameter]}` }
    default:
      return node.kind === 'number'
        ? ofNumber(node, parameter)
        : expected(numberKind(parameter), node)
  }
}

const numberKind = (parameter: Parameter): string => (parameter === 'float64' ? 'float' : 'integer')

function ofNumber(node: NumberNode, parameter: Parameter): Conversion {
  const { int, float } = node.literal
  if (parameter === 'float64' && float !== undefined) return { argument: float }
  if (parameter === 'float64' || int === undefined) return expected(numberKind(parameter), node)
  return { argument: parameter === 'int' ? Number(int) : int }
}

const expected = (what: string, node: Operand): Conversion => ({
  complaint: `expected ${what}; found ${show(node)}`,
})
