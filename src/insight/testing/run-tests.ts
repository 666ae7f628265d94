/** Runs test files, each with its configuration. */
import { type ConfigIssue, renderIssue } from '../../config/issue.ts'
import type { TestFile } from './case.ts'
import { readTestFile } from './read-test-file.ts'
import { runGroup } from './run-group.ts'
import type { TestOptions } from './test-options.ts'
import { joinRuns, noRun, type TestRun } from './test-run.ts'

export async function runTests(files: readonly string[], options: TestOptions): Promise<TestRun> {
  const { wrong, usable } = await readTestFiles(files, options.config)
  const onlySome = usable.some(({ cases }) => cases.some(({ only }) => only))
  const runs: TestRun[] = [issuesRun(wrong, usable, options.env)]
  for (const group of byConfig(usable)) runs.push(await runGroup(group, { ...options, onlySome }))
  return runs.reduce(joinRuns)
}

export interface ReadFiles {
  readonly wrong: readonly ConfigIssue[]
  readonly usable: readonly TestFile[]
}

export async function readTestFiles(
  files: readonly string[],
  config: readonly string[],
): Promise<ReadFiles> {
  const read = await Promise.all(files.map(file => readTestFile(file, config)))
  return {
    wrong: read.filter(one => !('cases' in one)).flat() as readonly ConfigIssue[],
    usable: read.filter(one => 'cases' in one),
  }
}

function issuesRun(
  issues: readonly ConfigIssue[],
  usable: readonly TestFile[],
  env: TestOptions['env'],
): TestRun {
  const only = usable
    .filter(({ cases }) => env['CI'] && cases.some(one => one.only))
    .map(({ file }) => `${file}: found only, expected none where CI is set`)
  return {
    ...noRun,
    invalid: [...issues.filter(({ isUnreadable }) => !isUnreadable).map(renderIssue), ...only],
    unreadable: issues.filter(({ isUnreadable }) => isUnreadable).map(renderIssue),
  }
}

/** Files with the same configuration share one set of compiled rules. */
export function byConfig(files: readonly TestFile[]): readonly (readonly TestFile[])[] {
  const groups = new Map<string, TestFile[]>()
  for (const file of files) {
    const key = JSON.stringify(file.config)
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [file])
    else known.push(file)
  }
  return [...groups.values()]
}
