/** Prints a run of tests, and says with which code the command ends. */
import { writeFile } from 'node:fs/promises'
import { coverageOf, type TestRun, warningsOf } from '../../insight/testing/test-run.ts'
import { environment } from '../../lib/environment.ts'
import { withoutControls } from '../../lib/without-controls.ts'
import { hasColours } from '../colours.ts'
import { exitCode, worstOf } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { type FormatName, formats, percent } from './formats.ts'
import { lcovOf } from './lcov.ts'
import { notTriedReasons, survivorsOf } from './mutation.ts'
import type { TestCommandOptions } from './options.ts'

/** Coverage is printed, and not only part of a report. */
const showsCoverage = ({ coverage, min }: TestCommandOptions): boolean =>
  coverage === true || min !== undefined

/** What has to be known of the coverage. */
export function wantedCoverage(options: TestCommandOptions): boolean | 'places' {
  if (options.lcov !== undefined) return 'places'
  return showsCoverage(options) || options.format === 'json'
}

export async function printRun(
  run: TestRun,
  options: TestCommandOptions,
  output: Output,
): Promise<number> {
  printMessages(run, options, output)
  const format = formats[(options.format ?? 'pretty') as FormatName]
  const printing = { hasColours: hasColours(environment()), coverage: showsCoverage(options) }
  output.out(format(run, printing))
  const { lcov } = options
  const isWritten = lcov === undefined || (await writeLcov(lcov, run, output))
  return worstOf([...codesOf(run, options), ...(isWritten ? [] : [exitCode.failed])])
}

function printMessages(run: TestRun, options: TestCommandOptions, { err }: Output): void {
  for (const warning of warningsOf(run)) err(`warning: ${withoutControls(warning)}\n`)
  const problems = [
    ...run.unreadable,
    ...run.invalid,
    ...notTriedReasons(run).map(reason => `--mutate: ${reason}`),
    ...(ranNothing(run) ? [noTest(options)] : []),
  ]
  for (const problem of problems) err(`error: ${withoutControls(problem)}\n`)
}

const noTest = ({ filter }: TestCommandOptions): string =>
  filter === undefined
    ? 'found no test in these files, expected one'
    : `--filter: found no test with "${withoutControls(filter)}", expected one`

/** A misspelt filter would pass for ever. */
const ranNothing = ({ results, unreadable, invalid }: TestRun): boolean =>
  results.length + unreadable.length + invalid.length === 0

async function writeLcov(file: string, run: TestRun, { err }: Output): Promise<boolean> {
  try {
    await writeFile(file, lcovOf(run))
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    err(`error: --lcov: ${withoutControls(file)} cannot be written (${code})\n`)
    return false
  }
}

function codesOf(run: TestRun, { min = '0' }: TestCommandOptions): readonly number[] {
  const { covered, items } = coverageOf(run)
  const isFailed = run.results.some(({ passed }) => !passed)
  return [
    ...(ranNothing(run) ? [exitCode.usage] : []),
    ...(run.unreadable.length > 0 ? [exitCode.failed] : []),
    ...(run.invalid.length > 0 ? [exitCode.invalid] : []),
    ...(isFailed || survivorsOf(run).length > 0 ? [exitCode.findings] : []),
    ...(percent(covered, items) < Number(min) ? [exitCode.coverage] : []),
  ]
}
