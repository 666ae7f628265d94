/** What running test files gives, as data: several runs of different files can be joined. */
import type { Place } from '../lint/finding.ts'
import type { Mutation } from './mutate/mutation.ts'
import type { CaseResult } from './runner.ts'

export interface TestRun {
  readonly results: readonly CaseResult[]
  /** Files, configurations and rules that cannot be used: a line each. */
  readonly invalid: readonly string[]
  /** Files that cannot be read. */
  readonly unreadable: readonly string[]
  /** Files that the run depends on, besides the test files. */
  readonly sources: readonly string[]
  readonly groups: readonly GroupRun[]
}

/** Of all test files with one configuration. */
export interface GroupRun {
  readonly config: readonly string[]
  readonly files: readonly string[]
  /** By name, whether it answered a call. */
  readonly stubs: Readonly<Record<string, boolean>>
  readonly reached: readonly ReachedItem[]
  readonly mutation?: Mutation
}

export interface ReachedItem {
  /** Such as `rule "orders": authenticator jwt: unauthorized`. */
  readonly name: string
  readonly hits: number
  /** How often the rule matched or the handler ran. */
  readonly runs: number
  /** null: it is not in a file of rules, or places were not asked for. */
  readonly place: Place | null
}

export const noRun: TestRun = {
  results: [],
  invalid: [],
  unreadable: [],
  sources: [],
  groups: [],
}

export const joinRuns = (one: TestRun, other: TestRun): TestRun => ({
  results: [...one.results, ...other.results],
  invalid: [...new Set([...one.invalid, ...other.invalid])],
  unreadable: [...new Set([...one.unreadable, ...other.unreadable])],
  sources: [...new Set([...one.sources, ...other.sources])],
  groups: joinGroups([...one.groups, ...other.groups]),
})

function joinGroups(groups: readonly GroupRun[]): readonly GroupRun[] {
  const known = new Map<string, GroupRun>()
  for (const group of groups) {
    const key = JSON.stringify(group.config)
    const before = known.get(key)
    known.set(key, before === undefined ? group : joinGroup(before, group))
  }
  return [...known.values()]
}

const joinGroup = (one: GroupRun, other: GroupRun): GroupRun => ({
  ...one,
  files: [...one.files, ...other.files],
  stubs: joinStubs(one.stubs, other.stubs),
  reached: joinReached(one.reached, other.reached),
})

const joinStubs = (one: GroupRun['stubs'], other: GroupRun['stubs']): GroupRun['stubs'] =>
  Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map(name => [
      name,
      one[name] === true || other[name] === true,
    ]),
  )

/** Both are of the same rules. */
function joinReached(
  one: readonly ReachedItem[],
  other: readonly ReachedItem[],
): readonly ReachedItem[] {
  const more = new Map(other.map(item => [item.name, item]))
  return one.map(item => {
    const { hits = 0, runs = 0 } = more.get(item.name) ?? {}
    return { ...item, hits: item.hits + hits, runs: item.runs + runs }
  })
}

export interface Coverage {
  readonly items: number
  readonly covered: number
  readonly missing: readonly string[]
}

export function coverageOf({ groups }: TestRun): Coverage {
  const all = groups.flatMap(({ reached }) => reached)
  const missing = all.filter(({ hits }) => hits === 0).map(({ name }) => name)
  return { items: all.length, covered: all.length - missing.length, missing }
}

export const warningsOf = ({ groups }: TestRun): readonly string[] =>
  groups.flatMap(({ files, stubs }) =>
    Object.entries(stubs)
      .filter(([, isUsed]) => !isUsed)
      .map(([name]) => name)
      .sort()
      .map(name => `${files.join(', ')}: no call used the stub "${name}"`),
  )

/** The run in the order that one process gives these files. */
export function orderedAs(files: readonly string[], run: TestRun): TestRun {
  const at = new Map(files.map((file, i) => [file, i]))
  const placeOf = (file: string): number => at.get(file) ?? files.length
  const groups = run.groups
    .map(group => ({
      ...group,
      files: [...group.files].sort((one, other) => placeOf(one) - placeOf(other)),
    }))
    .sort(({ files: [one = ''] }, { files: [other = ''] }) => placeOf(one) - placeOf(other))
  const order = new Map(groups.flatMap(group => group.files).map((file, i) => [file, i]))
  const orderOf = ({ case: { file } }: CaseResult): number => order.get(file) ?? files.length
  const results = [...run.results].sort((one, other) => orderOf(one) - orderOf(other))
  return { ...run, groups, results }
}
