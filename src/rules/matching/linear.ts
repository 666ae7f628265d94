import { type Entry, isTooLong, type Matcher, methodsOf, noMatches, refused } from './matcher.ts'

/** Asks every entry, one after the other: the obvious matcher, which the index is compared with. */
export function createLinear<T>(entries: readonly Entry<T>[]): Matcher<T> {
  return {
    find: (url, method, onCandidate) => {
      const asked = entries.filter(entry => methodsOf(entry).includes(method.toUpperCase()))
      const tooLong = asked.find(({ pattern }) => isTooLong(pattern, url))
      if (tooLong !== undefined) return refused(tooLong.value, tooLong.pattern)
      const found = asked.filter(({ pattern, value }) => {
        const matched = pattern.test(url)
        onCandidate?.(value, matched)
        return matched
      })
      return found.length === 0 ? noMatches : found.map(({ value }) => value)
    },
  }
}
