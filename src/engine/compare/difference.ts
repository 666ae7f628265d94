/** How two verdicts about one request differ. */
import type { DecidedVerdict } from './verdict.ts'

/** The worst first. */
export const kinds = [
  'newly-allowed',
  'newly-denied',
  'status',
  'headers',
  'removed',
  'rule',
  'undecided',
] as const

export type Kind = (typeof kinds)[number]

/** undefined: both are the same. */
export function differenceKind(before: DecidedVerdict, after: DecidedVerdict): Kind | undefined {
  if (before.isAllowed !== after.isAllowed) {
    return after.isAllowed ? 'newly-allowed' : 'newly-denied'
  }
  if (before.status !== after.status) return 'status'
  if (!areSame(before.headers, after.headers)) return 'headers'
  if (!areSame(before.removed, after.removed)) return 'removed'
  return before.rule === after.rule ? undefined : 'rule'
}

/** Both are sorted. */
const areSame = (before: readonly string[], after: readonly string[]): boolean =>
  before.length === after.length && before.every((line, i) => line === after[i])
