/** The charts of the pages, by file name. A chart without numbers is left out. */
import type { Figure, FigureName, GroupName, Result, Row } from '../result.ts'
import { find } from '../targets.ts'
import { bars } from './bars.ts'
import { type Axis, lines, type Series } from './lines.ts'
import { count, megabytes } from './numbers.ts'
import type { Point } from './svg.ts'

export const charts = (result: Result): ReadonlyMap<string, string> =>
  new Map(
    [
      ['cpu.svg', cpu(rowsOf(result, 'decisions'))],
      ['rules.svg', rules(rowsOf(result, 'decisions'))],
      ['memory.svg', memory(rowsOf(result, 'memory'))],
      ['workers.svg', workers(rowsOf(result, 'workers'))],
      ['envoy-p50.svg', latency(rowsOf(result, 'envoy'), 'p50')],
      ['envoy-p99.svg', latency(rowsOf(result, 'envoy'), 'p99')],
    ].flatMap(([name = '', chart]) => (chart === undefined ? [] : [[name, chart]])),
  )

export const rowsOf = (result: Result, group: GroupName): readonly Row[] =>
  result.groups[group]?.rows ?? []

const decided = [
  'HTTP, anonymous, 10 rules',
  'gRPC, anonymous, 10 rules',
  'HTTP, JWT RS256, same token',
  'gRPC, JWT RS256, same token',
  'HTTP, JWT RS256, new token',
  'HTTP, JWT ES256, new token',
]
const compared = ['oarlock', 'heimdall', 'oathkeeper']

const named = (rows: readonly Row[], systems: readonly string[]): readonly string[] =>
  systems.filter(name => rows.some(({ system }) => system === name))

const pointOf = (figure: Figure | undefined, factor = 1): Point | undefined =>
  figure && {
    median: figure.median * factor,
    min: figure.min * factor,
    max: figure.max * factor,
  }

function cpu(rows: readonly Row[]): string | undefined {
  const systems = named(rows, compared)
  const loads = decided.filter(load => rows.some(row => row.load === load))
  if (loads.length === 0) return undefined
  return bars({
    title: 'CPU time of a decision',
    axis: 'µs of CPU per request (less is better)',
    series: systems,
    groups: loads.map(name => ({
      name,
      points: systems.map(system => pointOf(find(rows, name, system)?.figures.cpu)),
    })),
    show: value => value.toFixed(0),
  })
}

const rulesAxis: Axis = { title: 'number of rules', logarithmic: true, show: count }

function rules(rows: readonly Row[]): string | undefined {
  const plain = rows.filter(({ load }) => /^HTTP, anonymous, \d+ rules$/.test(load))
  const series = seriesOf(plain, { x: 'rules', figure: 'cpu' })
  if (series.length === 0) return undefined
  return lines({
    title: 'CPU time of a decision by the number of rules (HTTP)',
    x: rulesAxis,
    y: { title: 'µs of CPU per request', logarithmic: true, show: count },
    series,
  })
}

function memory(rows: readonly Row[]): string | undefined {
  const series = seriesOf(rows, { x: 'rules', figure: 'residentAtStart' })
  if (series.length === 0) return undefined
  return lines({
    title: 'Memory after the start by the number of rules',
    x: rulesAxis,
    y: { title: 'resident MB', logarithmic: false, show: megabytes },
    series,
  })
}

function latency(rows: readonly Row[], figure: 'p50' | 'p99'): string | undefined {
  const series = seriesOf(
    rows.filter(row => isReached(row) && row.at['perSecond'] !== undefined),
    { x: 'perSecond', figure },
  )
  if (series.length === 0) return undefined
  return lines({
    title: `Latency of a request through Envoy, ${figure}`,
    x: { title: 'requests per second', logarithmic: false, show: count },
    y: { title: 'ms', logarithmic: false, show: value => String(Number(value.toFixed(2))) },
    series,
  })
}

/** Most of the requests that were due were sent and answered. */
export const isReached = ({ at, figures }: Row): boolean =>
  (figures.perSecond?.median ?? 0) >= 0.97 * (at['perSecond'] ?? 0)

function workers(rows: readonly Row[]): string | undefined {
  const series = [
    ...new Set(rows.filter(({ at }) => !('tokens' in at)).map(({ system }) => system)),
  ]
  const loads = [...new Set(rows.filter(({ at }) => !('tokens' in at)).map(({ load }) => load))]
  if (loads.length === 0) return undefined
  return bars({
    title: 'Decisions of the whole machine',
    axis: 'requests per second (more is better)',
    series,
    groups: loads.map(name => ({
      name,
      points: series.map(system => pointOf(find(rows, name, system)?.figures.perSecond)),
    })),
    show: count,
  })
}

interface Choice {
  readonly x: string
  readonly figure: FigureName
}

/** A series for each system that has numbers, in the order of the rows. */
function seriesOf(rows: readonly Row[], { x, figure }: Choice): readonly Series[] {
  const systems = [...new Set(rows.map(({ system }) => system))]
  return systems.map(name => ({
    name,
    points: rows
      .filter(({ system }) => system === name)
      .flatMap(row => {
        const [at, point] = [row.at[x], pointOf(row.figures[figure])]
        return at === undefined || point === undefined ? [] : [{ ...point, x: at }]
      }),
  }))
}
