/** What works in a set of rules and is seldom meant. */
import { canonicalHeaderName } from '../lib/header-name.ts'
import type { Rule, RuleWarning } from './rule.ts'

export const adviseOn = (rules: readonly Rule[]): readonly RuleWarning[] => [
  ...rules.flatMap(({ id, advice }) => advice.map(message => ({ rule: id, message }))),
  ...adviseOnHeaders(rules),
]

/**
 * A header that one rule of a host sets is trusted by what is behind it; a rule of the same host that does
 * not set it lets the client's own through.
 */
function adviseOnHeaders(rules: readonly Rule[]): readonly RuleWarning[] {
  const names = namesByHost(rules)
  return rules.flatMap(rule => {
    const host = hostOf(rule)
    const own = namesOf(rule)
    const missing = [...(names.get(host ?? '') ?? [])].filter(name => !own.has(name)).sort()
    if (host === undefined || missing.length === 0) return []
    const message = `passes ${missing.join(', ')} as the client sent it, which other rules of ${host} set`
    return [{ rule: rule.id, message }]
  })
}

const namesOf = ({ owns }: Rule): ReadonlySet<string> => new Set(owns.map(canonicalHeaderName))

function namesByHost(rules: readonly Rule[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  for (const rule of rules) {
    const host = hostOf(rule)
    if (host === undefined) continue
    const names = found.get(host) ?? new Set()
    for (const name of namesOf(rule)) names.add(name)
    found.set(host, names)
  }
  return found
}

/** Of a pattern whose host is plain text. */
function hostOf({ definition: { match } }: Rule): string | undefined {
  if (match?.kind !== 'url') return undefined
  return /:\/\/([^/<>*?{}]+)(?:\/|$)/.exec(match.url)?.[1]?.toLowerCase()
}
