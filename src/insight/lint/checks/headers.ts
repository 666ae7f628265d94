/** `owned-elsewhere` and `folded-header`. */

import { textOf } from '../../../lib/bytes.ts'
import { canonicalHeaderName, isHeaderName } from '../../../lib/header-name.ts'
import { upstreamOf } from '../../../rules/upstream.ts'
import { accessOf } from '../access.ts'
import { type Check, type Draft, settingOf } from '../draft.ts'
import type { LintedRule, UsedHandler } from '../linted.ts'
import { patternParts, urlOf } from '../pattern-parts.ts'

export const checkHeaders: Check = ({ rules }) => [
  ...checkOwned(rules),
  ...rules.flatMap(checkFolded),
]

/**
 * The upstream trusts a header that some rule sets. A rule of the same host and upstream that does not set it
 * passes the client's own header on.
 */
function checkOwned(rules: readonly LintedRule[]): readonly Draft[] {
  const owners = ownersByApplication(rules)
  return rules.flatMap(rule => {
    const host = hostOf(rule)
    const known = owners.get(applicationOf(rule) ?? '')
    if (host === undefined || known === undefined || accessOf(rule.definition) === 'nobody')
      return []
    const own = ownedBy(rule)
    const missing = [...known].filter(([name]) => !own.has(name)).sort(byName)
    const [first] = missing
    if (first === undefined) return []
    const names = missing.map(([name]) => name).join(', ')
    return [
      {
        code: 'owned-elsewhere',
        message: `passes ${names} as the client sent it, which other rules of ${host} set: set it, or remove it with the mutator remove`,
        rule,
        path: ['mutators'],
        related: [{ rule: first[1], path: ['mutators'], message: `sets ${first[0]}` }],
      },
    ]
  })
}

const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : 1

/** Per application each name, with a rule that sets it. */
function ownersByApplication(rules: readonly LintedRule[]) {
  const found = new Map<string, Map<string, LintedRule>>()
  for (const rule of rules) {
    const application = applicationOf(rule)
    if (application === undefined) continue
    const names = found.get(application) ?? new Map<string, LintedRule>()
    for (const name of ownedBy(rule)) if (!names.has(name)) names.set(name, rule)
    found.set(application, names)
  }
  return found
}

/** Canonical names that the rule sets or removes. */
function ownedBy({ handlers }: LintedRule): ReadonlySet<string> {
  return new Set(handlers.flatMap(used => [...ownsOf(used), ...removedBy(used)]))
}

const ownsOf = ({ kind, config }: UsedHandler): readonly string[] =>
  (kind.owns?.(config) ?? []).map(canonicalHeaderName)

/** Canonical names; those with `*` are beginnings of names. */
export function removedBy({ kind, config, handler, reference }: UsedHandler): readonly string[] {
  const removed = reference.removeCredential === true ? (kind.credentials?.(config) ?? []) : []
  const named = handler === 'remove' ? ((config['headers'] ?? []) as readonly string[]) : []
  return [
    ...removed.filter(source => source.in === 'header').map(({ name }) => name),
    ...named,
  ].map(canonicalHeaderName)
}

/** One host can serve several applications; rules of one application have the same upstream. */
function applicationOf(rule: LintedRule): string | undefined {
  const host = hostOf(rule)
  const upstream = upstreamOf(rule.definition.upstream)
  const origin = upstream?.kind === 'upstream' ? upstream.upstream.origin : undefined
  return host && JSON.stringify([host, origin])
}

/** The host in lower case; undefined unless the rule names one host as plain text. */
function hostOf(rule: LintedRule): string | undefined {
  const { match } = rule.definition
  if (match?.kind === 'parts') {
    const [host, ...more] = match.hosts ?? []
    return host === undefined || more.length > 0 || /[*{]/.test(host) ? undefined : lower(host)
  }
  const url = urlOf(rule.definition)
  const host = url === undefined ? [] : patternParts(url).filter(({ region }) => region === 'host')
  const [only] = host
  return host.length === 1 && only?.kind === 'literal' && !/[*{]/.test(only.text)
    ? lower(only.text)
    : undefined
}

const lower = (host: string): string => textOf(host).toLowerCase()

/** Servers take `X_User` and `X.User` for `X-User`; nginx drops them. */
function checkFolded(rule: LintedRule): readonly Draft[] {
  return rule.handlers.flatMap(used => {
    const names = (used.kind.owns?.(used.config) ?? []).filter(isFolded)
    if (names.length === 0) return []
    const message = `${settingOf(used, names.join(', '))}: servers take _ and . in names for -, and nginx drops such headers: use letters, digits and dashes`
    return [{ code: 'folded-header', message, rule, path: [...used.path, 'config'] }]
  })
}

const isFolded = (name: string): boolean => isHeaderName(name) && !/^[A-Za-z0-9-]+$/.test(name)
