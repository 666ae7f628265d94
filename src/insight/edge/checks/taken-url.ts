import type { RuleDefinition } from '../../../rules/definition.ts'
import type { Strategy } from '../../../rules/matching/problem.ts'
import { sampleUrl } from '../../lint/sample-url.ts'
import type { BodilessRoute } from '../caller.ts'

/** A URL of the rule that the route takes; undefined: none was found. */
export function takenUrl(
  { takes }: BodilessRoute,
  definition: RuleDefinition,
  strategy: Strategy,
): string | undefined {
  const url = sampleUrl(definition, strategy)
  const [, host = '', path = ''] = /^[a-z]+:\/\/([^/]*)(.*)$/.exec(url ?? '') ?? []
  const isTaken = takes(host, path || '/') || (isAny(host) && takes('*', path || '/'))
  return url !== undefined && isTaken ? url : undefined
}

/** The host of a rule for any host is one of every route. */
const isAny = (host: string): boolean => /^[a0]$/.test(host)
