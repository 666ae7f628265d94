import { renderIssue } from '../config/issue.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { environment } from '../lib/environment.ts'
import type { ConfigOption, Output } from './output.ts'

/** Files and environment to a configuration; undefined after every problem was printed. */
export async function loadOrPrint(
  { config: files = [] }: ConfigOption,
  output: Output,
): Promise<LoadedConfig | undefined> {
  const outcome = await loadConfig({ files, env: environment() })
  if (outcome.kind === 'config') return outcome
  const count = outcome.issues.length
  output.err(`The configuration has ${count === 1 ? 'a problem' : `${count} problems`}:\n`)
  for (const issue of outcome.issues) output.err(`  ${renderIssue(issue)}\n`)
  return undefined
}
