import {
  conditionsHold,
  type Entry,
  type Matcher,
  methodsOf,
  noMatches,
  outcomeOf,
  type Search,
  type Undecided,
  undecided,
  undecidedCondition,
} from './matcher.ts'

/** Runs every pattern, one after the other: the simple matcher that the index is compared with in tests. */
export function createLinear<T>(entries: readonly Entry<T>[]): Matcher<T> {
  return {
    find: search => {
      const method = search.method.toUpperCase()
      return findIn(
        entries.filter(entry => methodsOf(entry)?.includes(method) ?? true),
        search,
      )
    },
  }
}

function findIn<T>(entries: readonly Entry<T>[], search: Search<T>): readonly T[] | Undecided<T> {
  const found: T[] = []
  for (const entry of entries) {
    const outcome = evaluate(entry, search)
    if (typeof outcome !== 'boolean') return outcome
    search.onCandidate?.(entry.value, outcome)
    if (outcome) found.push(entry.value)
  }
  return found.length === 0 ? noMatches : found
}

function evaluate<T>(entry: Entry<T>, { url, request }: Search<T>): boolean | Undecided<T> {
  const { value, pattern } = entry
  const holds = conditionsHold(entry, request)
  if (holds === false) return false
  const outcome = outcomeOf(pattern, url)
  if (typeof outcome === 'string') return undecided(value, pattern, url)
  return outcome && holds === undefined ? undecidedCondition(value) : outcome
}
