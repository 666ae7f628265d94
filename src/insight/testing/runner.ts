/** Runs test files: one configuration is compiled once for all its tests. */
import type { Config } from '../../config/config.ts'
import { createGuard } from '../../explain/outside.ts'
import type { DecisionRecord } from '../../explain/record.ts'
import type { AccessRequest } from '../../model/request.ts'
import type { RuleSet } from '../../rules/rule-set.ts'
import { type Offline, openOffline } from '../offline/open.ts'
import { createRunKeys } from '../offline/run-keys.ts'
import { readStubs, type Stubs } from '../offline/stubs.ts'
import { askDoor, type DoorOutcome, type DoorTools, toAsked } from './ask-door.ts'
import type { Case, TestDoor } from './case.ts'
import type { BranchRecorder } from './coverage/branches.ts'
import { differencesOf } from './expected.ts'

export interface CaseResult {
  readonly case: Case
  readonly passed: boolean
  /** Why it was not run. */
  readonly skipped?: string
  /** What differs, a sentence each. */
  readonly problems: readonly string[]
  /** Milliseconds. */
  readonly took: number
}

export type OnRecord = (record: DecisionRecord, request: AccessRequest) => void

export interface RunOptions {
  /** What happened, at each door that did not refuse the request. */
  readonly onRecord?: OnRecord | undefined
  /** In place of the rules of the configuration. */
  readonly rules?: RuleSet
  /** Only the first problem is wanted. */
  readonly untilFirst?: boolean
}

export interface Runner {
  readonly offline: Offline
  readonly tools: DoorTools
  run(one: Case, options?: RunOptions): Promise<CaseResult>
  /** What a door answers, whatever is expected. A text says why it cannot be asked. */
  ask(one: Case, door: TestDoor, rules?: RuleSet): Promise<DoorOutcome | string>
  /** Stubs such as `GET http://a/`, each with whether it answered a call of any case. */
  usedStubs(): ReadonlyMap<string, boolean>
  close(): Promise<void>
}

interface Running {
  readonly tools: DoorTools
  readonly stubs: { current: Stubs }
  /** By name, whether it answered a call. */
  readonly usedStubs: Map<string, boolean>
}

const noStubs: Stubs = { find: () => undefined, unused: () => [] }

/** Rejects with an Error that names the key when the rules cannot be read. */
export async function createRunner(config: Config, branches?: BranchRecorder): Promise<Runner> {
  const clock = { now: Date.now() }
  const stubs = { current: noStubs }
  const keys = createRunKeys()
  const guard = createGuard({
    stubFor: (method, url) => stubs.current.find(method, url),
    live: false,
  })
  const offline = await openOffline({
    config,
    guard,
    keySets: keys.keySets,
    now: () => clock.now,
    independent: true,
    onBranch: branches?.onBranch,
  })
  const tools: DoorTools = { config, offline, guard, keys, clock, branches }
  const running: Running = { tools, stubs, usedStubs: new Map() }
  return {
    offline,
    tools,
    run: (one, options = {}) => runCase(running, one, options),
    ask: (one, door, rules) => {
      const asked = toAsked(one)
      prepare(running, one)
      return typeof asked === 'string'
        ? Promise.resolve(asked)
        : askDoor(tools, { one, asked, door, rules })
    },
    usedStubs: () => running.usedStubs,
    close: () => offline.close(),
  }
}

/** The clock and the stubs of the case. */
function prepare({ tools, stubs }: Running, one: Case): void {
  const read = readStubs(one.stubs)
  tools.clock.now = one.now ?? Date.now()
  stubs.current = 'unused' in read ? read : noStubs
}

async function runCase(running: Running, one: Case, options: RunOptions): Promise<CaseResult> {
  const start = performance.now()
  const problems = one.skip === undefined ? await problemsOf(running, one, options) : []
  const skipped = one.skip === undefined ? {} : { skipped: one.skip }
  const took = performance.now() - start
  return { case: one, passed: problems.length === 0, ...skipped, problems, took }
}

async function problemsOf(
  running: Running,
  one: Case,
  options: RunOptions,
): Promise<readonly string[]> {
  const asked = toAsked(one)
  if (typeof asked === 'string') return [asked]
  prepare(running, one)
  const found: string[] = []
  for (const door of one.doors) {
    const outcome = await askDoor(running.tools, { one, asked, door, rules: options.rules })
    if (typeof outcome !== 'string' && outcome.decided !== undefined) {
      options.onRecord?.(outcome.decided.record, outcome.decided.request)
    }
    found.push(...problemsIn(one, outcome).map(problem => `${door}: ${problem}`))
    if (options.untilFirst && found.length > 0) return found
  }
  if (options.rules === undefined) noteStubs(running, Object.keys(one.stubs))
  return found
}

function problemsIn({ expect }: Case, outcome: DoorOutcome | string): readonly string[] {
  if (typeof outcome === 'string') return [outcome]
  const { answered, decided } = outcome
  const missing = decided?.missing ?? []
  return missing.length > 0
    ? missing.map(call => `no stub answers ${call}`)
    : differencesOf(expect, answered)
}

function noteStubs({ stubs, usedStubs }: Running, names: readonly string[]): void {
  const unused = new Set(stubs.current.unused())
  for (const name of names) {
    if (usedStubs.get(name) !== true) usedStubs.set(name, !unused.has(name))
  }
}
