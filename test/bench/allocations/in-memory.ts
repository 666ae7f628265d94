/** `decide` alone. */
import { decide } from '../../../src/engine/decide.ts'
import { isPending } from '../../../src/lib/awaitable.ts'
import type { Decision } from '../../../src/model/decision.ts'
import type { AccessRequest } from '../../../src/model/request.ts'
import type { RuleSet } from '../../../src/rules/rule-set.ts'
import { requestTo } from '../../support/request.ts'
import { headers, host, pathOf, ruleMix } from '../request.ts'
import type { Work } from './count.ts'

export function inMemory(rules: RuleSet, token?: string): Work<AccessRequest> {
  const mix = ruleMix(rules.definitions.length)
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const sent = Object.entries({ ...headers, ...authorization })
  const request = (_: unknown, n: number): AccessRequest =>
    requestTo(`http://${host}${pathOf(mix[n % mix.length] ?? 0)}`, { headers: sent })
  return {
    prepare: decisions => Array.from({ length: decisions }, request),
    run: request => {
      const decision = decide(rules, request)
      if (isPending(decision)) return decision.then(assertAllowed)
      return assertAllowed(decision)
    },
  }
}

function assertAllowed({ kind }: Decision): void {
  if (kind !== 'allow') throw new Error('the decision is not an allow')
}
