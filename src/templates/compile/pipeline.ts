/** Compiles pipelines: commands one after the other, and the variables that receive the result. */
import type { Value } from '../go/value.ts'
import type { PipeNode, VariableNode } from '../syntax/nodes.ts'
import { noSlot, rootSlot } from '../syntax/parser-state.ts'
import { compileCommand } from './command.ts'
import type { Eval, Frame } from './frame.ts'
import { lastNode } from './last-node.ts'
import { executionError } from './location.ts'
import type { Scope } from './scope.ts'

export function compilePipeline(scope: Scope, pipe: PipeNode): Eval {
  const value = compileCommands(scope, pipe)
  const { variables } = pipe
  if (variables.length === 0) return value
  const stores = variables.map(variable => compileStore(scope, pipe, variable))
  return frame => {
    const result = value(frame)
    for (const store of stores) store(frame, result)
    return result
  }
}

type Store = (frame: Frame, value: Value) => void

function compileStore({ context }: Scope, pipe: PipeNode, { slot, name }: VariableNode): Store {
  if (slot === noSlot) {
    return () => {
      throw executionError(context, lastNode(pipe), `undefined variable: ${name}`)
    }
  }
  if (slot === rootSlot) {
    return (frame, value) => {
      frame.root = value
    }
  }
  return (frame, value) => {
    frame.variables[slot] = value
  }
}

/** A nil interface from a command is an absent value for the next command. */
function compileCommands(scope: Scope, pipe: PipeNode): Eval {
  const [first, ...rest] = pipe.commands.map((command, i, all) => {
    const before = all[i - 1]
    const tail = { hasFinal: i > 0, before: before === undefined ? pipe : lastNode(before) }
    return compileCommand(scope, command, tail)
  })
  if (first === undefined) return () => undefined
  if (rest.length === 0) return frame => first(frame, undefined) ?? undefined
  return frame => {
    let value = first(frame, undefined) ?? undefined
    for (const command of rest) value = command(frame, value) ?? undefined
    return value
  }
}
