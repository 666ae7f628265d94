/** Compiles commands (`index .Extra "x"`) and operands. */

import type { Session } from '../../model/session.ts'
import { kindOf } from '../go/kind.ts'
import { isTrue } from '../go/nil.ts'
import { sessionField } from '../go/session.ts'
import type { Value } from '../go/value.ts'
import type { ChainNode, CommandNode, FieldNode, Operand, VariableNode } from '../syntax/nodes.ts'
import { noSlot } from '../syntax/parser-state.ts'
import { show } from '../syntax/show.ts'
import { type Call, compileCall, type Site } from './call.ts'
import { type Chain, readFields } from './fields.ts'
import type { Eval, Frame } from './frame.ts'
import { nodeOfChain } from './last-node.ts'
import { executionError } from './location.ts'
import { compileLiteral, compileVariable } from './operand.ts'
import type { Scope } from './scope.ts'
import { compileFunctionCall, compileLogic } from './special.ts'

/** A compiled command; receives the result of the pipeline so far. */
export type Command = (frame: Frame, final: Value) => Value

/** What follows the first word of a command. */
interface Tail {
  readonly args: readonly Operand[]
  readonly hasFinal: boolean
  readonly command: Operand | CommandNode
  /** The node that was evaluated before. */
  readonly before: Operand
}

/** Compiles a command of a pipeline; `before` is the node that was evaluated before it. */
export function compileCommand(
  scope: Scope,
  command: CommandNode,
  { hasFinal, before }: Pick<Tail, 'hasFinal' | 'before'>,
): Command {
  const [word, ...args] = command.words
  return compileWord(scope, word, { args, hasFinal, command, before })
}

/** Compiles an operand that is an argument: it has no arguments of its own. */
export function compileOperand(scope: Scope, node: Operand): Eval {
  const command = compileWord(scope, node, noTail(node))
  return frame => command(frame, undefined)
}

function compileWord(scope: Scope, word: Operand, tail: Tail): Command {
  const command = compileAnyWord(scope, word, tail)
  if (!scope.refusesEmpty || !reads.has(word.kind)) return command
  return (frame, final) => {
    const value = command(frame, final)
    if (!isMissing(value)) return value
    throw executionError(scope.context, word, `${show(word)} has no value`)
  }
}

/** Nil, or an empty text, list or map. False and zero are values. */
const isMissing = (value: Value): boolean =>
  !isTrue(value) && typeof value !== 'boolean' && typeof value !== 'number' && !isInt(value)

const isInt = (value: Value): boolean => kindOf(value) === 'int'

/** Operands whose value is not written in the template. */
const reads: ReadonlySet<Operand['kind']> = new Set([
  'dot',
  'field',
  'chain',
  'identifier',
  'variable',
])

function compileAnyWord(scope: Scope, word: Operand, tail: Tail): Command {
  switch (word.kind) {
    case 'field':
      return compileField(scope, word, tail)
    case 'chain':
      return compileChain(scope, word, tail)
    case 'identifier':
      return compileFunction(siteOf(scope, word, tail))
    case 'variable':
      if (word.names.length > 0) return compileVariableFields(scope, word, tail)
      if (word.slot === noSlot) return compileVariable(scope, word)
      return withoutArguments(scope, word, tail) ?? compileVariable(scope, word)
    case 'pipe':
      return withoutArguments(scope, word, tail) ?? scope.pipeline(scope, word)
    case 'dot':
      return withoutArguments(scope, word, tail) ?? (frame => frame.dot)
    default:
      return withoutArguments(scope, word, tail) ?? compileLiteral(scope, word)
  }
}

/** Throws Go's message when arguments follow something that is not a function. */
function withoutArguments(scope: Scope, word: Operand, tail: Tail): Command | undefined {
  if (tail.args.length === 0 && !tail.hasFinal) return undefined
  return () => {
    const at = word.kind === 'pipe' ? tail.before : word
    throw executionError(scope.context, at, `can't give argument to non-function ${show(word)}`)
  }
}

const siteOf = (scope: Scope, word: Operand, tail: Tail): Site => ({
  scope,
  name: word.kind === 'identifier' ? word.name : show(word),
  node: word,
  command: tail.command,
  args: tail.args,
  hasFinal: tail.hasFinal,
})

function compileFunction(site: Site): Command {
  const call = callOf(site)
  return (frame, final) => call(frame, final, undefined)
}

function callOf(site: Site): Call {
  if (site.name === 'and' || site.name === 'or') return compileLogic(site, site.name === 'or')
  if (site.name === 'call') return compileFunctionCall(site)
  const callable = site.scope.functions.get(site.name)
  if (callable === undefined) throw new Error(`the parser let the function ${site.name} pass`)
  return compileCall(site, callable)
}

const noTail = (node: Operand): Tail => ({
  args: [],
  hasFinal: false,
  command: node,
  before: node,
})

/** The parts of a chain that depend only on its node. */
type Names = Pick<Chain, 'node' | 'at' | 'names'>

const chainOf = (scope: Scope, { node, at, names }: Names, { args, hasFinal }: Tail): Chain => ({
  scope,
  node,
  at,
  names,
  args,
  hasFinal,
  calls: undefined,
  lastCalls: undefined,
})

function compileField(scope: Scope, node: FieldNode, tail: Tail): Command {
  const { names } = node
  const chain = chainOf(scope, { node, names, at: node }, tail)
  const first = scope.dotIsSession ? sessionField(names[0] ?? '') : undefined
  const known = first !== undefined && (names.length > 1 || isBare(tail)) ? first : undefined
  if (known === undefined) {
    return (frame, final) =>
      readFields(chain, frame, { value: frame.dot, boxed: frame.boxed, from: 0, final })
  }
  if (names.length === 1) return frame => known(sessionOf(frame.dot))
  return (frame, final) => {
    const value = known(sessionOf(frame.dot))
    return readFields(chain, frame, { value, boxed: false, from: 1, final })
  }
}

const isBare = ({ args, hasFinal }: Tail): boolean => args.length === 0 && !hasFinal

const sessionOf = (dot: Value): Session => (dot as { readonly target: Session }).target

function compileVariableFields(scope: Scope, node: VariableNode, tail: Tail): Command {
  const chain = chainOf(scope, { node, names: node.names, at: node }, tail)
  const variable = compileVariable(scope, node)
  const boxed = node.ranged
  return (frame, final) =>
    readFields(chain, frame, { value: variable(frame), boxed, from: 0, final })
}

function compileChain(scope: Scope, node: ChainNode, tail: Tail): Command {
  if (node.of.kind === 'nil') {
    return () => {
      throw executionError(scope.context, node, `indirection through explicit nil in ${show(node)}`)
    }
  }
  const chain = chainOf(scope, { node, names: node.names, at: nodeOfChain(node) }, tail)
  const of = compileOperand(scope, node.of)
  return (frame, final) =>
    readFields(chain, frame, { value: of(frame), boxed: false, from: 0, final })
}
