import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { newFindings, readBaseline } from '../insight/lint/baseline.ts'
import type { Finding } from '../insight/lint/finding.ts'
import { diffOf, fixedFiles, writeFiles } from '../insight/lint/fix.ts'
import type { Level } from '../insight/lint/level.ts'
import { type Found, findAll, reaches } from '../insight/lint/lint.ts'
import { noSettings, readSettings, type SettingsProblem } from '../insight/lint/lint-settings.ts'
import { toLinted } from '../insight/lint/linted.ts'
import { environment } from '../lib/environment.ts'
import { hasColours } from './colours.ts'
import { exitCode, worstOf } from './exit-codes.ts'
import { type Format, formats } from './lint/formats.ts'
import { counted } from './lint/report.ts'
import { mostResults } from './lint/sarif.ts'
import { loadOrCode } from './load.ts'
import type { ConfigOption, Output } from './output.ts'
import { codesOf, problemsOf, rulesOrProblem } from './rule-problems.ts'

export interface LintOptions extends ConfigOption {
  readonly format?: Format
  /** The lowest level that ends with code 4. */
  readonly failLevel?: Level
  /** The same as `failLevel: advice`. */
  readonly strict?: boolean
  /** Default: the nearest `.oarlock-lint.yaml` from the folder of the first configuration file up to the working folder. */
  readonly settings?: string
  readonly baseline?: string
  readonly writeBaseline?: string
  /** Configurations of callers, which are compared with the rules. */
  readonly edge?: readonly string[]
  /** Change files so that findings go, where this never lets more requests in. */
  readonly fix?: boolean
  /** With `fix`: print the changes, and write nothing. */
  readonly dryRun?: boolean
}

/** Prints settings that are valid but probably unintended. Invalid rules are reported after the findings of the others. */
export async function lint(options: LintOptions, output: Output): Promise<number> {
  if (options.dryRun && !options.fix) {
    output.err('error: --dry-run is used with --fix\n')
    return exitCode.usage
  }
  const loaded = await loadOrCode(options, output)
  if (typeof loaded === 'number') return loaded
  const settings = await settingsOf(options)
  if (settings.kind === 'settings_problem') return printProblem(settings, output)
  const read = await rulesOrProblem(loaded.config)
  if (typeof read === 'string') {
    output.err(`error: ${read}\n`)
    return exitCode.invalid
  }
  const files = options.config ?? []
  const { edge = [] } = options
  const found = await findAll(toLinted(loaded, read), { files, settings, edge })
  for (const note of found.notes) output.err(`note: ${note}\n`)
  if (options.fix) return fixAll(found, options, output)
  const code = await report(found.findings, options, output)
  const problems = [...problemsOf(read), ...found.problems]
  for (const problem of problems) output.err(`error: ${problem}\n`)
  return worstOf([code, ...codesOf(read), ...found.problems.map(() => exitCode.failed)])
}

/** Mends what can be mended, and reports the rest; with `dryRun` prints the changes. */
async function fixAll(
  { fixes }: Found,
  { fix: _, dryRun, ...options }: LintOptions,
  output: Output,
): Promise<number> {
  const files = await fixedFiles(fixes)
  const count = files.reduce((sum, { lines }) => sum + lines.length, 0)
  if (dryRun) {
    output.out(diffOf(files))
    return exitCode.fine
  }
  try {
    writeFiles(files)
  } catch (error) {
    output.err(`error: ${(error as Error).message}\n`)
    return exitCode.failed
  }
  if (count > 0) output.err(`${counted(count, 'line')} changed\n`)
  return lint(options, output)
}

function printProblem({ problems, isUnreadable }: SettingsProblem, output: Output): number {
  for (const problem of problems) output.err(`error: ${problem}\n`)
  return isUnreadable ? exitCode.failed : exitCode.invalid
}

const settingsFile = '.oarlock-lint.yaml'

async function settingsOf({ settings, config = [] }: LintOptions) {
  const file = settings ?? placesOf(config[0]).find(one => existsSync(one))
  return file === undefined ? noSettings : readSettings(file)
}

/** Beside the configuration, then in the folders above it up to the working folder, or only in that one. */
function placesOf(config = settingsFile): readonly string[] {
  const here = process.cwd()
  const folders: string[] = []
  let folder = resolve(dirname(config))
  for (; folder.startsWith(`${here}/`); folder = dirname(folder)) folders.push(folder)
  return [...folders, folder, here].map(one => join(one, settingsFile))
}

/** Prints what is not in the baseline; the code of the findings. */
async function report(
  all: readonly Finding[],
  options: LintOptions,
  output: Output,
): Promise<number> {
  const { baseline: file, writeBaseline, format = 'pretty' } = options
  const findings = file === undefined ? all : await withoutBaseline(all, file, output)
  if (findings === undefined) return exitCode.failed
  if (writeBaseline !== undefined) return writeReport(all, writeBaseline, output)
  if (format === 'sarif' && findings.length > mostResults) {
    output.err(
      `${findings.length - mostResults} of ${findings.length} findings are not in the report: the worst ${mostResults} are\n`,
    )
  }
  output.out(formats[format]({ findings, hasColours: hasColours(environment()) }))
  const level = options.strict ? 'advice' : (options.failLevel ?? 'error')
  return reaches(findings, level) ? exitCode.findings : exitCode.fine
}

async function withoutBaseline(all: readonly Finding[], file: string, output: Output) {
  const baseline = await readBaseline(file)
  if (typeof baseline === 'string') {
    output.err(`error: ${baseline}\n`)
    return undefined
  }
  const findings = newFindings(all, baseline)
  const hidden = all.length - findings.length
  if (hidden > 0) output.err(`${counted(hidden, 'finding')} of the baseline ${file} not shown\n`)
  return findings
}

function writeReport(findings: readonly Finding[], file: string, output: Output): number {
  try {
    writeFileSync(file, formats.json({ findings, hasColours: false }))
  } catch (error) {
    output.err(`error: ${(error as Error).message}\n`)
    return exitCode.failed
  }
  output.err(`${file}: wrote ${counted(findings.length, 'finding')}\n`)
  return exitCode.fine
}
