/** Horizontal bars: a group for each load, a bar for each series. */
import { colourOf } from './colours.ts'
import { legend, line, linear, type Point, round, type Scale, svg, text, width } from './svg.ts'

export interface Bars {
  readonly title: string
  /** What is measured, with its unit. */
  readonly axis: string
  readonly series: readonly string[]
  readonly groups: readonly BarGroup[]
  readonly show: (value: number) => string
}

export interface BarGroup {
  readonly name: string
  /** By series, in their order; undefined: not measured. */
  readonly points: readonly (Point | undefined)[]
}

const [left, right, top] = [240, 70, 64]
const [barHeight, between, gap] = [16, 3, 14]

export function bars(chart: Bars): string {
  const { title, axis, series, groups, show } = chart
  const most = Math.max(...groups.flatMap(({ points }) => points.map(point => point?.max ?? 0)))
  const scale = linear(most, [left, width - right])
  const parts: string[] = []
  let y = top
  for (const { name, points } of groups) {
    const measured = points.flatMap((point, i) => (point === undefined ? [] : [{ point, i }]))
    const height = measured.length * (barHeight + between)
    parts.push(text(name, { x: left - 10, y: y + height / 2 + 3, anchor: 'end' }))
    measured.forEach(({ point, i }, row) => {
      const colour = colourOf(series[i] ?? '')
      parts.push(...bar(point, { scale, y: y + row * (barHeight + between), colour, show }))
    })
    y += height + gap
  }
  const grid = [...gridOf(scale, y, show), axisTitle(axis, y + 36)]
  return svg({ title, height: y + 46, parts: [...legend(series, 44), ...grid, ...parts] })
}

interface BarPlace {
  readonly scale: Scale
  readonly y: number
  readonly colour: string
  readonly show: (value: number) => string
}

function bar({ median, min, max }: Point, { scale, y, colour, show }: BarPlace): string[] {
  const [x, end, middle] = [scale.at(0), scale.at(median), y + barHeight / 2]
  const label = Math.max(end, scale.at(max)) + 6
  return [
    `<rect x="${round(x)}" y="${y}" width="${round(end - x)}" height="${barHeight}" class="bar ${colour}"/>`,
    line({ from: [scale.at(min), middle], to: [scale.at(max), middle], name: 'spread' }),
    text(show(median), { x: label, y: middle + 4, name: 'minor' }),
  ]
}

const gridOf = ({ at, ticks }: Scale, bottom: number, show: Bars['show']): string[] =>
  ticks.flatMap(tick => [
    line({ from: [at(tick), top - 6], to: [at(tick), bottom], name: 'grid' }),
    text(show(tick), { x: at(tick), y: bottom + 16, anchor: 'middle', name: 'minor' }),
  ])

const axisTitle = (axis: string, y: number): string =>
  text(axis, { x: (left + width - right) / 2, y, anchor: 'middle' })
