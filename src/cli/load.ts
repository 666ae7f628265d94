import { type ConfigIssue, renderIssue } from '../config/issue.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { environment } from '../lib/environment.ts'
import { exitCode, worstOf } from './exit-codes.ts'
import type { ConfigOption, Output } from './output.ts'

/** As `loadOrCode`; undefined in place of a code. */
export async function loadOrPrint(
  options: ConfigOption,
  output: Output,
): Promise<LoadedConfig | undefined> {
  const loaded = await loadOrCode(options, output)
  return typeof loaded === 'number' ? undefined : loaded
}

/** Files and environment to a configuration; the exit code after every problem was printed. */
export async function loadOrCode(
  { config: files = [] }: ConfigOption,
  output: Output,
): Promise<LoadedConfig | number> {
  const outcome = await loadConfig({ files, env: environment() })
  if (outcome.kind === 'config') return outcome
  const count = outcome.issues.length
  output.err(`The configuration has ${count === 1 ? 'a problem' : `${count} problems`}:\n`)
  for (const issue of outcome.issues) output.err(`  ${renderIssue(issue)}\n`)
  return worstOf(outcome.issues.map(codeOf))
}

const codeOf = ({ isUnreadable }: ConfigIssue): number =>
  isUnreadable ? exitCode.failed : exitCode.invalid
