/** Writes tests that hold today: requests for every way through each rule, and requests that just miss it. */
import { renderIssue } from '../../../config/issue.ts'
import { type LoadedConfig, loadConfig } from '../../../config/load.ts'
import { type Linted, type LintedRule, toLinted } from '../../lint/linted.ts'
import { attempt, type Candidate } from '../candidates/attempt.ts'
import { guessesFor } from '../candidates/conditions.ts'
import { candidatesOf } from '../candidates/of-rule.ts'
import { createRequestSearch, type RequestSearch, requestParts } from '../candidates/requests.ts'
import { createBranchRecorder } from '../coverage/branches.ts'
import { type CoverageCollector, createCoverage } from '../coverage/coverage.ts'
import { matchChanges } from '../mutate/match-mutants.ts'
import { createRunner, type Runner } from '../runner.ts'
import { problemsOf } from '../source-problems.ts'
import { type PinnedRow, pin } from './pin.ts'

export interface GeneratedTests {
  readonly kind: 'tests'
  /** The time of the decisions; milliseconds since the epoch. */
  readonly now: number
  readonly rules: readonly GeneratedRule[]
}

export interface GeneratedRule {
  readonly rule: string
  /** Empty: no request of the rule was found. */
  readonly rows: readonly PinnedRow[]
}

export interface GenerateProblem {
  readonly kind: 'problem'
  /** A source could not be read; otherwise the configuration or a rule is not valid. */
  readonly isUnreadable: boolean
  readonly lines: readonly string[]
}

export async function generateTests(
  files: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<GeneratedTests | GenerateProblem> {
  const loaded = await loadConfig({ files, env })
  if (loaded.kind === 'invalid') {
    return problem(loaded.issues.map(renderIssue))
  }
  const branches = createBranchRecorder()
  // The second one has other keys: what it answers otherwise cannot be pinned.
  const runners: Runner[] = []
  try {
    const runner = await createRunner(loaded.config, branches)
    runners.push(runner)
    const { invalid, unreadable } = problemsOf(runner.offline.read)
    if (unreadable.length > 0) return { ...problem(unreadable), isUnreadable: true }
    if (invalid.length > 0) return problem(invalid)
    const other = await createRunner(loaded.config)
    runners.push(other)
    const linted = toLinted(loaded, runner.offline.read)
    const coverage = createCoverage(linted.rules, branches)
    return await generateAll({ loaded, linted, runner, other, coverage })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return problem([error.message])
  } finally {
    await Promise.all(runners.map(one => one.close()))
  }
}

const problem = (lines: readonly string[]): GenerateProblem => ({
  kind: 'problem',
  isUnreadable: false,
  lines,
})

interface Parts {
  readonly loaded: LoadedConfig
  readonly linted: Linted
  readonly runner: Runner
  readonly other: Runner
  readonly coverage: CoverageCollector
}

interface Generating extends Parts {
  readonly search: RequestSearch
  readonly now: number
}

const second = 1000

async function generateAll(parts: Parts): Promise<GeneratedTests> {
  const { loaded, linted, runner } = parts
  const { definitions } = runner.offline.read.rules
  const search = await createRequestSearch(definitions, loaded.config)
  const now = Math.floor(Date.now() / second) * second
  const rules: GeneratedRule[] = []
  for (const rule of linted.rules) {
    rules.push({ rule: rule.id, rows: await rowsOf(rule, { ...parts, search, now }) })
  }
  return { kind: 'tests', now, rules }
}

async function rowsOf(rule: LintedRule, parts: Generating): Promise<readonly PinnedRow[]> {
  const seen = new Set<string>()
  const rows: PinnedRow[] = []
  for (const candidate of allCandidates(rule, parts)) {
    for (const answer of ['good', 'denied'] as const) {
      const tried = await attempt(candidate, answer, parts)
      if (tried === undefined || !isNew(namesOf(tried.outcome, candidate, parts), seen)) continue
      const row = await pin(tried.candidate, parts)
      if (row !== undefined) rows.push(row)
    }
  }
  return rows
}

function allCandidates(rule: LintedRule, parts: Generating): readonly Candidate[] {
  const { search, loaded } = parts
  const strategy = loaded.config.access_rules.matching_strategy
  const { candidates } = candidatesOf(rule, { search, strategy })
  const guesses = candidates.slice(0, 2).flatMap(base => guessesFor(rule, base))
  return [...candidates, ...guesses, ...nearMisses(rule, parts)]
}

/** A request for each way in which the rule could match more. */
function nearMisses({ definition }: LintedRule, { search, loaded }: Generating) {
  const strategy = loaded.config.access_rules.matching_strategy
  return matchChanges(definition.match, strategy).flatMap(({ match }): readonly Candidate[] => {
    const found = search.between(definition, { ...definition, match })
    const request = found.kind === 'found' ? requestParts(found.request) : undefined
    return request === undefined ? [] : [{ request, stubs: {} }]
  })
}

type Outcome = NonNullable<Awaited<ReturnType<typeof attempt>>>['outcome']

/** What the request reaches. */
function namesOf(
  { answered, decided }: Outcome,
  { request: { method, url } }: Candidate,
  { coverage }: Generating,
): readonly string[] {
  const { decision, answer } = answered
  if (decision.rule === undefined) return [`${answer.status} ${method} ${url}`]
  const reached = decided === undefined ? [] : coverage.namesOf(decided.record)
  return [...reached, `${answer.status} ${method} by ${decision.rule}`]
}

function isNew(names: readonly string[], seen: Set<string>): boolean {
  const before = seen.size
  for (const name of names) seen.add(name)
  return seen.size > before
}
