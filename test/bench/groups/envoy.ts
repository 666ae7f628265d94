/** What a client of Envoy sees: latency at fixed rates, by the check that Envoy makes. */
import { setTimeout as wait } from 'node:timers/promises'
import { asker } from '../ask.ts'
import {
  type Check,
  type Front,
  noCheck,
  overExtAuthz,
  ownFilters,
  startFront,
} from '../envoy-front.ts'
import { type Bench, type Group, takeTurns } from '../group.ts'
import { loadEdge } from '../load.ts'
import { warmUp } from '../measure.ts'
import { middle } from '../request.ts'
import type { Numbers, Row } from '../result.ts'
import { forged, withStarted } from '../started.ts'
import { usage } from '../stat.ts'
import { oarlock } from '../systems.ts'
import type { Scene, System } from '../types.ts'
import { withCleanup } from '../with-cleanup.ts'

/** What Envoy asks, running. */
interface Running {
  readonly check: Check
  /** The process group of the system; undefined: Envoy decides alone. */
  readonly group: number | undefined
}
interface Candidate {
  readonly name: string
  readonly run: (use: (running: Running) => Promise<Numbers>) => Promise<Numbers>
}

const scene: Scene = { door: 'grpc', callers: 'jwt', rules: 10 }
const unchecked = 'no check'
const saturation = 'saturation'
/** Rates are shares of the saturation of this one, so that all are compared at the same. */
const reference = 'oarlock, TCP'
const shares = { 'a quarter': 0.25, 'a half': 0.5, 'three quarters': 0.75 }

export const envoy: Group = async bench => {
  const [token = ''] = await bench.issuer.tokens('RS256', 1)
  const systems = await candidatesOf(bench, token)
  const first = await takeTurns(bench, { load: { load: saturation, at: {} }, systems }, candidate =>
    measure(bench, { candidate, token }),
  )
  const rows: Row[] = [...first]
  const most = first.find(({ system }) => system === reference)?.figures.perSecond?.median
  if (most === undefined) return rows
  for (const [name, share] of Object.entries(shares)) {
    const rate = Math.round((most * share) / 100) * 100
    const load = { load: `${name} of the saturation`, at: { perSecond: rate } }
    if (!bench.only.test(load.load)) continue
    rows.push(
      ...(await takeTurns(bench, { load, systems }, candidate =>
        measure(bench, { candidate, token, rate }),
      )),
    )
  }
  return rows
}

async function candidatesOf(bench: Bench, token: string): Promise<readonly Candidate[]> {
  const { issuer, own, peers } = bench
  const jwks = await fetch(issuer.jwks).then(answer => answer.text())
  const alone =
    (check: Check): Candidate['run'] =>
    use =>
      use({ check, group: undefined })
  const asked = (system: System): Candidate => ({
    name: system.name,
    run: use =>
      withStarted({ system, scene, token }, issuer, ({ place, launch, server }) =>
        use({ check: overExtAuthz(launch.socket ?? place.port), group: server.group }),
      ),
  })
  return [
    { name: unchecked, run: alone(noCheck) },
    { name: 'jwt_authn and rbac', run: alone(ownFilters(issuer.url, jwks)) },
    asked(oarlock(own, { name: reference, env: {} })),
    asked(oarlock(own, { name: 'oarlock, unix socket', env: {}, onSocket: true })),
    ...peers.filter(({ doors }) => doors.includes('grpc')).map(asked),
  ]
}

interface Run {
  readonly candidate: Candidate
  readonly token: string
  /** Requests per second; undefined: as many as are answered. */
  readonly rate?: number
}

const measure = (bench: Bench, run: Run): Promise<Numbers> =>
  run.candidate.run(({ check, group }) =>
    withCleanup(async t => {
      const front = await startFront(t, check)
      await verify(front, run)
      return underLoad(bench, { ...run, front, group })
    }),
  )

async function verify({ port }: Front, { candidate, token }: Run): Promise<void> {
  const ask = asker({ ...scene, door: 'http' }, { argv: [], env: {}, prefix: '' }, port)
  const rule = middle(scene.rules)
  if ((await ask(rule, token)) === undefined)
    throw new Error(`${candidate.name}: Envoy does not let the request pass`)
  const isOpen = (await ask(rule, forged(token))) !== undefined
  if (isOpen && candidate.name !== unchecked) throw new Error(`${candidate.name} allows everybody`)
}

interface Scenario extends Run {
  readonly front: Front
  readonly group: number | undefined
}

/** Milliseconds between the warm-up and the measurement. */
const rest = 500

async function underLoad(
  { seconds }: Bench,
  { front, group, token, rate }: Scenario,
): Promise<Numbers> {
  const order = { port: front.port, token }
  const cpuOf = (of: number | undefined): number => (of === undefined ? 0 : usage(of).cpu)
  await loadEdge({ ...order, seconds: warmUp })
  await wait(rest)
  const before = [cpuOf(front.pid), cpuOf(group)] as const
  const seen = await loadEdge({ ...order, seconds, ...(rate !== undefined && { rate }) })
  const after = [cpuOf(front.pid), cpuOf(group)] as const
  const { p50, p99, p999, requests, failures } = seen
  // An overloaded check makes Envoy deny requests; a rate that is not reached shows it.
  if (failures > 0 && rate === undefined)
    throw new Error(`${failures} requests failed:\n${front.log()}`)
  return {
    perSecond: seen.perSecond * (1 - failures / requests),
    p50,
    p99,
    p999,
    envoyCpu: (after[0] - before[0]) / requests,
    cpu: (after[1] - before[1]) / requests,
  }
}
