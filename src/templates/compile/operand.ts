/** Compiles operands without arguments: literals, dot, variables, parentheses. */
import { int, type Value } from '../go/value.ts'
import type { NumberNode, Operand, VariableNode } from '../syntax/nodes.ts'
import { noSlot, rootSlot } from '../syntax/parser-state.ts'
import type { Eval } from './frame.ts'
import { executionError } from './location.ts'
import type { Scope } from './scope.ts'

export const constant =
  (value: Value): Eval =>
  () =>
    value

/** A literal's value; undefined when the node is not a literal. The value itself may be undefined. */
export function literalOf(node: Operand): { readonly value: Value } | undefined {
  switch (node.kind) {
    case 'string':
      return { value: node.text }
    case 'bool':
      return { value: node.value }
    case 'number':
      return numberOf(node)
    default:
      return undefined
  }
}

function numberOf({ literal }: NumberNode): { readonly value: Value } | undefined {
  if (literal.ideal === 'float') return { value: literal.float }
  return literal.int === undefined ? undefined : { value: int(literal.int) }
}

/** Compiles a literal; a number that does not fit into an int throws when it is used. */
export function compileLiteral(scope: Scope, node: Operand): Eval {
  const literal = literalOf(node)
  if (literal !== undefined) return constant(literal.value)
  const text =
    node.kind === 'number' ? `${node.literal.text} overflows int` : 'nil is not a command'
  return () => {
    throw executionError(scope.context, node, text)
  }
}

/** Compiles the variable itself, without fields. */
export function compileVariable({ context }: Scope, node: VariableNode): Eval {
  const { slot } = node
  if (slot === rootSlot) return frame => frame.root
  if (slot !== noSlot) return frame => frame.variables[slot]
  return () => {
    throw executionError(context, node, `undefined variable: ${node.name}`)
  }
}
