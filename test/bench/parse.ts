import type { DetailedLoad, Load } from './types.ts'

const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 }

/** `1.23ms`, `456.00us`, `2.00s` in milliseconds. */
export function toMilliseconds(text: string): number {
  const [, number, unit = ''] = /^([\d.]+)(us|ms|s|m)$/.exec(text) ?? []
  const factor = units[unit]
  if (number === undefined || factor === undefined) throw new Error(`no duration: ${text}`)
  return Number(number) * factor
}

/** Reads the output of `wrk --latency`. Throws on other text: a missing number must not become zero. */
export function parseWrk(output: string): Load {
  const [requests, seconds] = need(output, /(\d+) requests in ([\d.]+(?:us|ms|s|m))/, 'wrk')
  const [p50] = need(output, /^ +50% +(\S+)/m, 'wrk')
  const [p99] = need(output, /^ +99% +(\S+)/m, 'wrk')
  const socket = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output)
  const refused = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? '0'
  return {
    requests: Number(requests),
    perSecond: Number(requests) / (toMilliseconds(seconds) / 1000),
    p50: toMilliseconds(p50),
    p99: toMilliseconds(p99),
    failures: sum(socket?.slice(1) ?? []) + Number(refused),
  }
}

export interface H2loadRun {
  readonly output: string
  /** One line per request with start, status and microseconds. */
  readonly log: string
}

/** Reads what `h2load` printed and logged; several runs at the same time count together. */
export function parseH2load(...runs: readonly H2loadRun[]): DetailedLoad {
  const loads = runs.map(({ output }) => parseOutput(output))
  const times = runs.flatMap(({ log }) => timesIn(log)).sort((a, b) => a - b)
  if (times.length === 0) throw new Error('h2load wrote no log')
  const all = (read: (load: Counts) => number): number =>
    loads.reduce((sum, load) => sum + read(load), 0)
  return {
    requests: all(load => load.requests),
    perSecond: all(load => load.perSecond),
    p50: quantile(times, 0.5) / 1000,
    p99: quantile(times, 0.99) / 1000,
    p999: quantile(times, 0.999) / 1000,
    failures: all(load => load.failures),
  }
}

type Counts = Pick<Load, 'requests' | 'perSecond' | 'failures'>

function parseOutput(output: string): Counts {
  const [perSecond] = need(output, /finished in [^,]+, ([\d.]+) req\/s/, 'h2load')
  const [done, failed] = need(output, /(\d+) done, \d+ succeeded, (\d+) failed/, 'h2load')
  const [good] = need(output, /status codes: (\d+) 2xx/, 'h2load')
  return {
    requests: Number(done),
    perSecond: Number(perSecond),
    failures: Math.max(Number(failed), Number(done) - Number(good)),
  }
}

const timesIn = (log: string): readonly number[] =>
  log
    .split('\n')
    .filter(Boolean)
    .map(line => Number(line.split('\t')[2]))

/** The smallest of sorted numbers that is not below this share of them. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN

const sum = (numbers: readonly string[]): number =>
  numbers.reduce((all, number) => all + Number(number), 0)

function need(output: string, pattern: RegExp, what: string): [string, string] {
  const found = pattern.exec(output)
  if (found === null) throw new Error(`${what} said something else:\n${output.slice(0, 2000)}`)
  return [found[1] ?? '', found[2] ?? '']
}
