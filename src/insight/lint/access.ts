/** Whom a rule lets in, as far as that is known without running it. */
import type { AuthorizerEntry, RuleDefinition } from '../../rules/definition.ts'

/** `nobody`: it denies every request. `anyone`: also callers without credentials. `some`: after a check. */
export type Access = 'nobody' | 'anyone' | 'some'

export function accessOf(definition: RuleDefinition): Access {
  const names = (definition.authenticators ?? []).map(({ handler }) => handler)
  if (deniesAll(definition) || names[0] === 'unauthorized') return 'nobody'
  const asked = names.slice(0, endOfChain(names))
  return allowsAll(definition) && asked.some(isOpen) ? 'anyone' : 'some'
}

const isOpen = (name: string): boolean => name === 'anonymous' || name === 'noop'

/** Nobody is asked after `unauthorized`. */
const endOfChain = (names: readonly string[]): number => {
  const at = names.indexOf('unauthorized')
  return at < 0 ? names.length : at
}

const entriesOf = ({ authorizer, authorizers }: RuleDefinition): readonly AuthorizerEntry[] =>
  authorizers ?? [authorizer]

/** Every caller that is authenticated passes. */
export const allowsAll = (definition: RuleDefinition): boolean =>
  entriesOf(definition).every(isAllow)

const isAllow = (entry: AuthorizerEntry): boolean =>
  'of' in entry
    ? entry.of === 'any'
      ? entry.entries.some(one => isAllow(one) && one.when === undefined)
      : entry.entries.every(isAllow)
    : entry.handler === 'allow'

const deniesAll = (definition: RuleDefinition): boolean => entriesOf(definition).some(isDeny)

const isDeny = (entry: AuthorizerEntry): boolean => {
  if (entry.when !== undefined) return false
  if (!('of' in entry)) return entry.handler === 'deny'
  return entry.of === 'any' ? entry.entries.every(isDeny) : entry.entries.some(isDeny)
}
