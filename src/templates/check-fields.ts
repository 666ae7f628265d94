/**
 * Finds fields that a template reads and that its values do not have, before it is rendered. What a value is, is known
 * of the session and its parts, wherever they go: through `with`, `range`, variables, parentheses and `{{template}}`.
 * Of other values nothing is known, and nothing is said.
 */
import { knownSession } from './go/session.ts'
import type { Tree } from './syntax/nodes.ts'
import { parse } from './syntax/parser.ts'
import { assignedSlots } from './types/assigned-slots.ts'
import type { Dot, Walk } from './types/walk.ts'
import { walkStatements } from './types/walk-statements.ts'

const name = 'template'

export interface FieldOptions {
  /** The only field of the session that the template may read. */
  readonly only?: string | undefined
}

/** Describes the first mistake; undefined when there is none. The source must parse; functions are not checked. */
export const checkFields = (source: string, { only }: FieldOptions = {}): string | undefined =>
  walkAll(source, only).problem

/** True when the template reads `.MatchContext.Body`. The source must parse. */
export const readsBody = (source: string): boolean =>
  source.includes('Body') && walkAll(source, undefined).readsBody

function walkAll(source: string, only: string | undefined): Walk {
  const trees = [...parse(source, { name, hasFunction: () => true }).trees.values()]
  const dots = startingDots(trees)
  // The dot of a definition becomes known, and then perhaps unknown: this ends.
  for (;;) {
    const walk: Walk = { only, dots, readsBody: false, problem: undefined, isSettled: true }
    for (const tree of trees) walkTree(walk, tree)
    if (walk.isSettled) return walk
  }
}

function walkTree(walk: Walk, { name: called, body }: Tree): void {
  const found = called === name ? session : walk.dots.get(called)
  if (found === undefined) return
  const { type } = found
  const assigned = assignedSlots(body)
  walkStatements(walk, { dot: type, root: type, slots: new Map(), assigned }, body)
}

const session: Dot = { type: knownSession }

/** With more definitions it is not looked for what each is called with. */
const mostTrees = 50

const startingDots = (trees: readonly Tree[]): Map<string, Dot> =>
  new Map(
    trees.length > mostTrees ? trees.map(tree => [tree.name, { type: undefined }] as const) : [],
  )
