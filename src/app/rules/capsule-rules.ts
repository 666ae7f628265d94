/** What capsules say about the rules: computed when they are loaded. */
import { digestOf } from '../../capsule/identity.ts'
import type { CapsuleRules } from '../../capsule/recorder.ts'
import type { Config } from '../../config/config.ts'
import type { RuleDefinition } from '../../rules/definition.ts'
import type { RuleSet } from '../../rules/rule-set.ts'
import { pipelineSettings } from './pipeline.ts'

/** undefined: no capsules are written (`log.decisions.capsule`). */
export async function capsuleRules(
  config: Config,
  { definitions, credentials }: RuleSet,
): Promise<CapsuleRules | undefined> {
  const { enabled, capsule } = config.log.decisions
  if (!enabled || !capsule) return undefined
  return {
    strategy: config.access_rules.matching_strategy,
    digest: await digestOf(definitions, pipelineSettings(config)),
    credentials,
    parameters: new Set(definitions.flatMap(comparedParameters)),
  }
}

/** Parameters of the query that a condition of the rule compares with a text. `null`, for "absent", needs no value. */
export const comparedParameters = ({ match }: RuleDefinition): readonly string[] =>
  match !== null && 'query' in match
    ? (match.query ?? []).flatMap(([name, value]) => (value === null ? [] : [name]))
    : []
