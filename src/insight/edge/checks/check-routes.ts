/** Routes without a check. */
import { accessOf } from '../../lint/access.ts'
import type { Draft } from '../../lint/draft.ts'
import type { Linted } from '../../lint/linted.ts'
import { methodOf } from '../../lint/method.ts'
import type { Caller, UncheckedRoute } from '../caller.ts'
import { edgeDraft } from './edge-draft.ts'
import { ownedNames } from './owned-names.ts'
import { takenUrl } from './taken-url.ts'

export function checkRoutes(caller: Caller, linted: Linted): readonly Draft[] {
  return caller.unchecked
    .slice(0, mostRoutes)
    .flatMap(route => [
      ...protectedBy(route, caller, linted),
      ...leftHeaders(route, caller, linted),
    ])
}

/** Of one caller. More of them are as wrong as the first. */
const mostRoutes = 200

/** A rule that asks for something, and whose requests are not checked. */
function protectedBy(route: UncheckedRoute, { name }: Caller, linted: Linted): readonly Draft[] {
  const strategy = linted.loaded.config.access_rules.matching_strategy
  for (const rule of linted.rules) {
    const isOpen = accessOf(rule.definition) === 'anyone'
    const url = isOpen ? undefined : takenUrl(route, rule.definition, strategy)
    if (url === undefined) continue
    const message = `${name}: ${route.shown} is not checked, and takes requests of the rule "${rule.id}"`
    return [
      {
        ...edgeDraft('check-disabled', message, route.at),
        related: [{ rule, path: ['match'], message: 'the rule that is not asked' }],
        witness: { method: methodOf(rule.definition), url },
      },
    ]
  }
  return []
}

/** Where requests are not checked, nobody removes the names that rules set. */
function leftHeaders(route: UncheckedRoute, { name }: Caller, linted: Linted): readonly Draft[] {
  if (!route.sharesUpstream) return []
  const left = ownedNames(linted.rules)
    .flatMap(owned => (route.passesUnderscores ? [owned, owned.replaceAll('-', '_')] : [owned]))
    .filter((owned, i, all) => all.indexOf(owned) === i && !route.removes(owned.toLowerCase()))
  if (left.length === 0) return []
  const message = `${name}: ${route.shown} is not checked, and passes ${left.join(', ')} as the client sent it, which rules set: remove it there`
  return [edgeDraft('check-disabled', message, route.at)]
}
