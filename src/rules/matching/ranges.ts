/**
 * Sets of code points as sorted, disjoint, non-adjacent inclusive ranges: `[low, high, low, high, ...]`.
 * Sets are immutable, so they can be shared and cached.
 */
export type Ranges = readonly number[]

export const lastCodePoint = 0x10ffff
export const lastAscii = 0x7f

export const nothing: Ranges = []
export const everything: Ranges = [0, lastCodePoint]

export const rangeOf = (low: number, high: number): Ranges => [low, high]

export const setOf = (text: string): Ranges =>
  union(
    Array.from(text, character => {
      const code = character.codePointAt(0) ?? 0
      return rangeOf(code, code)
    }),
  )

/** Everything that is in one of the sets. */
export function union(sets: readonly Ranges[]): Ranges {
  const pairs = sets.flatMap(pairsOf).sort(byLow)
  const merged: number[] = []
  for (const [low, high] of pairs) {
    const last = merged.length - 1
    if (last > 0 && low <= (merged[last] ?? 0) + 1) merged[last] = Math.max(merged[last] ?? 0, high)
    else merged.push(low, high)
  }
  return merged
}

/** Everything that is not in the set. */
export function complement(set: Ranges): Ranges {
  const rest: number[] = []
  let next = 0
  for (const [low, high] of pairsOf(set)) {
    if (low > next) rest.push(next, low - 1)
    next = high + 1
  }
  if (next <= lastCodePoint) rest.push(next, lastCodePoint)
  return rest
}

export const intersection = (one: Ranges, other: Ranges): Ranges =>
  complement(union([complement(one), complement(other)]))

export const difference = (one: Ranges, other: Ranges): Ranges =>
  intersection(one, complement(other))

/** True when no code point is in both. */
export function isDisjoint(one: Ranges, other: Ranges): boolean {
  for (let i = 0; i < one.length; i += 2) {
    const low = one[i] ?? 0
    const high = one[i + 1] ?? 0
    const start = other[rangeAt(other, low)]
    if (start !== undefined && start <= high) return false
  }
  return true
}

/** True when the code point is in the set. */
export function includes(set: Ranges, code: number): boolean {
  const at = rangeAt(set, code)
  return at < set.length && (set[at] ?? 0) <= code
}

/** The position of the first range that ends at or after the code point. */
function rangeAt(set: Ranges, code: number): number {
  let low = 0
  let high = set.length >> 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((set[2 * middle + 1] ?? 0) < code) low = middle + 1
    else high = middle
  }
  return 2 * low
}

/** The only code point of the set; undefined when there are none or several. */
export const onlyMember = (set: Ranges): number | undefined =>
  set.length === 2 && set[0] === set[1] ? set[0] : undefined

export const pairsOf = (set: Ranges): (readonly [low: number, high: number])[] =>
  Array.from({ length: set.length >> 1 }, (_, i) => [set[2 * i] ?? 0, set[2 * i + 1] ?? 0])

const byLow = (one: readonly [number, number], other: readonly [number, number]) =>
  one[0] - other[0]
