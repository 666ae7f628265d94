/** Routes without a check. */
import { accessOf } from '../../lint/access.ts'
import type { Draft } from '../../lint/draft.ts'
import type { Linted } from '../../lint/linted.ts'
import { methodOf } from '../../lint/method.ts'
import { sampleUrl } from '../../lint/sample-url.ts'
import type { Caller, UncheckedRoute } from '../caller.ts'
import { edgeDraft } from './edge-draft.ts'
import { ownedNames } from './owned-names.ts'

export function judgeRoutes(caller: Caller, linted: Linted): readonly Draft[] {
  return caller.unchecked.flatMap(route => [
    ...protectedBy(route, caller, linted),
    ...leftHeaders(route, caller, linted),
  ])
}

/** A rule that asks for something, and whose requests are not checked. */
function protectedBy(route: UncheckedRoute, { name }: Caller, linted: Linted): readonly Draft[] {
  const strategy = linted.loaded.config.access_rules.matching_strategy
  for (const rule of linted.rules) {
    const url =
      accessOf(rule.definition) === 'anyone' ? undefined : sampleUrl(rule.definition, strategy)
    const [, host = '', path = ''] = /^[a-z]+:\/\/([^/]*)(.*)$/.exec(url ?? '') ?? []
    if (url === undefined || !takesAny(route, host, path || '/')) continue
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

/** The host of a rule for any host is one of the route. */
const takesAny = (route: UncheckedRoute, host: string, path: string): boolean =>
  route.takes(host, path) || (/^[a0]$/.test(host) && route.takes('*', path))

/** Where requests are not checked, nobody removes the names that rules set. */
function leftHeaders(route: UncheckedRoute, { name }: Caller, linted: Linted): readonly Draft[] {
  if (!route.sharesUpstream) return []
  const left = ownedNames(linted.rules).filter(owned => !route.removes(owned.toLowerCase()))
  if (left.length === 0) return []
  const message = `${name}: ${route.shown} is not checked, and passes ${left.join(', ')} as the client sent it, which rules set: remove it there`
  return [edgeDraft('check-disabled', message, route.at)]
}
