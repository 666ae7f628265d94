import { withoutControls } from '../lib/without-controls.ts'
import { exitCode } from './exit-codes.ts'
import type { Output } from './output.ts'

export interface Problem {
  /** `unreadable`: a file could not be read; `invalid`: its content is not valid. */
  readonly problem: 'unreadable' | 'invalid'
  readonly lines: readonly string[]
}

/** Prints each line, and returns the exit code. */
export function printProblem({ problem, lines }: Problem, output: Output): number {
  for (const line of lines) output.err(`error: ${withoutControls(line)}\n`)
  return problem === 'unreadable' ? exitCode.failed : exitCode.invalid
}
