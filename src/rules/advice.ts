/** Reports settings of rules that are valid but probably unintended. */
import { canonicalHeaderName } from '../lib/header-name.ts'
import type { Rule, RuleWarning } from './rule.ts'

export const adviseOn = (rules: readonly Rule[]): readonly RuleWarning[] => [
  ...rules.flatMap(({ id, advice }) => advice.map(message => ({ rule: id, message }))),
  ...rules.flatMap(adviseOnUpstream),
  ...adviseOnHeaders(rules),
]

/** Expressions only work in `match.url`; elsewhere the brackets are sent upstream as `%3C` and `%3E`. */
const adviseOnUpstream = ({ id, definition: { upstream } }: Rule): readonly RuleWarning[] =>
  (
    [
      ['url', upstream.url],
      ['strip_path', upstream.stripPath],
    ] as const
  )
    .filter(([, text]) => /<[^>]*>/.test(text))
    .map(([key, text]) => ({
      rule: id,
      message: `upstream.${key}: found ${JSON.stringify(text)}, which is used literally: expressions in <...> only work in match.url`,
    }))

/**
 * The upstream trusts a header that some rule sets. A rule of the same host and upstream that does not set it
 * passes the client's own header on.
 */
function adviseOnHeaders(rules: readonly Rule[]): readonly RuleWarning[] {
  const names = namesByApplication(rules)
  return rules.flatMap(rule => {
    const host = hostOf(rule)
    const own = namesOf(rule)
    const missing = [...(names.get(applicationOf(rule) ?? '') ?? [])]
      .filter(name => !own.has(name))
      .sort()
    if (host === undefined || missing.length === 0) return []
    const message = `passes ${missing.join(', ')} as the client sent it, which other rules of ${host} set`
    return [{ rule: rule.id, message }]
  })
}

const namesOf = ({ owns }: Rule): ReadonlySet<string> => new Set(owns.map(canonicalHeaderName))

function namesByApplication(rules: readonly Rule[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  for (const rule of rules) {
    const application = applicationOf(rule)
    if (application === undefined) continue
    const names = found.get(application) ?? new Set()
    for (const name of namesOf(rule)) names.add(name)
    found.set(application, names)
  }
  return found
}

/** One host can serve several applications; rules of one application have the same upstream. */
function applicationOf(rule: Rule): string | undefined {
  const host = hostOf(rule)
  return host && JSON.stringify([host, rule.upstream?.origin])
}

/** The host in lower case; undefined unless the pattern has its host as plain text. */
function hostOf({ definition: { match } }: Rule): string | undefined {
  if (match?.kind !== 'url') return undefined
  return /:\/\/([^/<>*?{}]+)(?:\/|$)/.exec(match.url)?.[1]?.toLowerCase()
}
