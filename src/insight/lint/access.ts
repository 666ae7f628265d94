/** Whom a rule lets in, as far as that is known without running it. */
import type { AuthorizerEntry, RuleDefinition } from '../../rules/definition.ts'
import { authenticatorsOf, isOpenTo, mayLetIn } from '../rule-sets/access.ts'

/** `nobody`: it denies every request. `anyone`: also callers without credentials. `some`: after a check. */
export type Access = 'nobody' | 'anyone' | 'some'

export function accessOf(definition: RuleDefinition): Access {
  if (!mayLetIn(definition)) return 'nobody'
  return allowsAll(definition) && authenticatorsOf(definition).some(isOpenTo) ? 'anyone' : 'some'
}

/** Every caller that is authenticated passes. */
export const allowsAll = ({ authorizer, authorizers = [authorizer] }: RuleDefinition): boolean =>
  authorizers.every(isAllow)

function isAllow(entry: AuthorizerEntry): boolean {
  if (!('of' in entry)) return entry.handler === 'allow'
  return entry.of === 'any'
    ? entry.entries.some(one => isAllow(one) && one.when === undefined)
    : entry.entries.every(isAllow)
}
