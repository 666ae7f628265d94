import type { Value } from '../go/value.ts'

/** One run of one template: the main text, or a `{{template}}` call. */
export interface Frame {
  dot: Value
  /** True while dot is an element of a JSON list or map, which Go's messages call `interface {}`. */
  boxed: boolean
  /** `$` */
  root: Value
  readonly variables: Value[]
  readonly depth: number
  /** Iterations and template calls left. */
  steps: number
  out: string
}

export type Eval = (frame: Frame) => Value

/** What a statement wants next: the statement after it, or an end of the loop around it. */
export type Signal = 0 | 1 | 2
export const proceed = 0
export const breaks = 1
export const continues = 2

export type Exec = (frame: Frame) => Signal
