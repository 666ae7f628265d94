import type { RuleSet } from './rule-set.ts'

/**
 * Why no request can be decided; undefined: the rules are ready. `mayBeEmpty` is
 * `access_rules.ready_without_rules`: a set without rules is ready, one whose rules are all broken is not.
 */
export function unreadyReason(
  { definitions, total }: Pick<RuleSet, 'definitions' | 'total'>,
  mayBeEmpty: boolean,
): string | undefined {
  if (definitions.length > 0) return undefined
  if (total > 0) return `no rule could be compiled: ${total} of ${total} rules are broken`
  return mayBeEmpty ? undefined : 'no rule is loaded'
}
