/** The label value for all values over the limit. */
export const others = '_other'

/** A map with at most `most` keys; further keys share the entry of `otherwise`. */
export function createBounded<T>(
  most: number,
  make: (key: string) => T,
  otherwise: string = others,
): Bounded<T> {
  const held = new Map<string, T>()
  const add = (key: string): T => {
    // Copied: a substring would keep the text that it was cut from in memory.
    const own = held.size < most ? Buffer.from(key, 'utf8').toString('utf8') : otherwise
    const known = held.get(own)
    if (known !== undefined) return known
    const made = make(own)
    held.set(own, made)
    return made
  }
  return {
    get: key => held.get(key) ?? add(key),
    entries: () => held,
    delete: key => held.delete(key),
  }
}

export interface Bounded<T> {
  readonly get: (key: string) => T
  readonly entries: () => ReadonlyMap<string, T>
  readonly delete: (key: string) => boolean
}
