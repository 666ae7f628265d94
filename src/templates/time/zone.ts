/** Time zones by name, as far as the runtime has them. */

/** The offset of a place from UTC, in seconds east, and the abbreviation of the zone at that time. */
export interface Zone {
  readonly name: string
  readonly at: (seconds: number) => { readonly offset: number; readonly abbreviation: string }
}

export const utc: Zone = { name: 'UTC', at: () => ({ offset: 0, abbreviation: 'UTC' }) }

/** A zone with one offset at all times; the abbreviation may be empty. */
export const fixedZone = (offset: number, abbreviation: string): Zone => ({
  name: abbreviation,
  at: () => ({ offset, abbreviation }),
})

const known = new Map<string, Zone>([
  ['', utc],
  ['UTC', utc],
  ['Local', utc],
])
/** The most zones in the cache; there are about 600 names. */
const mostKnown = 1000

/** undefined for an unknown zone. `Local` is UTC. */
export function zoneOf(name: string): Zone | undefined {
  const found = known.get(name)
  if (found !== undefined || known.size > mostKnown) return found
  const made = load(name)
  if (made !== undefined) known.set(name, made)
  return made
}

function load(name: string): Zone | undefined {
  if (!/^[A-Za-z][\w+\-/]{1,60}$/.test(name)) return undefined
  try {
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      timeZoneName: 'short',
    })
    return { name, at: seconds => placeIn(parts, seconds) }
  } catch {
    return undefined
  }
}

function placeIn(format: Intl.DateTimeFormat, seconds: number) {
  const date = new Date(seconds * 1000)
  if (Number.isNaN(date.getTime())) return utc.at(0)
  const parts = new Map(format.formatToParts(date).map(({ type, value }) => [type, value]))
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type))
  const local = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
  const offset = Math.round(local / 1000 - seconds)
  const short = parts.get('timeZoneName') ?? ''
  // Where the runtime has no abbreviation, Go's data has an offset or another abbreviation.
  return { offset, abbreviation: /^[A-Z]{2,5}$/.test(short) ? short : numeric(offset) }
}

export function numeric(offset: number): string {
  const minutes = Math.abs(Math.trunc(offset / 60))
  const [hours, rest] = [Math.trunc(minutes / 60), minutes % 60]
  const sign = offset < 0 ? '-' : '+'
  const pad = (value: number): string => String(value).padStart(2, '0')
  return sign + pad(hours) + (rest === 0 ? '' : pad(rest))
}
