import { setTimeout as wait } from 'node:timers/promises'
import type { Issuer } from './issuer.ts'
import { loadGrpc, loadHttp, type Order } from './load.ts'
import { type Started, withStarted } from './started.ts'
import { usage } from './stat.ts'
import type { Cell, Measured, System } from './types.ts'

export interface Tokens {
  readonly warm: readonly string[]
  readonly measured: readonly string[]
}
export interface Run {
  readonly system: System
  readonly cell: Cell
  readonly tokens: Tokens
  readonly seconds: number
}

/** Seconds: a runtime with a JIT compiler needs some time to get fast. */
export const warmUp = 2

/** Starts a system, warms it up, loads it, ends it. */
export const measure = (run: Run, issuer: Issuer): Promise<Measured> =>
  withStarted({ system: run.system, scene: run.cell, token: run.tokens.warm[0] }, issuer, started =>
    underLoad(run, started),
  )

async function underLoad(
  run: Run,
  { place, launch, server, startTime }: Started,
): Promise<Measured> {
  const { cell, tokens, seconds } = run
  const load = cell.door === 'http' ? loadHttp : loadGrpc
  const { folder, port } = place
  const order: Order = {
    folder,
    port,
    prefix: launch.prefix,
    rules: cell.rules,
    seconds,
    tokens: [],
    once: cell.token === 'new',
    calls: cell.calls ?? { connections: 4, streams: 16 },
  }
  await wait(1000)
  const fresh = usage(server.group)
  await load({ ...order, seconds: warmUp, tokens: tokens.warm })
  const before = usage(server.group)
  const seen = await load({ ...order, tokens: tokens.measured })
  const after = usage(server.group)
  if (seen.failures > 0)
    throw new Error(`${run.system.name}: ${seen.failures} requests failed:\n${server.log()}`)
  const cpu = (after.cpu - before.cpu) / seen.requests
  return {
    ...seen,
    cpu,
    residentAtStart: fresh.resident,
    residentAfter: after.resident,
    startTime,
  }
}
