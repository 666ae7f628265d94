/** Calls of functions and methods: arguments are counted, evaluated and checked as Go does. */

import { isCallError } from '../go/call-error.ts'
import { checkSize } from '../go/size.ts'
import type { Callable, Parameter, Value } from '../go/value.ts'
import type { CommandNode, Operand } from '../syntax/nodes.ts'
import { convert, convertLiteral } from './convert.ts'
import type { Frame } from './frame.ts'
import { lastNode } from './last-node.ts'
import { spend } from './limits.ts'
import { executionError } from './location.ts'
import type { Scope } from './scope.ts'

/** One place in a template where something is called. */
export interface Site {
  readonly scope: Scope
  readonly name: string
  /** Where a wrong number of arguments is said to be, and where a failed call is. */
  readonly node: Operand
  readonly command: Operand | CommandNode
  readonly args: readonly Operand[]
  /** The value of the pipeline so far comes as the last argument. */
  readonly hasFinal: boolean
}

/** `final` is the value of the pipeline so far; `receiver` what a method is called on. */
export type Call = (frame: Frame, final: Value, receiver: unknown) => Value

type Argument = (frame: Frame) => unknown

const refuse = (site: Site, node: Operand, message: string): Error =>
  executionError(site.scope.context, node, message)

/** Why the call cannot be made at all; undefined when it can. */
export function miscount(site: Site, { parameters, rest }: Callable): string | undefined {
  const given = site.args.length + (site.hasFinal ? 1 : 0)
  const wanted = parameters.length
  const prefix = `wrong number of args for ${site.name}: want`
  if (rest !== undefined) {
    return given < wanted ? `${prefix} at least ${wanted} got ${site.args.length}` : undefined
  }
  return given === wanted ? undefined : `${prefix} ${wanted} got ${given}`
}

export function compileCall(site: Site, callable: Callable): Call {
  const problem = miscount(site, callable) ?? callable.refusal
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
    return charged(
      site,
      frame,
      guarded(site, () => callable.apply(values, receiver)),
    )
  }
}

const parameterAt = ({ parameters, rest }: Callable, index: number): Parameter =>
  parameters[index] ?? rest ?? 'any'

/** A long text took as long to make as some iterations take. */
function charged({ scope, node }: Site, frame: Frame, result: Value): Value {
  if (typeof result !== 'string' || result.length < 64) return result
  spend(frame, result.length >> 6, { context: scope.context, node })
  return result
}

/** An error of the function itself becomes an error of the template; so does a text that is too long. */
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
