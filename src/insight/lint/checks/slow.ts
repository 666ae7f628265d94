/** `slow-pattern`: patterns that are only run against URLs up to a length. */
import { compileMatch } from '../../../rules/compiling/compile-match.ts'
import { isProblem } from '../../../rules/matching/pattern.ts'
import type { Check } from '../draft.ts'

export const checkSlow: Check = ({ loaded, rules }) =>
  rules.flatMap(rule => {
    const { match } = rule.definition
    if (match === null || !mayBeSlow(JSON.stringify(match))) return []
    const compiled = compileMatch(match, loaded.config.access_rules.matching_strategy)
    if (isProblem(compiled)) return []
    const limits = compiled.patterns.flatMap(({ maxLength }) => maxLength ?? [])
    if (limits.length === 0) return []
    const message = `match: the pattern can take long, so it is not run against URLs above ${Math.min(...limits)} characters, which are denied with 500: avoid lookarounds, backreferences and repetitions in repetitions`
    return [{ code: 'slow-pattern', message, rule, path: ['match', 'url'] }]
  })

/** Text without repetitions is never slow. */
const mayBeSlow = (written: string): boolean => /[*+{?]/.test(written)
