import type { Known } from '../go/known.ts'

/** What a definition is called with; an undefined type: values of several types, or of one that is not known. */
export interface Dot {
  readonly type: Known | undefined
}

/** One walk through a template and its definitions. */
export interface Walk {
  readonly only: string | undefined
  /** True once a template was seen to read the parsed body. */
  readsBody: boolean
  /** By name of the definition; none: it is not called. */
  readonly dots: Map<string, Dot>
  /** The first mistake. */
  problem: string | undefined
  /** False when the dot of a definition has changed. */
  isSettled: boolean
}

/** Where a statement stands. */
export interface Place {
  readonly dot: Known | undefined
  /** `$` */
  readonly root: Known | undefined
  /** The values of variables that are declared; shared by all places of one template. */
  readonly slots: Map<number, Known | undefined>
  /** Variables that get other values later: nothing is known of them. */
  readonly assigned: ReadonlySet<number>
}

export function report(walk: Walk, problem: string): undefined {
  walk.problem ??= problem
}

/** The definition is called with a value of that type. */
export function call(walk: Walk, name: string, type: Known | undefined): void {
  const before = walk.dots.get(name)
  if (before !== undefined && (before.type === type || before.type === undefined)) return
  walk.dots.set(name, { type: before === undefined ? type : undefined })
  walk.isSettled = false
}
