import type { Value } from '../go/value.ts'

/** One execution of one template: the main text, or a `{{template}}` call. */
export interface Frame {
  dot: Value
  /** True while dot is an element of a JSON list or map, whose type Go's messages name `interface {}`. */
  boxed: boolean
  /** `$` */
  root: Value
  readonly variables: Value[]
  readonly depth: number
  /** The remaining iterations and template calls. */
  steps: number
  out: string
}

export type Eval = (frame: Frame) => Value

/** How execution continues: with the next statement, or with `break` or `continue` of the surrounding loop. */
export type Signal = 0 | 1 | 2
export const proceed = 0
export const breaks = 1
export const continues = 2

export type Exec = (frame: Frame) => Signal
