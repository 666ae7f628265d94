/** Numbers as the pages show them. */
import type { Figure } from '../result.ts'

export type Show = (value: number) => string

/** 12,345 */
export const count: Show = value => String(Math.round(value)).replaceAll(/\B(?=(?:\d{3})+$)/g, ',')

export const megabytes: Show = bytes => count(bytes / 1e6)
export const kilobytes: Show = bytes => (bytes / 1e3).toFixed(1)

export const digits =
  (places: number): Show =>
  value =>
    value.toFixed(places)

/** The median; with repeats that differ, the smallest and the largest too. */
export function spread(figure: Figure | undefined, show: Show): string {
  if (figure === undefined) return ''
  const { median, min, max } = figure
  const [least, most] = [show(min), show(max)]
  return least === most ? show(median) : `${show(median)} (${least} to ${most})`
}

/** The median. */
export const middleOf = (figure: Figure | undefined, show: Show): string =>
  figure === undefined ? '' : show(figure.median)
