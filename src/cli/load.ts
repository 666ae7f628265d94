import { text } from 'node:stream/consumers'
import { type ConfigIssue, renderIssue } from '../config/issue.ts'
import { type ConfigSources, type LoadedConfig, loadConfig } from '../config/load.ts'
import { environment } from '../lib/environment.ts'
import { exitCode, worstOf } from './exit-codes.ts'
import type { ConfigOption, Output } from './output.ts'

/** Files and environment to a configuration; undefined after every problem was printed. */
export async function loadOrPrint(
  { config: files = [] }: ConfigOption,
  output: Output,
): Promise<LoadedConfig | undefined> {
  const loaded = await load({ files, env: environment() }, output)
  return typeof loaded === 'number' ? undefined : loaded
}

/** The same with `-` for standard input; the exit code after every problem was printed. */
export async function loadOrCode(
  { config: files = [] }: ConfigOption,
  output: Output,
): Promise<LoadedConfig | number> {
  const stdin = files.includes('-') ? await text(process.stdin) : undefined
  return load({ files, env: environment(), stdin }, output)
}

async function load(sources: ConfigSources, output: Output): Promise<LoadedConfig | number> {
  const outcome = await loadConfig(sources)
  if (outcome.kind === 'config') return outcome
  const count = outcome.issues.length
  output.err(`The configuration has ${count === 1 ? 'a problem' : `${count} problems`}:\n`)
  for (const issue of outcome.issues) output.err(`  ${renderIssue(issue)}\n`)
  return worstOf(outcome.issues.map(codeOf))
}

const codeOf = ({ isUnreadable }: ConfigIssue): number =>
  isUnreadable ? exitCode.failed : exitCode.invalid
