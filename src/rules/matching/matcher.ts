import type { AccessRequest } from '../../model/request.ts'
import type { Conditions } from './conditions.ts'
import type { Pattern } from './pattern.ts'

/** One pattern of a rule. */
export interface Entry<T> {
  readonly pattern: Pattern
  /** In any case; undefined: any method; an empty list: none. */
  readonly methods: readonly string[] | undefined
  readonly conditions?: Conditions | undefined
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

export interface Search<T> {
  /** JavaScript text: `scheme://host/path`. */
  readonly url: string
  readonly method: string
  /** What conditions read; without it no entry with conditions matches. */
  readonly request?: AccessRequest | undefined
  readonly onCandidate?: OnCandidate<T> | undefined
}

export interface Matcher<T> {
  /**
   * Every entry for the method (compared without case) whose pattern matches and whose conditions hold, in the
   * entries' order.
   */
  find(search: Search<T>): readonly T[] | Undecided<T>
}

export const isUndecided = <T>(found: readonly T[] | Undecided<T>): found is Undecided<T> =>
  'kind' in found

/** The answer when nothing matches; always the same object. */
export const noMatches: readonly never[] = Object.freeze([])

/** Whether the pattern matches; `too_long` and `gave_up` when that cannot be evaluated. */
export type Outcome = boolean | 'too_long' | 'gave_up'

export const outcomeOf = (pattern: Pattern, url: string): Outcome =>
  isTooLong(pattern, url) ? 'too_long' : (pattern.test(url) ?? 'gave_up')

/** Whether the conditions of an entry hold; undefined when one of them took too many steps. */
export const conditionsHold = (
  { conditions }: Entry<unknown>,
  request: AccessRequest | undefined,
): boolean | undefined =>
  conditions === undefined || (request !== undefined && conditions.holds(request))

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

export const undecidedCondition = <T>(value: T): Undecided<T> => ({
  kind: 'undecided',
  value,
  reason: 'a condition of match is too long or takes too many steps',
})

/** Methods in upper case, as they are compared; undefined: any. */
export const methodsOf = ({ methods }: Entry<unknown>): readonly string[] | undefined =>
  methods?.map(method => method.toUpperCase())
