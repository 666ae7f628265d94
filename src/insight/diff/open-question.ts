/** What two rules may do in different ways for requests with a credential, which is not known here. */
import { targetOf } from '../../engine/compare/verdict.ts'
import { maskedLine } from '../patterns/masked.ts'
import type { MatchedRule } from '../patterns/rules.ts'
import { mayLetIn } from '../rule-sets/access.ts'
import { differingMembers } from './changed-rules.ts'
import type { Difference } from './group.ts'
import type { Sides } from './regions.ts'

/** `headers`: what is let in is sent to another place. */
export type OpenQuestion = Pick<Difference, 'kind' | 'change' | 'isStricter'>

/** What other callers, with other credentials, may get; undefined: the same from both. */
export function openQuestion(
  [old, next]: readonly [MatchedRule | undefined, MatchedRule | undefined],
  [before, after]: Sides,
): OpenQuestion | undefined {
  const [mayBefore, mayAfter] = [old, next].map(
    rule => rule !== undefined && mayLetIn(rule.definition),
  )
  if (!mayBefore && !mayAfter) return undefined
  const kind = 'undecided'
  if (!mayBefore) return { kind, change: 'with a credential it may be newly allowed' }
  if (!mayAfter) {
    return { kind, change: 'with a credential it may be newly denied', isStricter: true }
  }
  return old && next && differenceOfHandlers([old, next], [before, after])
}

/** What two rules that may let a request in do in different ways; undefined: they do the same. */
function differenceOfHandlers(
  [old, next]: readonly [MatchedRule, MatchedRule],
  [before, after]: Sides,
): OpenQuestion | undefined {
  const [one, other] = [before.prints.get(old), after.prints.get(next)]
  if (one?.handlers === other?.handlers) return undefined
  // The same requests are let in, and sent to another place.
  if (one?.admission === other?.admission) {
    return { kind: 'headers', change: `${upstreamText('-', old)} ${upstreamText('+', next)}` }
  }
  const members = differingMembers(old, next)
  const named = members.slice(0, mostNamed).join(', ')
  const more = members.length > mostNamed ? ` and ${members.length - mostNamed} more` : ''
  const differ = members.length === 1 ? 'differs' : 'differ'
  return {
    kind: 'undecided',
    change: `${named}${more} ${differ}: what that does with a credential is not known here`,
  }
}

/** Members that a text names. */
const mostNamed = 5

const upstreamText = (sign: string, { definition }: MatchedRule): string =>
  targetOf(definition.upstream)
    .map(line => `${sign}${maskedLine(line)}`)
    .join('')
