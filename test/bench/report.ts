import type { Cell, Measured } from './types.ts'

/** The result of one system in one cell; several runs become their median. */
export interface Row extends Measured {
  readonly cell: Cell
  readonly system: string
  readonly runs: number
}

export function toRow(cell: Cell, system: string, runs: readonly Measured[]): Row {
  const middle = (read: (run: Measured) => number) => median(runs.map(read))
  return {
    cell,
    system,
    runs: runs.length,
    cpu: middle(run => run.cpu),
    requests: middle(run => run.requests),
    perSecond: middle(run => run.perSecond),
    p50: middle(run => run.p50),
    p99: middle(run => run.p99),
    failures: middle(run => run.failures),
    residentAtStart: middle(run => run.residentAtStart),
    residentAfter: middle(run => run.residentAfter),
    startTime: middle(run => run.startTime),
  }
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const [low, high] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]]
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2
}

const head = [
  'load',
  'system',
  'CPU, µs per request',
  'requests per s',
  'p50, ms',
  'p99, ms',
  'memory at start, MB',
  'memory after, MB',
  'ready after, ms',
  'CPU, oarlock ÷ this',
]

/** One line per cell and system; the ratio is below one where oarlock needs less. */
export function renderTable(rows: readonly Row[]): string {
  const lines = rows.map(row => [
    row.cell.name,
    row.system,
    row.cpu.toFixed(1),
    row.perSecond.toFixed(0),
    row.p50.toFixed(2),
    row.p99.toFixed(2),
    toMegabytes(row.residentAtStart),
    toMegabytes(row.residentAfter),
    row.startTime.toFixed(0),
    ratio(rows, row),
  ])
  return markdown([head, ...lines])
}

const toMegabytes = (bytes: number): string => (bytes / 1e6).toFixed(0)

function ratio(rows: readonly Row[], row: Row): string {
  if (row.system === 'oarlock') return ''
  const own = find(rows, row.cell.name, 'oarlock')
  return own === undefined ? '' : (own.cpu / row.cpu).toFixed(2)
}

const find = (rows: readonly Row[], cell: string, system: string): Row | undefined =>
  rows.find(row => row.cell.name === cell && row.system === system)

export function markdown([first = [], ...rest]: readonly (readonly string[])[]): string {
  const line = (fields: readonly string[]) => `| ${fields.join(' | ')} |`
  const rule = first.map((_, i) => (i < 2 ? '---' : '---:'))
  return [line(first), line(rule), ...rest.map(line)].join('\n')
}

interface Target {
  readonly cell: string
  readonly against: string | 'ms' | 'MB' | 'own'
  readonly most: number
}

const httpTen = 'HTTP, anonymous, 10 rules'
const grpcTen = 'gRPC, anonymous, 10 rules'
const httpMany = 'HTTP, anonymous, 10000 rules'

/** `against` is another system, another cell of Oarlock, or an absolute unit. */
const targets: readonly Target[] = [
  { cell: httpTen, against: 'heimdall', most: 0.4 },
  { cell: httpTen, against: 'oathkeeper', most: 0.1 },
  { cell: grpcTen, against: 'heimdall', most: 0.3 },
  { cell: 'gRPC, JWT RS256, same token', against: 'heimdall', most: 0.12 },
  { cell: 'gRPC, anonymous, 10 rules, 32 connections', against: 'heimdall', most: 0.55 },
  { cell: 'HTTP, JWT RS256, same token', against: 'oathkeeper', most: 0.25 },
  { cell: 'HTTP, JWT RS256, new token', against: 'oathkeeper', most: 0.24 },
  { cell: httpMany, against: httpTen, most: 1.1 },
  { cell: 'HTTP, anonymous, 100000 rules', against: httpTen, most: 1.2 },
  { cell: 'gRPC, anonymous, 10000 rules', against: grpcTen, most: 1.1 },
  { cell: 'gRPC, anonymous, 100000 rules', against: grpcTen, most: 1.2 },
  { cell: 'HTTP, introspection, cached', against: 'oathkeeper', most: 0.2 },
  { cell: 'HTTP, id_token, cached', against: 'oathkeeper', most: 0.3 },
  { cell: 'HTTP, proxied', against: 'oathkeeper', most: 0.4 },
  { cell: 'HTTP, remote_json', against: 'own', most: 60 },
  { cell: 'HTTP, hydrator', against: 'own', most: 60 },
  { cell: httpTen, against: 'ms', most: 350 },
  { cell: httpMany, against: 'ms', most: 1000 },
  { cell: httpTen, against: 'MB', most: 90 },
  { cell: httpMany, against: 'MB', most: 140 },
]

/** The targets for which this run has numbers. */
export function renderTargets(rows: readonly Row[]): string {
  const lines = targets.flatMap(target => {
    const seen = reach(rows, target)
    if (seen === undefined) return []
    const reached = seen <= target.most ? 'yes' : 'no'
    return [[target.cell, spell(target.against), `${target.most}`, seen.toFixed(2), reached]]
  })
  return markdown([['oarlock at', 'measured as', 'at most', 'seen', 'reached'], ...lines])
}

const units: Readonly<Record<string, string>> = {
  ms: 'ready after, ms',
  MB: 'memory at start, MB',
  own: 'CPU beside the bare call, µs',
}

const spell = (against: string): string => units[against] ?? `CPU ÷ ${against}`

function reach(rows: readonly Row[], { cell, against }: Target): number | undefined {
  const own = find(rows, cell, 'oarlock')
  if (own === undefined) return undefined
  if (against === 'ms') return own.startTime
  if (against === 'MB') return own.residentAtStart / 1e6
  if (against === 'own') {
    const bare = find(rows, cell, 'bare call')
    return bare && own.cpu - bare.cpu
  }
  const other = find(rows, cell, against) ?? find(rows, against, 'oarlock')
  return other === undefined ? undefined : own.cpu / other.cpu
}
