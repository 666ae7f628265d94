/** Times in milliseconds. */
export interface Aging {
  /** Older values are fetched again. */
  readonly ttl: number
  /** True: the last fetch failed, or is running for too long. */
  readonly failing: boolean
}

/**
 * How a fetched value may be used at its age.
 *
 * fresh  use it
 * due    use it, and fetch it again
 * late   wait for the fetch; use it only if the fetch fails
 * over   do not use it any more
 */
export type Freshness = 'fresh' | 'due' | 'late' | 'over'

/** A value that is older than this many `ttl` is not used before a fetch, because the source may have withdrawn it. */
const lateAfter = 2
/** A value is used for at most this many `ttl` while its source is unavailable. */
const overAfter = 10

export function freshnessOf(age: number, { ttl, failing }: Aging): Freshness {
  if (age <= ttl) return 'fresh'
  if (age > ttl * overAfter) return 'over'
  return failing || age <= ttl * lateAfter ? 'due' : 'late'
}

/** The time until which a value may be used while its source is unavailable. Milliseconds since the epoch. */
export const usableUntil = (fetchedAt: number, ttl: number): number => fetchedAt + ttl * overAfter

const first = 1000

/** The pause after `failures` consecutive failures: 1, 2, 4 … s, at most `most`. */
export const pauseAfter = (failures: number, most: number): number =>
  Math.min(most, first * 2 ** (failures - 1))
