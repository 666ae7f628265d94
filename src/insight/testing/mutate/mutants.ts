import type { RuleDefinition } from '../../../rules/definition.ts'
import type { Strategy } from '../../../rules/matching/problem.ts'
import type { LintedRule } from '../../lint/linted.ts'
import { handlerChanges } from './handler-mutants.ts'
import { matchChanges } from './match-mutants.ts'
import type { Mutant } from './mutation.ts'
import { resolvedRule } from './resolved.ts'

/** All changes of a rule. */
export function mutantsOf(rule: LintedRule, strategy: Strategy): readonly Mutant[] {
  const definition: RuleDefinition = resolvedRule(rule)
  return [
    ...matchChanges(definition.match, strategy).map(({ match, ...change }) => ({
      ...change,
      rule,
      definition: { ...definition, match },
      kind: 'match' as const,
    })),
    ...handlerChanges(definition).map(change => ({ ...change, rule, kind: 'handlers' as const })),
  ]
}
