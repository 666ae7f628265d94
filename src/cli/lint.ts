import { rulesOrProblem } from '../app/rules/read-all-rules.ts'
import { diffOf, fixedFiles, writeFiles } from '../insight/lint/fix.ts'
import { type Found, findAll } from '../insight/lint/lint.ts'
import type { SettingsProblem } from '../insight/lint/lint-settings.ts'
import { toLinted } from '../insight/lint/linted.ts'
import { settingsOf } from '../insight/lint/settings-file.ts'
import { counted } from './counted.ts'
import { exitCode, worstOf } from './exit-codes.ts'
import { type PrintOptions, printFindings } from './lint/print-findings.ts'
import { loadOrCode } from './load.ts'
import type { ConfigOption, Output } from './output.ts'
import { codesOf, problemsOf } from './rule-problems.ts'

export interface LintOptions extends ConfigOption, PrintOptions {
  /** Default: the nearest `.oarlock-lint.yaml` from the folder of the first configuration file up to the working folder. */
  readonly settings?: string
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
  const settings = await settingsOf(options.settings, options.config ?? [])
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
  const code = await printFindings(found.findings, options, output)
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
