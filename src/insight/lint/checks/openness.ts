/** `unsafe-method-open`, `default-allows`, and `never-matches` of rules without methods. */
import { accessOf, allowsAll } from '../access.ts'
import type { Check, Draft } from '../draft.ts'
import type { LintedRule } from '../linted.ts'
import { methodsOf, unsafeMethods } from '../method.ts'

export const checkOpenness: Check = ({ rules }) =>
  rules.flatMap(rule => [...checkDefault(rule), ...checkMethods(rule)])

/** A path that nobody thought of is let in. */
function checkDefault(rule: LintedRule): readonly Draft[] {
  const { match } = rule.definition
  const isDefault = match !== null && match.kind !== 'invalid' && match.isDefault === true
  const access = accessOf(rule.definition)
  if (!isDefault || access === 'nobody' || !allowsAll(rule.definition)) return []
  const who = access === 'anyone' ? 'anybody' : 'everybody with a valid credential'
  const message = `match.default: lets ${who} in where no other rule matches, also to what is added later: use the authorizer deny`
  return [{ code: 'default-allows', message, rule, path: ['match', 'default'] }]
}

function checkMethods(rule: LintedRule): readonly Draft[] {
  const { definition } = rule
  if (methodsOf(definition)?.length === 0) {
    const message = 'match.methods: no method is named, so the rule matches no request'
    return [{ code: 'never-matches', message, rule, path: ['match', 'methods'] }]
  }
  const unsafe = unsafeMethods(definition)
  if (unsafe.length === 0 || accessOf(definition) !== 'anyone') return []
  const message = `match.methods: ${unsafe.join(', ')} without a credential: anybody may change something; ask for a credential, or leave the method out`
  return [{ code: 'unsafe-method-open', message, rule, path: ['match', 'methods'] }]
}
