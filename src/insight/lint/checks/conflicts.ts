/** `duplicate-id`, and `overlap` of rules with the same pattern. */
import type { RuleDefinition } from '../../../rules/definition.ts'
import type { LocatedRule } from '../../../rules/loading/repository.ts'
import type { Check } from '../draft.ts'
import type { LintedRule } from '../linted.ts'

export const checkConflicts: Check = ({ read, rules }) => {
  const byPlace = new Map(rules.map(rule => [rule.located, rule]))
  const find = (located: LocatedRule): LintedRule | undefined => byPlace.get(located)
  return read.conflicts.flatMap(({ kind, earlier, later, message }) => {
    const [first, second] = [find(earlier), find(later)]
    if (first === undefined || second === undefined) return []
    const path = kind === 'same_id' ? ['id'] : ['match', memberOf(second.definition)]
    return [
      {
        code: kind === 'same_id' ? ('duplicate-id' as const) : ('overlap' as const),
        message,
        rule: second,
        path,
        related: [{ rule: first, path, message: 'the other rule' }],
      },
    ]
  })
}

const memberOf = ({ match }: RuleDefinition): string =>
  match?.kind === 'rpc' ? 'full_method' : match?.kind === 'parts' ? 'paths' : 'url'
