import type { Config } from '../../config/config.ts'
import type { Deps } from '../../handlers/kind.ts'
import type { KeySetProblem } from '../../outbound/key-sets.ts'
import { createRuleCompiler } from '../../rules/compiling/compile.ts'
import { type Conflict, conflictsOf } from '../../rules/loading/conflicts.ts'
import {
  createRepository,
  everything,
  type LocatedRule,
  type SourceReport,
} from '../../rules/loading/repository.ts'
import type { RuleSet } from '../../rules/rule-set.ts'
import { pipelineSettings } from './pipeline.ts'

export interface LoadedRules {
  readonly rules: RuleSet
  readonly reports: readonly SourceReport[]
}

export interface CheckedRules extends LoadedRules {
  /** Problems of local key sets that the rules use. */
  readonly keySets: readonly KeySetProblem[]
  /** Rules with the id or the match of another rule. */
  readonly conflicts: readonly Conflict[]
  /** All rules that were read, in order. */
  readonly located: readonly LocatedRule[]
}

/**
 * Reads every source once and compiles the rules, for commands that do not serve requests. `handlerDeps`: what handlers
 * reach services with, if that is not what sources are read with.
 */
export async function readRules(
  config: Config,
  deps: Deps,
  handlerDeps: Deps = deps,
): Promise<CheckedRules> {
  const repository = createRepository(deps)
  const { repositories } = config.access_rules
  await repository.read(repositories, { which: everything })
  const { definitions, missesRules, reports } = repository.loaded(repositories)
  const located = repository.located(repositories)
  const conflicts = conflictsOf(located)
  repository.close()
  const settings = pipelineSettings(config)
  const rules = await createRuleCompiler(handlerDeps).compile(definitions, settings, missesRules)
  const keySets = await handlerDeps.keySets.check()
  return { rules, reports, located, conflicts, keySets }
}
