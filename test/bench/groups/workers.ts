/** Several workers: throughput of the whole machine, and what a shared cache saves. */

import { startRedis } from '../../support/redis.ts'
import { type Bench, type Group, takeTurns } from '../group.ts'
import { measure, type Tokens } from '../measure.ts'
import type { Numbers, Row } from '../result.ts'
import { oarlock, twoWorkers } from '../systems.ts'
import type { Cell, System } from '../types.ts'
import { withCleanup } from '../with-cleanup.ts'
import { signTokens } from './decisions.ts'

const plain = { callers: 'anonymous', rules: 10, token: 'none', algorithm: 'RS256' } as const

const cells: readonly Cell[] = [
  { ...plain, door: 'http', name: 'HTTP, anonymous' },
  { ...plain, door: 'http', callers: 'jwt', token: 'new', name: 'HTTP, JWT RS256, new token' },
  {
    ...plain,
    door: 'grpc',
    calls: { connections: 32, streams: 1 },
    name: 'gRPC, anonymous, 32 connections',
  },
]

export const workers: Group = async bench => {
  const rows: Row[] = []
  for (const cell of cells.filter(({ name }) => bench.only.test(name)))
    rows.push(...(await measureCell(bench, cell)))
  if (bench.only.test(introspection.name)) rows.push(...(await measureCaches(bench)))
  return rows
}

async function measureCell(bench: Bench, cell: Cell): Promise<Row[]> {
  const { own, peers, issuer, seconds } = bench
  const all = [oarlock(own, oneWorker), oarlock(own, twoWorkers), ...peers]
  const systems = all.filter(({ doors }) => doors.includes(cell.door))
  const tokens = await signTokens(bench, cell)
  return takeTurns(bench, { load: { load: cell.name, at: {} }, systems }, system =>
    measure({ system, cell, tokens, seconds }, issuer),
  )
}

const oneWorker = { name: 'oarlock, 1 worker', env: {} }

/** Each token comes several times, so that a worker may have seen it. */
const [callers, times] = [2000, 5]
const introspection: Cell = {
  ...plain,
  door: 'http',
  callers: 'jwt',
  token: 'new',
  work: 'introspection',
  name: `HTTP, introspection, ${callers} tokens ${times} times`,
}

const measureCaches = (bench: Bench): Promise<Row[]> =>
  withCleanup(async t => {
    const { url } = await startRedis(t)
    const env = { CACHE_BACKEND: 'redis', CACHE_REDIS_URL: url }
    const shared = { name: 'oarlock, 2 workers, Redis', env: { ...twoWorkers.env, ...env } }
    const systems = [oneWorker, twoWorkers, shared].map(variant => oarlock(bench.own, variant))
    const load = { load: introspection.name, at: { tokens: callers, times } }
    return takeTurns(bench, { load, systems }, system => measureCache(bench, system))
  })

/** New tokens for each run: Redis would know those of the run before. */
async function measureCache({ issuer, seconds }: Bench, system: System): Promise<Numbers> {
  const all = await issuer.tokens('RS256', callers)
  const tokens: Tokens = { warm: all.slice(0, 1), measured: Array(times).fill(all).flat() }
  const before = issuer.introspected()
  const seen = await measure({ system, cell: introspection, tokens, seconds }, issuer)
  return { ...seen, calls: issuer.introspected() - before }
}
