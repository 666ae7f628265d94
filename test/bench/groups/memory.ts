/** Resident memory after a start without load, by the number of rules. */
import { setTimeout as wait } from 'node:timers/promises'
import { type Bench, type Group, takeTurns } from '../group.ts'
import type { Numbers, Row } from '../result.ts'
import { withStarted } from '../started.ts'
import { usage } from '../stat.ts'
import { isOwn, oarlock, twoWorkers } from '../systems.ts'
import type { Scene, System } from '../types.ts'
import { mostRulesOfOthers } from './decisions.ts'

const sizes = [10, 1000, 10_000, 100_000]

export const memory: Group = async bench => {
  const systems = [oarlock(bench.own), oarlock(bench.own, twoWorkers), ...bench.peers]
  const rows: Row[] = []
  for (const rules of sizes) {
    const able = systems.filter(system => isOwn(system) || rules <= mostRulesOfOthers)
    const load = { load: `${rules} rules`, at: { rules } }
    if (bench.only.test(load.load))
      rows.push(
        ...(await takeTurns(bench, { load, systems: able }, system =>
          measure(bench, system, rules),
        )),
      )
  }
  return rows
}

/** A start has ended when nothing more is loaded. Milliseconds. */
const settling = 1500

function measure({ issuer }: Bench, system: System, rules: number): Promise<Numbers> {
  const scene: Scene = { door: 'http', callers: 'anonymous', rules }
  return withStarted({ system, scene }, issuer, async ({ server, startTime }) => {
    await wait(settling)
    return { residentAtStart: usage(server.group).resident, startTime }
  })
}
