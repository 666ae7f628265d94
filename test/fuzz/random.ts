/** Random choices that a seed makes repeatable. */
export interface Random {
  /** 0 up to, but not including, `below`. */
  readonly int: (below: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <T>(from: readonly T[]) => T
  /** A random prefix, mostly all of it. */
  readonly cut: (bytes: Buffer) => Buffer
}

/** The generator "mulberry32". */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (below: number): number => Math.floor(next() * below)
  return {
    int,
    chance: probability => next() < probability,
    pick: from => from[int(from.length)] as never,
    cut: bytes => (next() < 0.75 ? bytes : bytes.subarray(0, int(bytes.length + 1))),
  }
}
