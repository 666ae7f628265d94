/** Calls functions and methods: counts, evaluates and checks arguments as Go does. */

import { isCallError } from '../go/call-error.ts'
import { checkSize } from '../go/size.ts'
import { type Callable, type GoList, isGoObject, type Parameter, type Value } from '../go/value.ts'
import type { CommandNode, Operand } from '../syntax/nodes.ts'
import { convert, convertLiteral } from './convert.ts'
import type { Frame } from './frame.ts'
import { lastNode } from './last-node.ts'
import { spend } from './limits.ts'
import { executionError } from './location.ts'
import type { Scope } from './scope.ts'

/** One place in a template where a function or method is called. */
export interface Site {
  readonly scope: Scope
  readonly name: string
  /** The node that errors name: a wrong number of arguments, or a failed call. */
  readonly node: Operand
  readonly command: Operand | CommandNode
  readonly args: readonly Operand[]
  /** The result of the pipeline so far is the last argument. */
  readonly hasFinal: boolean
}

/** `final` is the result of the pipeline so far; `receiver` is the object of a method call. */
export type Call = (frame: Frame, final: Value, receiver: unknown) => Value

type Argument = (frame: Frame) => unknown

const refuse = (site: Site, node: Operand, message: string): Error =>
  executionError(site.scope.context, node, message)

/** Go's message for a wrong number of arguments; undefined when the number is right. */
export function argumentCountError(site: Site, { parameters, rest }: Callable): string | undefined {
  const given = site.args.length + (site.hasFinal ? 1 : 0)
  const wanted = parameters.length
  const prefix = `wrong number of args for ${site.name}: want`
  if (rest !== undefined) {
    return given < wanted ? `${prefix} at least ${wanted} got ${site.args.length}` : undefined
  }
  return given === wanted ? undefined : `${prefix} ${wanted} got ${given}`
}

export function compileCall(site: Site, callable: Callable): Call {
  const problem = argumentCountError(site, callable) ?? callable.refusal
  if (problem !== undefined) {
    return () => {
      throw refuse(site, site.node, problem)
    }
  }
  const args = site.args.map((node, i) => compileArgument(site, node, parameterAt(callable, i)))
  const last = site.hasFinal ? finalArgument(site, parameterAt(callable, args.length)) : undefined
  return (frame, final, receiver) => {
    const values: unknown[] = []
    for (const arg of args) values.push(arg(frame))
    if (last !== undefined) values.push(last(final))
    for (const value of values) countWork(site, frame, value)
    const result = guarded(site, () => callable.apply(values, receiver))
    countWork(site, frame, result)
    return result
  }
}

const parameterAt = ({ parameters, rest }: Callable, index: number): Parameter =>
  parameters[index] ?? rest ?? 'any'

/** Counts long texts and lists as steps, because they take as long as some iterations. */
function countWork({ scope, node }: Site, frame: Frame, value: unknown): void {
  const steps = weightOf(value)
  if (steps > 0) spend(frame, steps, { context: scope.context, node })
}

function weightOf(value: unknown): number {
  if (typeof value === 'string') return value.length >> 6
  if (typeof value !== 'object' || value === null) return 0
  if (Array.isArray(value)) return value.length >> 4
  return isGoObject(value as Value) && 'items' in value ? (value as GoList).items.length >> 4 : 0
}

/** Converts an error of the function to an error of the template; also limits the length of the result. */
function guarded(site: Site, call: () => Value): Value {
  try {
    const result = call()
    return typeof result === 'string' ? checkSize(result) : result
  } catch (error) {
    if (!isCallError(error)) throw error
    const message = `error calling ${site.name}: ${error.message}`
    throw executionError(site.scope.context, site.command, message)
  }
}

export function compileArgument(site: Site, node: Operand, parameter: Parameter): Argument {
  const literal = convertLiteral(node, parameter)
  if (literal !== undefined) {
    if ('argument' in literal) return () => literal.argument
    return () => {
      throw refuse(site, node, literal.complaint)
    }
  }
  const compute = site.scope.operand(site.scope, node)
  const at = lastNode(node)
  return frame => checked(site, at, convert(compute(frame), parameter))
}

function checked(site: Site, node: Operand, conversion: ReturnType<typeof convert>): unknown {
  if ('argument' in conversion) return conversion.argument
  throw refuse(site, node, conversion.complaint)
}

function finalArgument(site: Site, parameter: Parameter): (final: Value) => unknown {
  const last = site.args.at(-1)
  const at = last === undefined ? site.node : lastNode(last)
  return final => checked(site, at, convert(final, parameter))
}
