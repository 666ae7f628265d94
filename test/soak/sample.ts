/** One measurement of the running program. */
import { readExposition } from '../support/exposition.ts'
import type { Oarlock } from '../support/oarlock.ts'
import { childrenOf, openIn, residentOf } from '../support/processes.ts'
import { ask } from '../support/raw-http.ts'

export interface Sample {
  /** Seconds since the start. */
  readonly at: number
  /** All processes together, in MiB. */
  readonly memory: number
  readonly handles: number
  /** The 99th percentile of the event loop delay, in milliseconds; the sum of all workers. */
  readonly lag: number
  readonly answers: number
  readonly wrong: number
}

const mebibyte = 2 ** 20

export async function takeSample(
  oarlock: Oarlock,
  began: number,
  counts: Pick<Sample, 'answers' | 'wrong'>,
): Promise<Sample> {
  const processes = [oarlock.pid, ...childrenOf(oarlock.pid)]
  const sum = (of: (pid: number) => number): number =>
    processes.reduce((all, pid) => all + of(pid), 0)
  const series = readExposition((await ask(oarlock.metrics, { target: '/metrics' })).text)
  return {
    at: Math.round((performance.now() - began) / 1000),
    memory: Math.round(sum(residentOf) / mebibyte),
    handles: sum(pid => openIn(pid).all),
    lag: Math.round((series.get('nodejs_eventloop_lag_p99_seconds') ?? 0) * 1000),
    ...counts,
  }
}

const columns = ['at', 'memory', 'handles', 'lag', 'answers', 'wrong'] as const
const heads = ['s', 'MiB', 'handles', 'lag p99, ms', 'answers', 'wrong']

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
export function assessMemory(samples: readonly Sample[]): Assessment {
  const rest = samples.slice(Math.floor(samples.length * warm))
  const third = Math.max(1, Math.floor(rest.length / 3))
  const growth = mean(rest.slice(-third)) / mean(rest.slice(0, third)) - 1
  return { kind: growth > allowed ? 'growing' : 'flat', growth }
}

const mean = (samples: readonly Sample[]): number =>
  samples.reduce((all, { memory }) => all + memory, 0) / samples.length
