/** A reload while the server answers: how long no request is answered, and when the new rules are in force. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Answer, type FixedRate, startFixedRate } from '../fixed-rate.ts'
import { type Bench, type Group, takeTurns } from '../group.ts'
import { quantile } from '../parse.ts'
import { middle, pathOf } from '../request.ts'
import type { Numbers, Row } from '../result.ts'
import { type Started, withStarted } from '../started.ts'
import { oarlock, twoWorkers } from '../systems.ts'
import type { Scene, System } from '../types.ts'

interface Rule {
  readonly id: string
  readonly match: { readonly url: string; readonly methods: readonly string[] }
}
/** Returns the new rules: each change adds the rule after the last one. */
type Change = (rules: readonly Rule[]) => readonly Rule[]

const oneMore: Change = rules => {
  const first = rules[0] as Rule
  const { length: n } = rules
  const match = { ...first.match, url: first.match.url.replace('/svc0/', `/svc${n}/`) }
  return [...rules, { ...first, id: `rule-${n}`, match }]
}

const everyOne: Change = rules =>
  oneMore(rules).map(rule => ({
    ...rule,
    match: { ...rule.match, methods: [...rule.match.methods, 'PUT'] },
  }))

const changes = { 'one rule is added': oneMore, 'every rule changes': everyOne }
const sizes = [10_000, 100_000]
const perSecond = 500

export const reload: Group = async bench => {
  const rows: Row[] = []
  const systems = [oarlock(bench.own), oarlock(bench.own, twoWorkers)]
  for (const rules of sizes) {
    for (const [name, change] of Object.entries(changes)) {
      const load = { load: `${rules} rules, ${name}`, at: { rules, perSecond } }
      if (bench.only.test(load.load))
        rows.push(
          ...(await takeTurns(bench, { load, systems }, system =>
            measure(bench, system, { rules, change }),
          )),
        )
    }
  }
  return rows
}

interface Reload {
  readonly rules: number
  readonly change: Change
}

function measure(bench: Bench, system: System, { rules, change }: Reload): Promise<Numbers> {
  const scene: Scene = { door: 'http', callers: 'anonymous', rules }
  return withStarted({ system, scene }, bench.issuer, started => {
    const file = join(started.place.folder, 'rules.json')
    const next = `${file}.new`
    const changed = change(JSON.parse(readFileSync(file, 'utf8')) as readonly Rule[])
    writeFileSync(next, JSON.stringify(changed))
    return underLoad(bench, { started, rules, replace: () => renameSync(next, file) })
  })
}

interface Scenario {
  readonly started: Started
  readonly rules: number
  /** Must not take time: the same process sends the requests. */
  readonly replace: () => void
}

/** Milliseconds: code gets compiled, and old rules become garbage. */
const [warmUp, rest] = [2000, 1000]
const longestReload = 180_000

async function underLoad(
  { seconds }: Bench,
  { started, rules, replace }: Scenario,
): Promise<Numbers> {
  const { place, launch } = started
  const known = `${launch.prefix}${pathOf(middle(rules))}`
  const added = `${launch.prefix}${pathOf(rules)}`
  const load = startFixedRate({
    port: place.port,
    perSecond,
    path: n => (n % 2 === 0 ? known : added),
  })
  await wait(warmUp)
  const before = performance.now()
  await wait(seconds * 1000)
  const changed = performance.now()
  replace()
  const inForce = await untilAllowed(load, added)
  await wait(rest)
  await load.stop()
  assertAllowed(load, known)
  const during = load.answers.filter(({ due }) => due >= changed)
  return {
    inForce: inForce - changed,
    worst: latencies(during).at(-1) ?? Number.NaN,
    p99: quantile(latencies(during), 0.99),
    worstBefore:
      latencies(load.answers.filter(({ due }) => due >= before && due < changed)).at(-1) ??
      Number.NaN,
  }
}

const latencies = (answers: readonly Answer[]): readonly number[] =>
  answers.map(({ due, came }) => came - due).sort((a, b) => a - b)

/** When the first request was allowed. */
async function untilAllowed({ answers }: FixedRate, path: string): Promise<number> {
  const deadline = performance.now() + longestReload
  let read = 0
  for (;;) {
    const found = answers.slice(read).find(answer => answer.path === path && answer.status === 200)
    if (found !== undefined) return found.came
    read = answers.length
    if (performance.now() > deadline) throw new Error('the new rules did not come into force')
    await wait(5)
  }
}

function assertAllowed({ answers }: FixedRate, path: string): void {
  const wrong = answers.find(answer => answer.path === path && answer.status !== 200)
  if (wrong !== undefined) throw new Error(`a request during the reload got ${wrong.status}`)
}
