import {
  type Entry,
  type Matcher,
  methodsOf,
  noMatches,
  type OnCandidate,
  outcomeOf,
  type Undecided,
  undecided,
} from './matcher.ts'

/** Runs every pattern, one after the other: the simple matcher that the index is compared with in tests. */
export function createLinear<T>(entries: readonly Entry<T>[]): Matcher<T> {
  return {
    find: (url, method, onCandidate) => {
      const asked = entries.filter(entry => methodsOf(entry).includes(method.toUpperCase()))
      return findIn(asked, url, onCandidate)
    },
  }
}

function findIn<T>(
  entries: readonly Entry<T>[],
  url: string,
  onCandidate: OnCandidate<T> | undefined,
): readonly T[] | Undecided<T> {
  const found: T[] = []
  for (const { value, pattern } of entries) {
    const outcome = outcomeOf(pattern, url)
    if (typeof outcome === 'string') return undecided(value, pattern, url)
    onCandidate?.(value, outcome)
    if (outcome) found.push(value)
  }
  return found.length === 0 ? noMatches : found
}
