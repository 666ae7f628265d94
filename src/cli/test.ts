/** `test`: runs files of requests with the answers that they must get. */
import { readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runTests } from '../insight/testing/run-tests.ts'
import { coverageOf, type TestRun, warningsOf } from '../insight/testing/test-run.ts'
import { environment } from '../lib/environment.ts'
import { withoutControls } from '../lib/without-controls.ts'
import { hasColours } from './colours.ts'
import { exitCode, worstOf } from './exit-codes.ts'
import type { ConfigOption, Output } from './output.ts'
import { type FormatName, formats, percent } from './test/formats.ts'
import { lcovOf } from './test/lcov.ts'
import { watchTests } from './test/watch.ts'

export interface TestCommandOptions extends ConfigOption {
  readonly filter?: string
  readonly format?: string
  readonly coverage?: boolean
  /** A percentage; asks for coverage. */
  readonly min?: string
  /** A file to write. */
  readonly lcov?: string
  readonly watch?: boolean
}

/** 4: a test failed; 5: the coverage is below `--min`. */
export async function test(
  named: readonly string[],
  options: TestCommandOptions,
  output: Output,
): Promise<number> {
  const wrong = wrongUse(options)
  if (wrong !== undefined) {
    output.err(`${wrong}\n`)
    return exitCode.usage
  }
  const files = named.length > 0 ? named : await filesBeside(options.config)
  if (files.length === 0) {
    output.err('found no test file, expected one named, or *.test.yaml beside the configuration\n')
    return exitCode.usage
  }
  if (!options.watch) return (await runAndPrint(files, options, output)).code
  return watchTests(files, async () => (await runAndPrint(files, options, output)).sources)
}

function wrongUse({ format = 'pretty', min }: TestCommandOptions): string | undefined {
  if (!Object.hasOwn(formats, format)) {
    return `--format: found "${format}", expected one of ${Object.keys(formats).join(', ')}`
  }
  const share = Number(min ?? 0)
  return min !== undefined && !(share >= 0 && share <= 100 && min.trim() !== '')
    ? `--min: found "${min}", expected a percentage from 0 to 100`
    : undefined
}

const ending = /\.test\.ya?ml$/

async function filesBeside(config: readonly string[] = ['.']): Promise<readonly string[]> {
  const folders = [...new Set(config.map(file => (file === '.' ? '.' : dirname(file))))]
  const found = await Promise.all(
    folders.map(async folder =>
      (await readdir(folder).catch(() => [])).map(name => join(folder, name)),
    ),
  )
  return found
    .flat()
    .filter(name => ending.test(name))
    .sort()
}

async function runAndPrint(
  files: readonly string[],
  options: TestCommandOptions,
  output: Output,
): Promise<{ readonly code: number; readonly sources: readonly string[] }> {
  const { lcov } = options
  const coverage = options.coverage === true || options.min !== undefined
  const env = environment()
  const run = await runTests(files, {
    config: options.config ?? [],
    env,
    filter: options.filter,
    coverage: lcov === undefined ? coverage || options.format === 'json' : 'places',
  })
  for (const warning of warningsOf(run)) output.err(`warning: ${withoutControls(warning)}\n`)
  for (const problem of [...run.unreadable, ...run.invalid])
    output.err(`error: ${withoutControls(problem)}\n`)
  if (ranNothing(run)) output.err(`error: ${noTest(options)}\n`)
  const format = formats[(options.format ?? 'pretty') as FormatName]
  output.out(format(run, { hasColours: hasColours(env), coverage }))
  const isWritten = lcov === undefined || (await writeLcov(lcov, run, output))
  const codes = [...codesOf(run, options), ...(isWritten ? [] : [exitCode.failed])]
  return { code: worstOf(codes), sources: run.sources }
}

async function writeLcov(file: string, run: TestRun, output: Output): Promise<boolean> {
  try {
    await writeFile(file, lcovOf(run))
    return true
  } catch (error) {
    output.err(
      `error: --lcov: ${file} cannot be written (${(error as NodeJS.ErrnoException).code})\n`,
    )
    return false
  }
}

const noTest = ({ filter }: TestCommandOptions): string =>
  filter === undefined
    ? 'found no test in these files, expected one'
    : `--filter: found no test with "${withoutControls(filter)}", expected one`

/** A misspelt filter would pass for ever. */
const ranNothing = ({ results, unreadable, invalid }: TestRun): boolean =>
  results.length + unreadable.length + invalid.length === 0

function codesOf(run: TestRun, { min = '0' }: TestCommandOptions): readonly number[] {
  const { covered, items } = coverageOf(run)
  return [
    ...(ranNothing(run) ? [exitCode.usage] : []),
    ...(run.unreadable.length > 0 ? [exitCode.failed] : []),
    ...(run.invalid.length > 0 ? [exitCode.invalid] : []),
    ...(run.results.some(({ passed }) => !passed) ? [exitCode.findings] : []),
    ...(percent(covered, items) < Number(min) ? [exitCode.coverage] : []),
  ]
}
