import {
  type Entry,
  type Matcher,
  methodsOf,
  noMatches,
  type OnCandidate,
  outcomeOf,
  type Refused,
  refused,
} from './matcher.ts'

/** Asks every entry, one after the other: the obvious matcher, which the index is compared with. */
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
): readonly T[] | Refused<T> {
  const found: T[] = []
  for (const { value, pattern } of entries) {
    const outcome = outcomeOf(pattern, url)
    if (typeof outcome === 'string') return refused(value, pattern, url)
    onCandidate?.(value, outcome)
    if (outcome) found.push(value)
  }
  return found.length === 0 ? noMatches : found
}
