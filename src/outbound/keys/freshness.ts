/** How far a fetched value may be trusted at its age. All times in milliseconds. */
export interface Aging {
  /** The source is asked again from this age on. */
  readonly ttl: number
  /** The source did not answer, or not yet although it had its time. */
  readonly failing: boolean
}

/**
 * fresh  use it; due: use it while the source is asked again; late: use it only once the source could not
 *        be had; over: never again.
 */
export type Freshness = 'fresh' | 'due' | 'late' | 'over'

/** Beyond it a value that was not asked for lately is not taken on trust, since the source may have withdrawn it. */
const unattended = 2
/** How long an outage of the source is bridged. */
const bridged = 10

export function freshnessOf(age: number, { ttl, failing }: Aging): Freshness {
  if (age <= ttl) return 'fresh'
  if (age > ttl * bridged) return 'over'
  return failing || age <= ttl * unattended ? 'due' : 'late'
}

/** Until when what was fetched then may be used if its source stays away. Milliseconds since the epoch. */
export const usableUntil = (fetchedAt: number, ttl: number): number => fetchedAt + ttl * bridged

const first = 1000

/** How long to leave a source alone after so many failures in a row: 1, 2, 4 … s, never longer than `most`. */
export const pauseAfter = (failures: number, most: number): number =>
  Math.min(most, first * 2 ** (failures - 1))
