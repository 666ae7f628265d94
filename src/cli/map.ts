/** `map`: who gets in where, by what, and what is set. */
import { mapOf } from '../insight/map/entries.ts'
import { openRules } from '../insight/rule-sets/open.ts'
import { exitCode } from './exit-codes.ts'
import { type Format, formats } from './map/formats.ts'
import type { ConfigOption, Output } from './output.ts'
import { printProblem } from './problem.ts'

export interface MapOptions extends ConfigOption {
  readonly format: Format
}

export async function map({ config = [], format }: MapOptions, output: Output): Promise<number> {
  const opened = await openRules(config)
  if (opened.kind === 'problem') return printProblem(opened, output)
  try {
    output.out(formats[format](mapOf(opened)))
    return exitCode.fine
  } finally {
    await opened.close()
  }
}
