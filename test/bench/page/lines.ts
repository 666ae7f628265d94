/** A line for each series. */
import { colourOf } from './colours.ts'
import {
  legend,
  line,
  linear,
  logarithmic,
  type Point,
  round,
  type Scale,
  svg,
  text,
  width,
} from './svg.ts'

export interface Lines {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
}

export interface Axis {
  /** What it shows, with its unit. */
  readonly title: string
  readonly logarithmic: boolean
  readonly show: (value: number) => string
}

export interface Series {
  readonly name: string
  readonly points: readonly (Point & { readonly x: number })[]
}

const [left, right, top, bottom] = [90, width - 30, 64, 330]

export function lines({ title, x, y, series }: Lines): string {
  const points = series.flatMap(({ points }) => points)
  const across = scaleOf(
    x,
    points.map(point => point.x),
    [left, right],
  )
  const up = scaleOf(
    y,
    points.flatMap(({ min, max }) => [min, max]),
    [bottom, top],
  )
  const names = series.map(({ name }) => name)
  const drawn = series.flatMap(one => drawLine(one, { across, up }))
  const parts = [...legend(names, 44), ...axes({ x, y }, { across, up }), ...drawn]
  return svg({ title, height: bottom + 50, parts })
}

function scaleOf(
  { logarithmic: isLogarithmic }: Axis,
  values: readonly number[],
  ends: readonly [number, number],
): Scale {
  const most = Math.max(...values)
  return isLogarithmic ? logarithmic([Math.min(...values), most], ends) : linear(most, ends)
}

interface Scales {
  readonly across: Scale
  readonly up: Scale
}

function drawLine({ name, points }: Series, { across, up }: Scales): string[] {
  const colour = colourOf(name)
  const at = points.map(({ x, median }) => [round(across.at(x)), round(up.at(median))] as const)
  const spreads = points.map(({ x, min, max }) =>
    line({ from: [across.at(x), up.at(min)], to: [across.at(x), up.at(max)], name: 'spread' }),
  )
  const dots = at.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="4" class="dot ${colour}"/>`)
  return [`<polyline points="${at.join(' ')}" class="line ${colour}"/>`, ...spreads, ...dots]
}

function axes({ x, y }: Pick<Lines, 'x' | 'y'>, { across, up }: Scales): string[] {
  const columns = across.ticks.map(tick =>
    text(x.show(tick), {
      x: across.at(tick),
      y: bottom + 18,
      anchor: 'middle',
      name: 'minor',
    }),
  )
  const rows = up.ticks.flatMap(tick => [
    line({ from: [left, up.at(tick)], to: [right, up.at(tick)], name: 'grid' }),
    text(y.show(tick), { x: left - 8, y: up.at(tick) + 4, anchor: 'end', name: 'minor' }),
  ])
  const middle = (left + right) / 2
  return [
    ...columns,
    ...rows,
    text(x.title, { x: middle, y: bottom + 40, anchor: 'middle' }),
    `<g transform="rotate(-90 14 ${(top + bottom) / 2})">${text(y.title, { x: 14, y: (top + bottom) / 2, anchor: 'middle' })}</g>`,
  ]
}
