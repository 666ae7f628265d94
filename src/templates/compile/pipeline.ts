/** Pipelines: commands one after the other, and the variables that take the result. */
import type { Value } from '../go/value.ts'
import type { PipeNode } from '../syntax/nodes.ts'
import { compileCommand } from './command.ts'
import type { Eval, Frame } from './frame.ts'
import type { Scope } from './scope.ts'

export function compilePipeline(scope: Scope, pipe: PipeNode): Eval {
  const value = compileCommands(scope, pipe)
  const slots = pipe.variables.flatMap(({ slot }) => (slot === undefined ? [] : [slot]))
  if (slots.length === 0) return value
  return frame => store(frame, slots, value(frame))
}

function store(frame: Frame, slots: readonly number[], value: Value): Value {
  for (const slot of slots) frame.variables[slot] = value
  return value
}

/** A nil interface that a command gives is an absent value to the next. */
function compileCommands(scope: Scope, { commands }: PipeNode): Eval {
  const [first, ...rest] = commands.map((command, i) => compileCommand(scope, command, i > 0))
  if (first === undefined) return () => undefined
  if (rest.length === 0) return frame => first(frame, undefined) ?? undefined
  return frame => {
    let value = first(frame, undefined) ?? undefined
    for (const command of rest) value = command(frame, value) ?? undefined
    return value
  }
}
