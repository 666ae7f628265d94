/** The branches of a template, so that it can be said which of them were never taken. */
import { textOf } from '../lib/bytes.ts'
import type { BranchNode, Statement } from './syntax/nodes.ts'
import { parse } from './syntax/parser.ts'

export interface Branch {
  readonly kind: BranchNode['kind']
  /** Also where no `else` is written. */
  readonly isElse: boolean
  /** Of the condition, a byte offset: as `OnBranch` gets it. */
  readonly position: number
  /** Where the action begins; both count from 1, columns in characters. */
  readonly line: number
  readonly column: number
}

/** In the order of the text. The source must parse; functions are not checked. */
export function branchesOf(source: string): readonly Branch[] {
  if (!/\{\{-?\s*(?:if|with|range)\b/.test(source)) return []
  const { trees } = parse(source, { name: 'template', hasFunction: () => true })
  return [...trees.values()]
    .flatMap(({ body }) => nodesIn(body))
    .sort((one, other) => one.position - other.position)
    .flatMap(node => [false, true].map(isElse => branchOf(source, node, isElse)))
}

const nodesIn = (statements: readonly Statement[]): readonly BranchNode[] =>
  statements.flatMap(statement =>
    'body' in statement
      ? [statement, ...nodesIn(statement.body), ...nodesIn(statement.otherwise ?? [])]
      : [],
  )

function branchOf(source: string, { kind, position }: BranchNode, isElse: boolean): Branch {
  const start = source.lastIndexOf('{{', position)
  const lines = textOf(source.slice(0, start)).split('\n')
  const column = (lines.at(-1) ?? '').length + 1
  return { kind, isElse, position, line: lines.length, column }
}
