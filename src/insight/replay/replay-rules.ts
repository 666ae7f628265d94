/** What a replay needs of a rule set. */
import { comparedParameters } from '../../app/rules/capsule-rules.ts'
import { digestOf } from '../../capsule/identity.ts'
import type { Redaction } from '../../observability/redaction.ts'
import type { PipelineSettings } from '../../rules/compiling/settings.ts'
import type { RuleSet } from '../../rules/rule-set.ts'
import type { ReplayRules } from './replay.ts'

export const replayRules = async (
  rules: RuleSet,
  settings: PipelineSettings,
  redaction: Redaction,
): Promise<ReplayRules> => ({
  rules,
  strategy: settings.strategy,
  digest: await digestOf(rules.definitions, settings),
  parameters: new Set(rules.definitions.flatMap(comparedParameters)),
  redaction,
})
