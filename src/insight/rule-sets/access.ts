/** Who a rule may let in, as its handlers say without being run. */
import type { AuthorizerEntry, RuleDefinition } from '../../rules/definition.ts'

/** Handlers that refuse everybody. */
const refusing = new Set(['unauthorized', 'deny'])

/** The authenticators that may let a request in, in their order. What stands behind one that answers for all does not count. */
export function authenticatorsOf({ authenticators }: RuleDefinition): readonly string[] {
  const names = (authenticators ?? []).map(({ handler }) => handler)
  const last = names.findIndex(name => name === 'noop' || name === 'unauthorized')
  return (last < 0 ? names : names.slice(0, last + 1)).filter(name => !refusing.has(name))
}

/** Those that can do so for a request without a credential. */
const open = new Set(['anonymous', 'noop'])
export const isOpenTo = (name: string): boolean => open.has(name)

const entriesOf = ({ authorizer, authorizers }: RuleDefinition): readonly AuthorizerEntry[] =>
  authorizers ?? [authorizer]

/** False: the rule denies every request. */
export const mayLetIn = (rule: RuleDefinition): boolean =>
  rule.problem === undefined && authenticatorsOf(rule).length > 0 && allMayAllow(entriesOf(rule))

/** An entry with `when` may be skipped, but one of them has to allow. */
const allMayAllow = (entries: readonly AuthorizerEntry[]): boolean =>
  entries.every(entry => entry.when !== undefined || mayAllow(entry)) && entries.some(mayAllow)

function mayAllow(entry: AuthorizerEntry): boolean {
  if (!('of' in entry)) return !refusing.has(entry.handler)
  return entry.of === 'any' ? entry.entries.some(mayAllow) : allMayAllow(entry.entries)
}

/** Whether whatever the rule lets in has been allowed by one of these authorizers. */
export const isAuthorizedBy = (rule: RuleDefinition, names: ReadonlySet<string>): boolean =>
  allRequire(entriesOf(rule), names)

const allRequire = (entries: readonly AuthorizerEntry[], names: ReadonlySet<string>): boolean => {
  const requiring = entries.filter(entry => requires(entry, names))
  // Without a condition it is always asked; and of entries that all may be skipped, one is not.
  return requiring.some(({ when }) => when === undefined) || requiring.length === entries.length
}

function requires(entry: AuthorizerEntry, names: ReadonlySet<string>): boolean {
  if (!('of' in entry)) return names.has(entry.handler)
  if (entry.of === 'all') return allRequire(entry.entries, names)
  return entry.entries.filter(mayAllow).every(one => requires(one, names))
}

/** All authorizers of the rule, in their order. */
export const authorizersOf = (rule: RuleDefinition): readonly string[] =>
  entriesOf(rule).flatMap(namesIn)

const namesIn = (entry: AuthorizerEntry): readonly string[] =>
  'of' in entry ? entry.entries.flatMap(namesIn) : [entry.handler]
