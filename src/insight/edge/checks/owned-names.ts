import { accessOf } from '../../lint/access.ts'
import type { LintedRule } from '../../lint/linted.ts'

/** Canonical names, of rules that let somebody in. */
export function ownedNames(rules: readonly LintedRule[]): readonly string[] {
  const names = rules
    .filter(({ definition }) => accessOf(definition) !== 'nobody')
    .flatMap(({ handlers }) => handlers.flatMap(({ kind, config }) => kind.owns?.(config) ?? []))
  return [...new Set(names)].sort()
}
