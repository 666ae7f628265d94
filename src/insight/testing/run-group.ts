/** Runs the test files of one configuration. */
import type { Config } from '../../config/config.ts'
import { renderIssue } from '../../config/issue.ts'
import { type LoadedConfig, loadConfig } from '../../config/load.ts'
import type { AccessRequest } from '../../model/request.ts'
import { toLinted } from '../lint/linted.ts'
import { createPlaces } from '../lint/places.ts'
import type { TestFile } from './case.ts'
import { casesOf } from './choose-cases.ts'
import { createBranchRecorder } from './coverage/branches.ts'
import { createCoverage, type Reached } from './coverage/coverage.ts'
import { mutate, type RanCase } from './mutate/mutate.ts'
import { type CaseResult, createRunner, type OnRecord, type Runner } from './runner.ts'
import { problemsOf } from './source-problems.ts'
import type { TestOptions } from './test-options.ts'
import { noRun, type ReachedItem, type TestRun } from './test-run.ts'

export interface GroupOptions extends TestOptions {
  readonly onlySome: boolean
}

export async function runGroup(
  files: readonly TestFile[],
  options: GroupOptions,
): Promise<TestRun> {
  const config = files[0]?.config ?? []
  if (config.length === 0) {
    const named = files.map(({ file }) => file).join(', ')
    return invalid([`${named}: found no config, expected one there or with -c`])
  }
  const loaded = await loadConfig({ files: config, env: options.env })
  if (loaded.kind === 'invalid') {
    return { ...invalid(loaded.issues.map(renderIssue)), sources: config }
  }
  const sources = [...config, ...filesOf(loaded.config)]
  const branches = options.coverage === false ? undefined : createBranchRecorder()
  const runner = await createRunner(loaded.config, branches).catch((error: Error) => error)
  if (runner instanceof Error) return { ...invalid([runner.message]), sources }
  try {
    return { ...(await runAll({ files, config, loaded, runner, branches }, options)), sources }
  } finally {
    await runner.close()
  }
}

const invalid = (lines: readonly string[]): TestRun => ({ ...noRun, invalid: lines })

/** The rule files of this machine. */
const filesOf = ({ access_rules }: Config): readonly string[] =>
  access_rules.repositories
    .filter(location => /^file:\/\//i.test(location))
    .map(location => location.slice('file://'.length))

interface Group {
  readonly files: readonly TestFile[]
  readonly config: readonly string[]
  readonly loaded: LoadedConfig
  readonly runner: Runner
  readonly branches: ReturnType<typeof createBranchRecorder> | undefined
}

async function runAll(group: Group, options: GroupOptions): Promise<TestRun> {
  const { files, config, loaded, runner, branches } = group
  const linted = toLinted(loaded, runner.offline.read)
  const coverage = branches && createCoverage(linted.rules, branches)
  const cases = casesOf(files, options)
  const results: CaseResult[] = []
  const ran: RanCase[] = []
  for (const one of cases) {
    const { requests, rules } = { requests: [] as AccessRequest[], rules: new Set<string>() }
    const onRecord: OnRecord = (record, request) => {
      coverage?.add(record)
      if (!options.mutate) return
      requests.push(request)
      if (record.rule !== undefined) rules.add(record.rule)
    }
    const result = await runner.run(one, { onRecord })
    options.onResult?.(result)
    results.push(result)
    if (one.skip === undefined) ran.push({ case: one, requests, rules })
  }
  const problems = problemsOf(runner.offline.read)
  const isSound = results.every(({ passed }) => passed) && problems.invalid.length === 0
  const mutation =
    options.mutate && (isSound ? await mutate({ linted, files: config, runner, ran }) : notTried)
  const reached = await placed(coverage?.result() ?? [], group, options)
  return {
    ...noRun,
    ...problems,
    results,
    groups: [
      {
        config,
        files: files.map(({ file }) => file),
        stubs: Object.fromEntries(runner.usedStubs()),
        reached,
        ...(mutation && { mutation }),
      },
    ],
  }
}

const notTried = {
  kind: 'not_tried',
  reason: 'the rules are not changed: expected that all tests pass and all rules are valid',
} as const

async function placed(
  reached: readonly Reached[],
  { config, loaded }: Group,
  { coverage }: TestOptions,
): Promise<readonly ReachedItem[]> {
  const places = createPlaces({ loaded, files: config })
  const placeOf = async ({ rule: { located }, path }: Reached) =>
    coverage === 'places' && located.path !== undefined ? places.ofRule(located, path) : null
  return Promise.all(
    reached.map(async item => {
      const { name, hits, runs } = item
      return { name, hits, runs, place: await placeOf(item) }
    }),
  )
}
