import type { Pattern } from './pattern.ts'

/** One URL pattern of a rule with its methods, in any case; without methods it never matches. */
export interface Entry<T> {
  readonly pattern: Pattern
  readonly methods: readonly string[]
  readonly value: T
}

/** A rule that may match the URL cannot be evaluated, because the URL is too long or takes too many steps: an error. */
export interface Undecided<T> {
  readonly kind: 'undecided'
  readonly value: T
  readonly reason: string
}

/** Called for each pattern that was run, with the entry's value and whether it matched. */
export type OnCandidate<T> = (value: T, matched: boolean) => void

export interface Matcher<T> {
  /**
   * Every entry for the method (compared without case) whose pattern matches, in the entries' order.
   * The URL is JavaScript text: `scheme://host/path`.
   */
  find(url: string, method: string, onCandidate?: OnCandidate<T>): readonly T[] | Undecided<T>
}

export const isUndecided = <T>(found: readonly T[] | Undecided<T>): found is Undecided<T> =>
  'kind' in found

/** The answer when nothing matches; always the same object. */
export const noMatches: readonly never[] = Object.freeze([])

/** Whether the pattern matches; `too_long` and `gave_up` when that cannot be evaluated. */
export type Outcome = boolean | 'too_long' | 'gave_up'

export const outcomeOf = (pattern: Pattern, url: string): Outcome =>
  isTooLong(pattern, url) ? 'too_long' : (pattern.test(url) ?? 'gave_up')

/** True when the URL may match but is too long to run the pattern against. */
const isTooLong = ({ maxLength, literals }: Pattern, url: string): boolean =>
  maxLength !== undefined && url.length > maxLength && literals.every(piece => url.includes(piece))

export const undecided = <T>(value: T, pattern: Pattern, url: string): Undecided<T> => ({
  kind: 'undecided',
  value,
  reason:
    pattern.maxLength !== undefined && url.length > pattern.maxLength
      ? `the URL is longer than the ${pattern.maxLength} characters that <${pattern.source}> is run against`
      : `<${pattern.source}> takes too many steps for the URL`,
})

/** Methods in upper case, as they are compared. */
export const methodsOf = (entry: Entry<unknown>): readonly string[] =>
  entry.methods.map(method => method.toUpperCase())
