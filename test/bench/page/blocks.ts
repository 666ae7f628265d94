/** The tables of the pages, by name. */
import {
  type FigureName,
  type GroupName,
  groupNames,
  medianOf,
  type Result,
  type Row,
} from '../result.ts'
import { find, reach, targets } from '../targets.ts'
import { isReached, rowsOf } from './charts.ts'
import { type Column, table } from './markdown.ts'
import { count, digits, kilobytes, megabytes, middleOf, type Show, spread } from './numbers.ts'

type Block = (result: Result) => string

export const blocks = (result: Result): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(all).map(([name, block]) => [name, block(result)]))

const load: Column<Row> = { head: 'load', of: row => row.load, isText: true }
const system: Column<Row> = { head: 'system', of: row => row.system, isText: true }

/** The median alone. */
const middle = (head: string, name: FigureName, show: Show): Column<Row> => ({
  head,
  of: ({ figures }) => middleOf(figures[name], show),
})
/** With the smallest and the largest of the repeats. */
const whole = (head: string, name: FigureName, show: Show): Column<Row> => ({
  head,
  of: ({ figures }) => spread(figures[name], show),
})

const tableOf = (rows: readonly Row[], columns: readonly Column<Row>[]): string =>
  rows.length === 0 ? 'Not measured.' : table(columns, rows)

/** Which command made the numbers of a group, and when. */
function runs({ groups }: Result): string {
  const measured = groupNames.flatMap(name => {
    const group = groups[name]
    return group === undefined ? [] : [{ name, ...group }]
  })
  return table(
    [
      { head: 'group', of: ({ name }) => name, isText: true },
      { head: 'measured', of: group => group.measured, isText: true },
      { head: 'commit', of: ({ commit }) => commit, isText: true },
      { head: 'command', of: ({ command }) => `\`${command}\``, isText: true },
    ],
    measured,
  )
}

/** Machines and versions; groups that were measured apart may differ. */
function machine({ groups }: Result): string {
  const lines = groupNames.flatMap(name => {
    const group = groups[name]
    if (group === undefined) return []
    const { processors, processor, memory, kernel } = group.machine
    const gibibytes = (memory / 2 ** 30).toFixed(0)
    const versions = Object.entries(group.versions).map(([name, text]) => `- ${name}: ${text}`)
    return [`- ${processors} × ${processor}, ${gibibytes} GiB, ${kernel}`, ...versions]
  })
  return [...new Set(lines)].join('\n')
}

const decisions: Block = result => {
  const rows = rowsOf(result, 'decisions')
  const ratio = (row: Row): string => {
    const own = medianOf(find(rows, row.load, 'oarlock'), 'cpu')
    const other = medianOf(row, 'cpu')
    if (row.system === 'oarlock' || own === undefined || other === undefined) return ''
    return (own / other).toFixed(2)
  }
  return tableOf(rows, [
    load,
    system,
    whole('CPU, µs per request', 'cpu', digits(1)),
    middle('requests per s', 'perSecond', count),
    middle('p50, ms', 'p50', digits(2)),
    middle('p99, ms', 'p99', digits(2)),
    middle('memory at start, MB', 'residentAtStart', megabytes),
    middle('memory after, MB', 'residentAfter', megabytes),
    middle('ready after, ms', 'startTime', count),
    { head: 'CPU, oarlock ÷ this', of: ratio },
  ])
}

const units: Readonly<Record<string, string>> = {
  ms: 'ready after, ms',
  MB: 'memory at start, MB',
  own: 'CPU beside the bare call, µs',
}

/** Every target: one that was not measured, or not reached, says so. */
const targetTable: Block = result => {
  const rows = rowsOf(result, 'decisions')
  const seen = targets.map(target => ({ ...target, seen: reach(rows, target) }))
  return table(
    [
      { head: 'oarlock at', of: ({ cell }) => cell, isText: true },
      {
        head: 'measured as',
        of: ({ against }) => units[against] ?? `CPU ÷ ${against}`,
        isText: true,
      },
      { head: 'at most', of: ({ most }) => String(most) },
      { head: 'seen', of: ({ seen }) => seen?.toFixed(2) ?? 'not measured' },
      {
        head: 'reached',
        of: ({ seen, most }) => (seen === undefined ? '' : seen <= most ? 'yes' : '**no**'),
      },
    ],
    seen,
  )
}

const envoy: Block = result =>
  tableOf(rowsOf(result, 'envoy'), [
    load,
    { head: 'check', of: row => row.system, isText: true },
    { head: 'rate, per s', of: ({ at }) => (at['perSecond'] ? count(at['perSecond']) : 'all') },
    {
      head: 'answered, per s',
      of: row => {
        const answered = middleOf(row.figures.perSecond, count)
        return row.at['perSecond'] && !isReached(row) ? `**${answered}**` : answered
      },
    },
    whole('p50, ms', 'p50', digits(2)),
    whole('p99, ms', 'p99', digits(2)),
    whole('p99.9, ms', 'p999', digits(2)),
    middle('CPU of Envoy, µs', 'envoyCpu', digits(0)),
    middle('CPU of the check, µs', 'cpu', digits(0)),
  ])

/** What one core serves: the time of a core, divided by what a request takes of it. */
const capacity: Block = result =>
  tableOf(
    rowsOf(result, 'decisions').filter(row => row.system === 'oarlock'),
    [
      { head: 'what a request needs', of: row => row.load, isText: true },
      whole('CPU, µs', 'cpu', digits(1)),
      {
        head: 'requests per s and core',
        of: row => middleOf(row.figures.cpu, cpu => count(Math.floor(1e6 / cpu / 100) * 100)),
      },
    ],
  )

/** Replicas do not share anything: half of what a core serves, times their number. */
const cluster: Block = result =>
  tableOf(
    rowsOf(result, 'decisions').filter(row => row.system === 'oarlock' && isPlanned(row)),
    [
      { head: 'what a request needs', of: row => row.load, isText: true },
      ...[1, 3, 10].map(replicas => ({
        head: replicas === 1 ? '1 replica, per s' : `${replicas} replicas, per s`,
        of: (row: Row) => middleOf(row.figures.cpu, cpu => planned(cpu, replicas)),
      })),
    ],
  )

const isPlanned = ({ load }: Row): boolean => /10 rules$|new token|remote_json/.test(load)

const planned = (cpu: number, replicas: number): string =>
  count(Math.floor((0.5e6 / cpu / 100) * replicas) * 100)

const workers: Block = result =>
  tableOf(
    rowsOf(result, 'workers').filter(({ figures }) => figures.calls === undefined),
    [
      load,
      system,
      whole('requests per s', 'perSecond', count),
      whole('CPU, µs per request', 'cpu', digits(1)),
      middle('p50, ms', 'p50', digits(2)),
      middle('p99, ms', 'p99', digits(2)),
      middle('memory after, MB', 'residentAfter', megabytes),
    ],
  )

const cache: Block = result =>
  tableOf(
    rowsOf(result, 'workers').filter(({ figures }) => figures.calls !== undefined),
    [
      load,
      system,
      whole('calls of the service', 'calls', count),
      whole('requests per s', 'perSecond', count),
      whole('CPU, µs per request', 'cpu', digits(1)),
      middle('p50, ms', 'p50', digits(2)),
      middle('p99, ms', 'p99', digits(2)),
    ],
  )

const fewest = 10

/** Each set beside the one with URL patterns. */
const conditions: Block = result => {
  const rows = rowsOf(result, 'conditions')
  const ratio = (row: Row): string => {
    const [own, plain] = [medianOf(row, 'cpu'), medianOf(find(rows, row.load, 'url'), 'cpu')]
    return own === undefined || plain === undefined ? '' : (own / plain).toFixed(2)
  }
  return tableOf(rows, [
    load,
    { ...system, head: 'rules with' },
    whole('CPU, µs per decision', 'cpu', digits(2)),
    { head: 'CPU ÷ url', of: ratio },
  ])
}

const memory: Block = result => {
  const rows = rowsOf(result, 'memory')
  const perRule = ({ system, at, figures }: Row): string => {
    const base = medianOf(find(rows, `${fewest} rules`, system), 'residentAtStart')
    const more = (at['rules'] ?? 0) - fewest
    const now = figures.residentAtStart?.median
    return base === undefined || now === undefined || more <= 0
      ? ''
      : kilobytes((now - base) / more)
  }
  return tableOf(rows, [
    load,
    system,
    whole('memory, MB', 'residentAtStart', megabytes),
    { head: 'per rule, kB', of: perRule },
    middle('ready after, ms', 'startTime', count),
  ])
}

const parts: Block = result => {
  const rows = rowsOf(result, 'parts')
  const more = rows.filter(row => row.load.endsWith('more'))
  const held = rows.filter(row => !more.includes(row))
  if (held.length === 0) return 'Not measured.'
  const sum = (name: FigureName): number =>
    held.reduce((all, row) => all + (medianOf(row, name) ?? 0), 0)
  const line = (row: Row): PartLine => ({
    part: row.load,
    resident: medianOf(row, 'resident') ?? 0,
    collected: medianOf(row, 'collected') ?? 0,
  })
  const together = {
    part: '**together**',
    resident: sum('resident'),
    collected: sum('collected'),
  }
  return table<PartLine>(
    [
      { head: 'part', of: ({ part }) => part, isText: true },
      { head: 'resident, MB', of: ({ resident }) => megabytes(resident) },
      { head: 'heap and buffers, MB', of: ({ collected }) => (collected / 1e6).toFixed(1) },
    ],
    [...held.map(line), together, ...more.map(line)],
  )
}

interface PartLine {
  readonly part: string
  readonly resident: number
  readonly collected: number
}

const connections: Block = result =>
  tableOf(rowsOf(result, 'connections'), [
    load,
    system,
    whole('per connection, kB', 'perConnection', kilobytes),
    middle('memory with all of them, MB', 'residentAfter', megabytes),
    middle('requests per s meanwhile', 'perSecond', count),
    middle('p50, ms', 'p50', digits(2)),
    middle('p99, ms', 'p99', digits(2)),
  ])

const reload: Block = result =>
  tableOf(rowsOf(result, 'reload'), [
    load,
    system,
    whole('new rules in force after, ms', 'inForce', count),
    whole('longest answer meanwhile, ms', 'worst', digits(1)),
    middle('p99 meanwhile, ms', 'p99', digits(1)),
    middle('longest answer before, ms', 'worstBefore', digits(1)),
  ])

const commands: Block = result =>
  tableOf(rowsOf(result, 'commands'), [
    load,
    { ...system, head: 'command' },
    whole('time, s', 'runTime', ms => (ms / 1000).toFixed(2)),
    middle('cases per s', 'perSecond', count),
    middle('memory, MB', 'peakMemory', megabytes),
  ])

/** The command of a group, for the line above its table. */
const measuredBy = Object.fromEntries(
  groupNames.map(name => [
    `command-${name}`,
    ({ groups }: Result) => `\`${groups[name]?.command ?? `make bench GROUP=${name}`}\``,
  ]),
) as Readonly<Record<`command-${GroupName}`, Block>>

const all: Readonly<Record<string, Block>> = {
  ...measuredBy,
  runs,
  machine,
  decisions,
  targets: targetTable,
  envoy,
  capacity,
  cluster,
  conditions,
  workers,
  cache,
  memory,
  parts,
  connections,
  reload,
  commands,
}
