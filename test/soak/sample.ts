/** One measurement of the running program. */
import { readExposition } from '../support/exposition.ts'
import type { Oarlock } from '../support/oarlock.ts'
import { childrenOf, openIn, residentOf } from '../support/processes.ts'
import { ask } from '../support/raw-http.ts'
import { collectedOf } from './collected.ts'

export interface Sample {
  /** Seconds since the start. */
  readonly at: number
  /** All processes together, in MiB. */
  readonly memory: number
  /** Heap and buffers of all processes after a full collection, in MiB. */
  readonly collected: number
  readonly handles: number
  /** The 99th percentile of the event loop delay, in milliseconds; the sum of all workers. */
  readonly lag: number
  readonly answers: number
  readonly wrong: number
}

const mebibyte = 2 ** 20

export interface Sampled {
  readonly oarlock: Oarlock
  readonly began: number
  /** For what the processes say about themselves. */
  readonly folder: string
}

export async function takeSample(
  { oarlock, began, folder }: Sampled,
  counts: Pick<Sample, 'answers' | 'wrong'>,
): Promise<Sample> {
  const processes = [oarlock.pid, ...childrenOf(oarlock.pid)]
  const sum = (of: (pid: number) => number): number =>
    processes.reduce((all, pid) => all + of(pid), 0)
  const series = readExposition((await ask(oarlock.metrics, { target: '/metrics' })).text)
  // The resident size is that of running under load, so it is read first.
  const memory = sum(residentOf)
  let collected = 0
  for (const pid of processes) collected += await collectedOf(folder, pid)
  return {
    at: Math.round((performance.now() - began) / 1000),
    memory: Math.round(memory / mebibyte),
    collected: Math.round((collected / mebibyte) * 10) / 10,
    handles: sum(pid => openIn(pid).all),
    lag: Math.round((series.get('nodejs_eventloop_lag_p99_seconds') ?? 0) * 1000),
    ...counts,
  }
}

const columns = ['at', 'memory', 'collected', 'handles', 'lag', 'answers', 'wrong'] as const
const heads = ['s', 'MiB', 'collected, MiB', 'handles', 'lag p99, ms', 'answers', 'wrong']

export const tableOf = (samples: readonly Sample[]): string =>
  [
    `| ${heads.join(' | ')} |`,
    `|${' ---: |'.repeat(heads.length)}`,
    ...samples.map(sample => `| ${columns.map(column => sample[column]).join(' | ')} |`),
  ].join('\n')

/** The first part is the warm-up: caches fill, code is compiled. */
const warm = 0.3
const allowed = 0.1

export type Assessment =
  | { readonly kind: 'flat'; readonly growth: number }
  | { readonly kind: 'growing'; readonly growth: number }

/** Compares the last third after the warm-up with the first: garbage makes single samples vary. */
export function assessMemory(
  samples: readonly Sample[],
  of: 'memory' | 'collected' = 'memory',
): Assessment {
  const rest = samples.slice(Math.floor(samples.length * warm))
  const third = Math.max(1, Math.floor(rest.length / 3))
  const mean = (some: readonly Sample[]): number =>
    some.reduce((all, sample) => all + sample[of], 0) / some.length
  const growth = mean(rest.slice(-third)) / mean(rest.slice(0, third)) - 1
  return { kind: growth > allowed ? 'growing' : 'flat', growth }
}
