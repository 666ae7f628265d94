/** Runs test files, each with its configuration. */

import type { CheckedRules } from '../../app/rules/read-rules.ts'
import type { Config } from '../../config/config.ts'
import { type ConfigIssue, renderIssue } from '../../config/issue.ts'
import { loadConfig } from '../../config/load.ts'
import { textOf } from '../../lib/bytes.ts'
import { isUnread, type SourceReport } from '../../rules/loading/repository.ts'
import { type Case, type TestDoor, type TestFile, testDoors } from './case.ts'
import { type Coverage, createCoverage } from './coverage.ts'
import { readTestFile } from './read-test-file.ts'
import { type CaseResult, createRunner } from './runner.ts'

export interface TestOptions {
  /** In place of the configurations that the files name. */
  readonly config: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Runs only cases whose name, rule, subject or door has this text. */
  readonly filter: string | undefined
  readonly coverage: boolean
  /** Called after each case. */
  readonly onResult?: (result: CaseResult) => void
}

export interface TestRun {
  readonly results: readonly CaseResult[]
  /** Files, configurations and rules that cannot be used: a line each. */
  readonly invalid: readonly string[]
  /** Files that cannot be read. */
  readonly unreadable: readonly string[]
  readonly warnings: readonly string[]
  readonly coverage: Coverage
  /** Files that the run depends on, besides the test files. */
  readonly sources: readonly string[]
}

const nothing: TestRun = {
  results: [],
  invalid: [],
  unreadable: [],
  warnings: [],
  coverage: { items: 0, covered: 0, missing: [] },
  sources: [],
}

export async function runTests(files: readonly string[], options: TestOptions): Promise<TestRun> {
  const read = await Promise.all(files.map(file => readTestFile(file, options.config)))
  const wrong = read.filter(one => !('cases' in one)).flat() as readonly ConfigIssue[]
  const usable = read.filter(one => 'cases' in one)
  const onlySome = usable.some(({ cases }) => cases.some(({ only }) => only))
  const runs: TestRun[] = [issuesRun(wrong, usable, { onlySome, env: options.env })]
  for (const group of byConfig(usable)) runs.push(await runGroup(group, { ...options, onlySome }))
  return runs.reduce(joined)
}

const joined = (one: TestRun, other: TestRun): TestRun => ({
  results: [...one.results, ...other.results],
  invalid: [...one.invalid, ...other.invalid],
  unreadable: [...one.unreadable, ...other.unreadable],
  warnings: [...one.warnings, ...other.warnings],
  sources: [...one.sources, ...other.sources],
  coverage: {
    items: one.coverage.items + other.coverage.items,
    covered: one.coverage.covered + other.coverage.covered,
    missing: [...one.coverage.missing, ...other.coverage.missing],
  },
})

interface Only {
  readonly onlySome: boolean
  readonly env: TestOptions['env']
}

function issuesRun(
  issues: readonly ConfigIssue[],
  usable: readonly TestFile[],
  { onlySome, env }: Only,
): TestRun {
  const forgotten = onlySome && Boolean(env['CI'])
  const only = usable
    .filter(({ cases }) => cases.some(one => one.only))
    .map(({ file }) => `${file}: found only, expected none where CI is set`)
  return {
    ...nothing,
    invalid: [
      ...issues.filter(({ isUnreadable }) => !isUnreadable).map(renderIssue),
      ...(forgotten ? only : []),
    ],
    unreadable: issues.filter(({ isUnreadable }) => isUnreadable).map(renderIssue),
  }
}

/** Files with the same configuration share one set of compiled rules. */
function byConfig(files: readonly TestFile[]): readonly (readonly TestFile[])[] {
  const groups = new Map<string, TestFile[]>()
  for (const file of files) {
    const key = JSON.stringify(file.config)
    groups.set(key, [...(groups.get(key) ?? []), file])
  }
  return [...groups.values()]
}

interface GroupOptions extends TestOptions {
  readonly onlySome: boolean
}

async function runGroup(files: readonly TestFile[], options: GroupOptions): Promise<TestRun> {
  const config = files[0]?.config ?? []
  const named = files.map(({ file }) => file).join(', ')
  if (config.length === 0)
    return invalid([`${named}: found no config, expected one there or with -c`])
  const outcome = await loadConfig({ files: config, env: options.env })
  if (outcome.kind === 'invalid') {
    return { ...invalid(outcome.issues.map(renderIssue)), sources: config }
  }
  const sources = [...config, ...filesOf(outcome.config)]
  const recorder: { add: ReturnType<typeof createCoverage>['add'] } = { add: () => undefined }
  const runner = await createRunner(outcome.config, record => recorder.add(record)).catch(
    (error: Error) => error,
  )
  if (runner instanceof Error) return { ...invalid([runner.message]), sources }
  try {
    const problems = problemsOf(runner.offline.read)
    const coverage = createCoverage(runner.offline.read.rules.definitions)
    recorder.add = coverage.add
    const results: CaseResult[] = []
    for (const one of casesOf(files, options)) {
      const result = await runner.run(one)
      options.onResult?.(result)
      results.push(result)
    }
    const warnings = runner.unusedStubs().map(name => `${named}: no call used the stub "${name}"`)
    return {
      results,
      ...problems,
      warnings,
      coverage: coverage.result(),
      sources,
    }
  } finally {
    await runner.close()
  }
}

/** The rule files of this machine. */
const filesOf = ({ access_rules }: Config): readonly string[] =>
  access_rules.repositories
    .filter(location => /^file:\/\//i.test(location))
    .map(location => location.slice('file://'.length))

const invalid = (lines: readonly string[]): TestRun => ({ ...nothing, invalid: lines })

/** Sources and rules that cannot be used. */
function problemsOf({ reports, rules }: CheckedRules): Pick<TestRun, 'invalid' | 'unreadable'> {
  const linesOf = (found: readonly SourceReport[]): readonly string[] =>
    found.flatMap(({ location, problem }) =>
      problem === undefined ? [] : [`${location}: ${textOf(problem)}`],
    )
  const broken = rules.problems.map(
    ({ rule, message }) => `rule "${textOf(rule)}": ${textOf(message)}`,
  )
  return {
    unreadable: linesOf(reports.filter(isUnread)),
    invalid: [...linesOf(reports.filter(report => !isUnread(report))), ...broken],
  }
}

const casesOf = (files: readonly TestFile[], options: GroupOptions): readonly Case[] =>
  files
    .flatMap(({ cases }) => cases)
    .filter(wanted(options))
    .flatMap(atDoor(options.filter))

function wanted({ filter, onlySome }: GroupOptions): (one: Case) => boolean {
  return ({ name, expect, subject, only }) => {
    if (onlySome && !only) return false
    if (filter === undefined || isDoor(filter)) return true
    return [name, expect.allow, subject].some(text => text?.includes(filter))
  }
}

const isDoor = (text: string): text is TestDoor => (testDoors as readonly string[]).includes(text)

/** A filter that names a door leaves out the others, and cases without it. */
const atDoor =
  (filter: string | undefined) =>
  (one: Case): readonly Case[] => {
    if (filter === undefined || !isDoor(filter)) return [one]
    return one.doors.includes(filter) ? [{ ...one, doors: [filter] }] : []
  }
