import type { Pattern } from './pattern.ts'

/** One URL pattern of a rule with the methods it is for, in any case; without methods it never matches. */
export interface Entry<T> {
  readonly pattern: Pattern
  readonly methods: readonly string[]
  readonly value: T
}

/** A URL that is too long, or takes too many steps, for a rule that it may match: nobody can tell, so it is an error. */
export interface Refused<T> {
  readonly kind: 'refused'
  readonly value: T
  readonly reason: string
}

/** Told about each pattern that was run: the entry's value, and whether it matched. */
export type OnCandidate<T> = (value: T, matched: boolean) => void

export interface Matcher<T> {
  /**
   * Every entry for the method (compared without case) whose pattern matches, in the entries' order.
   * The URL is JavaScript text: `scheme://host/path`.
   */
  find(url: string, method: string, onCandidate?: OnCandidate<T>): readonly T[] | Refused<T>
}

export const isRefused = <T>(found: readonly T[] | Refused<T>): found is Refused<T> =>
  'kind' in found

/** The answer when nothing matches, always the same object. */
export const noMatches: readonly never[] = Object.freeze([])

/** Whether the pattern matches; `too_long` and `gave_up` when nobody can tell. */
export type Outcome = boolean | 'too_long' | 'gave_up'

export const outcomeOf = (pattern: Pattern, url: string): Outcome =>
  isTooLong(pattern, url) ? 'too_long' : (pattern.test(url) ?? 'gave_up')

/** True when the pattern must not be run against a URL that it may match. */
const isTooLong = ({ maxLength, literals }: Pattern, url: string): boolean =>
  maxLength !== undefined && url.length > maxLength && literals.every(piece => url.includes(piece))

export const refused = <T>(value: T, pattern: Pattern, url: string): Refused<T> => ({
  kind: 'refused',
  value,
  reason:
    pattern.maxLength !== undefined && url.length > pattern.maxLength
      ? `the URL is longer than the ${pattern.maxLength} characters that <${pattern.source}> is run against`
      : `<${pattern.source}> takes too many steps for the URL`,
})

/** Methods as they are compared. */
export const methodsOf = (entry: Entry<unknown>): readonly string[] =>
  entry.methods.map(method => method.toUpperCase())
