import assert from 'node:assert/strict'
import { converse } from '../../support/converse.ts'
import { askHttp2On } from '../../support/raw-http2.ts'
import { until } from '../../support/until.ts'
import type { Received } from '../../support/upstream.ts'
import type { Edge } from './edges.ts'
import { inScheme, oddHttp2, withTrailers } from './http2.ts'
import { assertAsMatched } from './matched.ts'

/**
 * One request, or bytes that may contain several. Gives the statuses of the answers; none if the connection broke
 * off.
 */
type Asking = () => Promise<readonly number[]>

/** Every answer of an edge so far. */
export interface Run {
  readonly edge: Edge
  /** The requests that reached the upstream. One that its client breaks off may arrive late. */
  readonly came: Received[]
  /** The numbers of answers that were not denials, and of requests that were neither answered nor denied. */
  passed: number
  refused: number
}

export const startRun = (edge: Edge): Run => ({ edge, came: [], passed: 0, refused: 0 })

/** Returns how many requests were allowed. */
export const overHttp1 = (run: Run, requests: readonly Buffer[]): Promise<number> =>
  askAll(
    run,
    requests.map(bytes => async () => converse(await run.edge.open('http/1.1'), bytes)),
  )

export function overHttp2(run: Run): Promise<number> {
  const { scheme, open } = run.edge
  const requests = oddHttp2(scheme).map(([, request]) => request)
  const askings = [...requests, inScheme(scheme, withTrailers)].map(request => async () => {
    const answer = await askHttp2On(await open('h2'), request)
    return answer === 'refused' ? [] : [answer.status]
  })
  return askAll(run, askings)
}

/** Envoy keeps a connection open for a second after it denied a request. */
const atOnce = 48

/** Each request is denied or arrives as it was matched; no other request arrives. */
async function askAll(run: Run, askings: readonly Asking[]): Promise<number> {
  const all = await inParallel(askings)
  const passed = all.flat().filter(isPass).length
  run.passed += passed
  run.refused += all.filter(statuses => !statuses.some(isPass)).length
  await assertSettled(run)
  for (const received of run.came) assertCame(received)
  return passed
}

const isPass = (status: number): boolean => status < 300

async function inParallel(askings: readonly Asking[]): Promise<readonly (readonly number[])[]> {
  const left = [...askings]
  const all: (readonly number[])[] = []
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) all.push(await next())
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return all
}

/** The only header that all callers copy. */
export const header = 'x-user'

function assertCame(received: Received): void {
  const { method, target, headers, all, trailers } = received
  const what = `${method} ${target} ${JSON.stringify(headers)}`
  assertAsMatched(received, header, what)
  const upgrades = all('upgrade')
  assert(upgrades.length === 0 || upgrades.join() === 'websocket', what)
  assert.deepEqual(
    trailers.filter(([name]) => /^x[-_]user$/i.test(name)),
    [],
    what,
  )
}

/**
 * As many requests arrived as were allowed. A request that is allowed by its headers may be denied for its body,
 * before or after it arrives, or break off.
 */
async function assertSettled({ edge, came, passed, refused }: Run): Promise<void> {
  const count = async () => {
    came.push(...edge.upstream.take())
    return { passed, came: came.length, allowed: await edge.allowed(), refused }
  }
  const settled = until(async () => {
    const counted = await count()
    return (
      passed <= counted.came &&
      counted.came <= counted.allowed &&
      counted.allowed <= passed + refused
    )
  }, 'both counts agree')
  await settled.catch(async () => assert.fail(JSON.stringify(await count())))
}
