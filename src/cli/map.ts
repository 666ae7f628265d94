/** `map`: who gets in where, by what, and what is set. */
import { mapOf } from '../insight/map/entries.ts'
import { openRules } from '../insight/rule-sets/open.ts'
import { exitCode } from './exit-codes.ts'
import { withInputFile } from './input-file.ts'
import { type Format, formats } from './map/formats.ts'
import type { ConfigOption, Output } from './output.ts'
import { printProblem } from './problem.ts'

export interface MapOptions extends ConfigOption {
  readonly format: Format
}

export const map = ({ config = [], format }: MapOptions, output: Output): Promise<number> =>
  withInputFile(config, output, async (files, named) => {
    const opened = await openRules(files)
    if (opened.kind === 'problem') return printProblem(opened, named)
    try {
      output.out(formats[format](mapOf(opened)))
      return exitCode.fine
    } finally {
      await opened.close()
    }
  })
