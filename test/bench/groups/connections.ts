/** Thousands of open connections: what each takes, and how decisions are answered beside them. */
import { setTimeout as wait } from 'node:timers/promises'
import { type Bench, type Group, takeTurns } from '../group.ts'
import { loadGrpc, loadHttp, type Order } from '../load.ts'
import { openConnections } from '../open-connections.ts'
import { middle } from '../request.ts'
import type { Numbers, Row } from '../result.ts'
import { type Started, withStarted } from '../started.ts'
import { usage } from '../stat.ts'
import { oarlock } from '../systems.ts'
import type { Scene, System } from '../types.ts'

const count = 10_000
const doors = { http: 'HTTP', grpc: 'gRPC' }

export const connections: Group = async bench => {
  const rows: Row[] = []
  for (const door of ['http', 'grpc'] as const) {
    const load = { load: `${doors[door]}, ${count} connections`, at: { connections: count } }
    const systems = [oarlock(bench.own), ...bench.peers].filter(system =>
      system.doors.includes(door),
    )
    if (bench.only.test(load.load))
      rows.push(
        ...(await takeTurns(bench, { load, systems }, system => measure(bench, system, door))),
      )
  }
  return rows
}

function measure(bench: Bench, system: System, door: Scene['door']): Promise<Numbers> {
  const scene: Scene = { door, callers: 'anonymous', rules: 10 }
  return withStarted({ system, scene }, bench.issuer, started => whileOpen(bench, started, scene))
}

/** Milliseconds, in which a runtime gives back what it does not need. */
const settling = 2000
const warmUp = 2

async function whileOpen(
  { seconds }: Bench,
  { place, launch, server }: Started,
  { door, rules }: Scene,
): Promise<Numbers> {
  const { folder, port } = place
  const { prefix } = launch
  const calls = { connections: 4, streams: 16 }
  const order: Order = { folder, port, prefix, rules, seconds, calls, tokens: [], once: false }
  const load = door === 'http' ? loadHttp : loadGrpc
  await load({ ...order, seconds: warmUp })
  await wait(settling)
  const before = usage(server.group).resident
  const opened = await openConnections(count, { door, port, prefix, rule: middle(rules) })
  await wait(settling)
  const after = usage(server.group).resident
  const { perSecond, p50, p99, failures } = await load(order)
  if (failures > 0) throw new Error(`${failures} requests failed:\n${server.log()}`)
  await opened.askAll()
  opened.close()
  const perConnection = (after - before) / count
  return { perConnection, residentAfter: after, perSecond, p50, p99 }
}
