/** Runs `oarlock lint --edge` on rules and the configuration of callers. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { run } from '../../src/cli/run.ts'
import type { Finding } from '../../src/insight/lint/finding.ts'
import type { Cleanup } from './cleanup.ts'
import { temporaryFolder } from './folder.ts'
import { common } from './lint.ts'

export interface Edge {
  readonly file: string
  readonly text: string
}

/** The findings in the files of the callers, and everything of standard error. */
export async function edgeFindings(
  t: Cleanup,
  rules: readonly object[],
  ...edges: readonly Edge[]
) {
  const folder = temporaryFolder(t)
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const location = write('rules.json', JSON.stringify(rules))
  const config = { ...common, access_rules: { repositories: [`file://${location}`] } }
  const from = write('oarlock.yaml', stringify(config))
  const files = edges.map(({ file, text }) => write(file, text))
  const [out, err]: [string[], string[]] = [[], []]
  const print = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) }
  const code = await run(['lint', '-c', from, '--format', 'json', '--edge', ...files], print)
  const report = JSON.parse(out.join('') || '{}') as { readonly findings?: readonly Finding[] }
  const found = (report.findings ?? []).filter(({ place }) =>
    edges.some(({ file }) => place?.file.endsWith(file)),
  )
  return {
    code,
    codes: found.map(one => one.code),
    messages: found.map(one => one.message),
    err: err.join(''),
  }
}
