/**
 * Finds fields that the session does not have, before a template is rendered. Only checks places where the dot is
 * certainly the session: not inside `with`, `range` and `define`. `$` is the session everywhere in the main text.
 */
import { nearest } from '../lib/schema/nearest.ts'
import { memberTypes, sessionType } from './go/session.ts'
import type { Operand, PipeNode, Statement } from './syntax/nodes.ts'
import { parse } from './syntax/parser.ts'

const name = 'template'

/** Describes the first unknown field; undefined when there is none. The source must parse; functions are not checked. */
export function unknownField(source: string): string | undefined {
  const { trees } = parse(source, { name, hasFunction: () => true })
  return firstOf(trees.get(name)?.body ?? [], statement => inStatement(statement, true))
}

function firstOf<T>(
  items: readonly T[],
  find: (item: T) => string | undefined,
): string | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

/** `rooted`: the dot is the session. */
function inStatement(statement: Statement, rooted: boolean): string | undefined {
  if (statement.kind === 'action') return inPipe(statement.pipe, rooted)
  if (statement.kind === 'template') return statement.pipe && inPipe(statement.pipe, rooted)
  if (!('body' in statement)) return undefined
  const { kind, pipe, body, otherwise = [] } = statement
  return (
    inPipe(pipe, rooted) ??
    firstOf(body, inner => inStatement(inner, rooted && kind === 'if')) ??
    firstOf(otherwise, inner => inStatement(inner, rooted))
  )
}

const inPipe = ({ commands }: PipeNode, rooted: boolean): string | undefined =>
  firstOf(commands, ({ words }) => firstOf(words, word => inOperand(word, rooted)))

function inOperand(operand: Operand, rooted: boolean): string | undefined {
  if (operand.kind === 'pipe') return inPipe(operand, rooted)
  if (operand.kind === 'chain') return inOperand(operand.of, rooted)
  if (operand.kind === 'field') return rooted ? inNames(operand.names) : undefined
  return operand.kind === 'variable' && operand.name === '$' ? inNames(operand.names) : undefined
}

function inNames(names: readonly string[]): string | undefined {
  let type = sessionType
  for (const [at, wanted] of names.entries()) {
    if (type.methods.has(wanted)) return undefined
    if (!type.fields.has(wanted))
      return unknown(names.slice(0, at), wanted, [...type.fields.keys(), ...type.methods.keys()])
    const next = memberTypes.get(type)?.get(wanted)
    if (next === undefined) return undefined
    type = next
  }
  return undefined
}

function unknown(before: readonly string[], wanted: string, known: readonly string[]): string {
  const path = before.map(part => `.${part}`).join('')
  const holder = path === '' ? 'the session' : path
  const lower = wanted.toLowerCase()
  const meant = known.find(field => field.toLowerCase() === lower) ?? nearest(wanted, known)
  const hint = meant === undefined ? '' : `; did you mean ${path}.${meant}?`
  return `${path}.${wanted}: ${holder} has no field ${wanted}${hint}`
}
