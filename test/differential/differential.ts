/**
 * Random configurations, rules and requests, to Oarlock and to Oathkeeper: their answers and their calls to other
 * services must be equal, except for what docs/compatibility.md lists.
 */

import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { differences } from '../conformance/compare.ts'
import type { DataMap, Request } from '../conformance/types.ts'
import { writeYaml } from '../conformance/yaml.ts'
import { type Difference, known } from './known.ts'
import { type Trial, trial } from './scenario.ts'
import { startSide } from './side.ts'

const { values } = parseArgs({
  options: {
    peer: { type: 'string', default: process.env['PEER'] ?? '' },
    seed: { type: 'string', default: process.env['SEED'] ?? String(Date.now() % 2 ** 31) },
    requests: { type: 'string', default: process.env['REQUESTS'] ?? '5000' },
    show: { type: 'string', default: '20' },
  },
})
const peer = values.peer.replace(/^oathkeeper=/, '')
const program = new URL('../../dist/main.js', import.meta.url).pathname
const ours = `"${process.execPath}" "${program}"`

interface Tally {
  asked: number
  equal: number
  readonly listed: Map<string, number>
  readonly found: Difference[]
}

/** The rule of a request: its host names it. */
function ruleOf({ scenario }: Trial, { host = '' }: Request): DataMap {
  const index = Number(/^h(\d+)/.exec(host)?.[1])
  return (scenario.rules?.[index] ?? {}) as DataMap
}

async function run(one: Trial, tally: Tally): Promise<void> {
  const [theirs, own] = await Promise.all([
    startSide(peer, one.scenario),
    startSide(ours, one.scenario),
  ])
  try {
    for (const request of one.requests) {
      const [expected, seen] = await Promise.all([theirs.ask(request), own.ask(request)])
      const diff = differences(expected, seen)
      const config = one.scenario.config ?? {}
      note({ rule: ruleOf(one, request), config, request, peer: expected, ours: seen, diff }, tally)
    }
  } finally {
    await Promise.all([theirs.stop(), own.stop()])
  }
}

function note(difference: Difference, tally: Tally): void {
  tally.asked += 1
  if (difference.diff.length === 0) {
    tally.equal += 1
    return
  }
  const subjects = difference.diff.map(
    line => known.find(({ explains }) => explains(line, difference))?.subject,
  )
  for (const subject of new Set(subjects)) {
    if (subject !== undefined) tally.listed.set(subject, (tally.listed.get(subject) ?? 0) + 1)
  }
  if (subjects.includes(undefined)) tally.found.push(difference)
}

const print = (text: string): void => void process.stdout.write(`${text}\n`)

async function main(): Promise<void> {
  if (peer === '') throw new Error('PEER=oathkeeper=/path/to/oathkeeper is needed')
  const seed = Number(values.seed)
  const wanted = Number(values.requests)
  print(`seed ${seed}`)
  const tally: Tally = { asked: 0, equal: 0, listed: new Map(), found: [] }
  // A trial has 96 requests.
  const trials = fc.sample(trial, { seed, numRuns: Math.ceil(wanted / 96) })
  for (const one of trials) await run(one, tally)
  for (const { request, rule, config, diff } of tally.found.slice(0, Number(values.show))) {
    print(`\n${writeYaml({ request: request as never, rule, diff: [...diff] })}`)
    if (process.env['CONFIG']) print(writeYaml({ config }))
  }
  for (const [subject, count] of tally.listed) print(`listed: ${subject}: ${count}`)
  print(`${tally.asked} requests, ${tally.equal} answered alike, seed ${seed}`)
  print(`${tally.asked - tally.found.length} passed, ${tally.found.length} failed`)
  process.exitCode = tally.found.length === 0 ? 0 : 1
}

await main()
