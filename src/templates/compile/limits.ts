import { maxText } from '../go/size.ts'
import type { Frame } from './frame.ts'
import { type Context, executionError } from './location.ts'

/** The greatest depth of template calls. */
export const maxDepth = 1000

/** The most iterations and template calls of one rendering; long texts and sorted maps count as several. */
export const maxSteps = 1_000_000

/** The place where a limit was exceeded. */
export interface Place {
  readonly context: Context
  readonly node: Parameters<typeof executionError>[1]
}

export function spend(frame: Frame, steps: number, { context, node }: Place): void {
  frame.steps -= steps
  if (frame.steps < 0) throw executionError(context, node, 'too many iterations')
}

export function write(frame: Frame, text: string, { context, node }: Place): void {
  frame.out += text
  if (frame.out.length > maxText) {
    throw executionError(context, node, 'output is larger than 1 MiB')
  }
}
