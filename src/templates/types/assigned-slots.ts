import type { Operand, PipeNode, Statement } from '../syntax/nodes.ts'

/** The slots of variables that `=` gives another value, anywhere in the statements. */
export function assignedSlots(statements: readonly Statement[]): ReadonlySet<number> {
  const slots = new Set<number>()
  const inPipe = ({ assigns, variables, commands }: PipeNode): void => {
    if (assigns) for (const { slot } of variables) slots.add(slot)
    for (const { words } of commands) for (const word of words) inOperand(word)
  }
  const inOperand = (operand: Operand): void => {
    if (operand.kind === 'pipe') inPipe(operand)
    if (operand.kind === 'chain') inOperand(operand.of)
  }
  const inStatement = (statement: Statement): void => {
    if ('pipe' in statement && statement.pipe !== undefined) inPipe(statement.pipe)
    if (!('body' in statement)) return
    for (const inner of statement.body) inStatement(inner)
    for (const inner of statement.otherwise ?? []) inStatement(inner)
  }
  for (const statement of statements) inStatement(statement)
  return slots
}
