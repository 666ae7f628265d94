/**
 * What a decision costs by what its rules say, without doors: sets of rules that differ in one thing take turns in one
 * process.
 */
import { decide } from '../../../src/engine/decide.ts'
import { isPending } from '../../../src/lib/awaitable.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import type { AccessRequest } from '../../../src/model/request.ts'
import { compileRules } from '../../../src/rules/compiling/compile.ts'
import { parseDocument } from '../../../src/rules/loading/document.ts'
import type { RuleSet } from '../../../src/rules/rule-set.ts'
import { testDeps } from '../../support/deps.ts'
import { requestTo } from '../../support/request.ts'
import { type Bench, type Group, takeTurns } from '../group.ts'
import type { Numbers } from '../result.ts'

const sizes = [10, 10_000]
const host = 'shop.example'
const headers = [
  ['X-Tier', 'gold'],
  ['User-Agent', 'bench'],
] as const

/** Members of each rule besides its id. */
const variants: Readonly<Record<string, (n: number) => object>> = {
  url: n => ({ match: { url: `http://${host}/p${n}/<[0-9]+>`, methods: ['GET'] } }),
  'hosts and paths': n => ({ match: { ...parts(n) } }),
  'a header': n => ({ match: { ...parts(n), headers: { 'X-Tier': 'gold' } } }),
  'a header that must be absent': n => ({ match: { ...parts(n), headers: { 'X-Debug': null } } }),
  'a query parameter': n => ({ match: { ...parts(n), query: { kind: 'a' } } }),
  '`cel` with two comparisons': n => ({ match: { ...parts(n) }, authorizer: cel }),
}

const parts = (n: number) => ({
  schemes: ['http'],
  hosts: [host],
  paths: [`/p${n}/{id}`],
  methods: ['GET'],
})
const cel = {
  handler: 'cel',
  config: { expression: 'session.subject == "guest" && request.method == "GET"' },
}

const rest = {
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
}

const enabled = (config: JsonObject = {}) => ({ enabled: true, config })

async function compile(variant: (n: number) => object, size: number): Promise<RuleSet> {
  const rules = Array.from({ length: size }, (_, n) => ({ id: `r${n}`, ...rest, ...variant(n) }))
  const document = parseDocument(JSON.stringify(rules))
  if (document.kind !== 'document') throw new Error(JSON.stringify(document))
  const settings = {
    strategy: 'regexp' as const,
    authenticators: { anonymous: enabled({ subject: 'guest' }) },
    authorizers: { allow: enabled(), cel: enabled() },
    mutators: { noop: enabled() },
    errors: { json: enabled() },
    fallback: ['json'],
  }
  return compileRules(document.rules, settings, testDeps)
}

interface Prepared {
  readonly name: string
  readonly rules: RuleSet
  readonly requests: readonly AccessRequest[]
}

const asked = 512

const requestsFor = (size: number): readonly AccessRequest[] =>
  Array.from({ length: asked }, (_, i) =>
    requestTo(`http://${host}/p${(i * 7919) % size}/42?kind=a`, { headers }),
  )

export const conditions: Group = async bench => {
  const rows = []
  for (const size of sizes) {
    const load = { load: `${size} rules`, at: { rules: size } }
    if (!bench.only.test(load.load)) continue
    const systems: Prepared[] = []
    for (const [name, variant] of Object.entries(variants)) {
      systems.push({ name, rules: await compile(variant, size), requests: requestsFor(size) })
    }
    // The first turn of each set compiles its code.
    for (const system of systems) measure(system, 0.5)
    rows.push(
      ...(await takeTurns(bench, { load, systems }, async one => measure(one, bench.seconds))),
    )
  }
  return rows
}

function measure({ name, rules, requests }: Prepared, seconds: Bench['seconds']): Numbers {
  const before = process.cpuUsage()
  const end = performance.now() + seconds * 1000
  let decisions = 0
  while (performance.now() < end) {
    for (const request of requests) assertAllowed(name, decide(rules, request))
    decisions += requests.length
  }
  const { user, system } = process.cpuUsage(before)
  return { cpu: (user + system) / decisions }
}

function assertAllowed(name: string, decision: ReturnType<typeof decide>): void {
  if (isPending(decision) || decision.kind !== 'allow') {
    throw new Error(`${name}: the decision is not an allow`)
  }
}
