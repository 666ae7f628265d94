/**
 * Clients and upstreams of the proxy behave at random for a while; afterwards the process must work and every slot
 * must be free.
 */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { Cleanup } from '../support/cleanup.ts'
import { type EdgeSetup, startEdge } from '../support/edge.ts'
import type { Oarlock } from '../support/oarlock.ts'
import { openIn } from '../support/processes.ts'
import { ask } from '../support/raw-http.ts'
import { askHttp1, askHttp2, type Outcome, type Target, writeFrames } from './clients.ts'
import { createRandom, type Random } from './random.ts'
import { startHttp1, startHttp2 } from './upstreams.ts'

export interface FuzzOptions {
  readonly seed: number
  /** Milliseconds. */
  readonly time: number
  /** Concurrent clients at each of the two ports. */
  readonly clients: number
  readonly say: (text: string) => void
}

export type Tally = Record<Outcome, number>

const places = 24
/** Time limits of the server; a waiting client sees an end within their sum, plus some time on a busy machine. */
const limit = { read: '2s', write: '2s', idle: '5s' }
const bound = 30_000
/** Time until everything must be released: connections to upstreams that send nothing have ten seconds. */
const longestWait = 25_000

/** Throws if the process does not work afterwards. */
export async function fuzz(t: Cleanup, options: FuzzOptions): Promise<Tally> {
  const random = createRandom(options.seed)
  const upstreams = { h1: await startHttp1(t, random), h2: await startHttp2(t, random) }
  const setup = (tls: boolean): EdgeSetup => ({
    tls,
    upstreams,
    proxy: { timeout: limit, max_request_bytes: 100_000 },
    config: {
      limits: { requests: { concurrent: places } },
      // The upstream's certificate is not tested here.
      log: { level: 'error', access: { enabled: true } },
      outbound: {},
    },
    env: { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' },
  })
  const edges = [await startEdge(t, setup(false)), await startEdge(t, setup(true))]
  await Promise.all(edges.map(assertWell))
  const before = edges.map(({ pid }) => openIn(pid).all)
  const tally: Tally = { left: 0, ended: 0, unanswered: 0 }
  const end = Date.now() + options.time
  await Promise.all(
    edges.flatMap((edge, i) =>
      Array.from({ length: options.clients }, () =>
        keepAsking({ port: edge.proxy, tls: i === 1 }, { random, end, tally, say: options.say }),
      ),
    ),
  )
  options.say(`seed ${options.seed}: ${JSON.stringify(tally)}`)
  assert.equal(tally.unanswered, 0, 'requests without an answer')
  for (const [i, edge] of edges.entries()) {
    await assertWell(edge)
    await assertDescriptors(edge, before[i] ?? 0)
  }
  return tally
}

interface Asking {
  readonly random: Random
  readonly end: number
  readonly tally: Tally
  readonly say: FuzzOptions['say']
}

async function keepAsking(target: Target, asking: Asking): Promise<void> {
  const { random, end, tally, say: onUnanswered } = asking
  const over1 = [askHttp1]
  const overTls = [askHttp1, askHttp2, askHttp2, writeFrames]
  while (Date.now() < end) {
    const ask = random.pick(target.tls ? overTls : over1)
    tally[await ask(target, { random, bound, onUnanswered })] += 1
  }
}

/** The process is alive, has logged no bug, and every slot is free. */
async function assertWell(edge: Oarlock): Promise<void> {
  assert.ok(edge.running(), edge.log().slice(-4000))
  assert.doesNotMatch(edge.log(), /because of a bug|Uncaught exception/, edge.log().slice(-4000))
  const deadline = Date.now() + longestWait
  for (;;) {
    const busy = (await held(edge)).filter(status => status === 503).length
    if (busy === 0) return
    assert.ok(Date.now() < deadline, `${busy} slots are not released`)
    await wait(200)
  }
}

/** This number of concurrent requests; none is answered before all have arrived. */
async function held({ api }: Oarlock): Promise<readonly number[]> {
  const asked = Array.from({ length: places }, async () => {
    const { status } = await ask(api, { target: '/decisions/open', host: 'h1' })
    return status
  })
  return Promise.all(asked)
}

const spare = 6

async function assertDescriptors({ pid }: Oarlock, before: number): Promise<void> {
  const deadline = Date.now() + longestWait
  while (openIn(pid).all > before + spare) {
    assert.ok(Date.now() < deadline, `${openIn(pid).all} descriptors, ${before} before`)
    await wait(200)
  }
}
