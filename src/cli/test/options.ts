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
}

/** What is wrong with the options; undefined: nothing. */
export function wrongUse({ format = 'pretty', min }: TestCommandOptions): string | undefined {
  if (!Object.hasOwn(formats, format)) {
    return `--format: found "${format}", expected one of ${Object.keys(formats).join(', ')}`
  }
  const share = Number(min ?? 0)
  return min !== undefined && !(share >= 0 && share <= 100 && min.trim() !== '')
    ? `--min: found "${min}", expected a percentage from 0 to 100`
    : undefined
}
