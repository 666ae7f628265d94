/** The value that stands for all that are too many. */
export const others = '_other'

/** A map that never holds more than `most` keys: later ones share the entry of `otherwise`. */
export function createBounded<T>(
  most: number,
  make: (key: string) => T,
  otherwise: string = others,
): Bounded<T> {
  const held = new Map<string, T>()
  const add = (key: string): T => {
    // Cut out of a longer text, it would keep that alive.
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
