import type { RuleDefinition } from '../../../rules/definition.ts'
import type { Strategy } from '../../../rules/matching/problem.ts'
import { sampleUrls } from '../../lint/sample-url.ts'
import type { BodilessRoute } from '../caller.ts'

/** A URL of the rule that the route takes; undefined: none was found. */
export function takenUrl(
  { takes }: BodilessRoute,
  definition: RuleDefinition,
  strategy: Strategy,
): string | undefined {
  return sampleUrls(definition, strategy).find(
    ({ host, path, isAnyHost }) =>
      // The host of a rule for any host is one of every route.
      takes(host, path) || (isAnyHost && takes('*', path)),
  )?.url
}
