import type { Known } from '../go/known.ts'
import type { BranchNode, Statement, VariableNode } from '../syntax/nodes.ts'
import { call, type Place, type Walk } from './walk.ts'
import { typeOfPipe } from './walk-values.ts'

export function walkStatements(
  walk: Walk,
  place: Place,
  statements: readonly Statement[] = [],
): void {
  for (const statement of statements) walkStatement(walk, place, statement)
}

function walkStatement(walk: Walk, place: Place, statement: Statement): void {
  switch (statement.kind) {
    case 'action':
      declare(place, statement.pipe.variables, typeOfPipe(walk, place, statement.pipe))
      return
    case 'template':
      call(walk, statement.name, statement.pipe && typeOfPipe(walk, place, statement.pipe))
      return
    case 'if':
    case 'with':
    case 'range':
      walkBranch(walk, place, statement)
  }
}

function walkBranch(walk: Walk, place: Place, { kind, pipe, body, otherwise }: BranchNode): void {
  const type = typeOfPipe(walk, place, pipe)
  const element = type?.kind === 'list' ? type.of : undefined
  const found = kind === 'range' ? element : type
  // Of two variables of a range the first is the key.
  declare(place, kind === 'range' ? pipe.variables.slice(-1) : pipe.variables, found)
  walkStatements(walk, kind === 'if' ? place : { ...place, dot: found }, body)
  walkStatements(walk, place, otherwise)
}

const declare = (
  { slots }: Place,
  variables: readonly VariableNode[],
  type: Known | undefined,
): void => {
  for (const { slot } of variables) slots.set(slot, type)
}
