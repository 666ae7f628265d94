import type { ConfigOption } from '../output.ts'
import { formats } from './formats.ts'

export interface TestCommandOptions extends ConfigOption {
  readonly filter?: string
  readonly format?: string
  readonly coverage?: boolean
  /** A percentage; asks for coverage. */
  readonly min?: string
  /** A file to write. */
  readonly lcov?: string
  readonly mutate?: boolean
  /** A test file to write. */
  readonly generate?: string
  readonly watch?: boolean
  /** Processes. */
  readonly jobs?: string
}

/** What is wrong with the options; undefined: nothing. */
export function wrongUse(options: TestCommandOptions): string | undefined {
  const { format = 'pretty', min, jobs = '1', mutate } = options
  if (!/^[1-9]\d?$/.test(jobs)) return `--jobs: found "${jobs}", expected a number from 1 to 99`
  if (jobs !== '1' && mutate) return '--jobs: found --mutate beside it, expected one of them'
  if (!Object.hasOwn(formats, format)) {
    return `--format: found "${format}", expected one of ${Object.keys(formats).join(', ')}`
  }
  const share = Number(min ?? 0)
  return min !== undefined && !(share >= 0 && share <= 100 && min.trim() !== '')
    ? `--min: found "${min}", expected a percentage from 0 to 100`
    : undefined
}
