import type { Config } from '../config/config.ts'
import type { Deps } from '../handlers/kind.ts'
import { compileRules } from '../rules/compile.ts'
import { createRepository, everything, type SourceReport } from '../rules/repository.ts'
import type { RuleSet } from '../rules/rule-set.ts'
import { pipelineSettings } from './pipeline.ts'

export interface LoadedRules {
  readonly rules: RuleSet
  readonly reports: readonly SourceReport[]
}

/** Reads every source once and compiles what they hold, for commands that serve nobody. */
export async function readRules(config: Config, deps: Deps): Promise<LoadedRules> {
  const repository = createRepository(deps)
  const { repositories } = config.access_rules
  await repository.read(repositories, { which: everything })
  const { definitions, reports } = repository.loaded(repositories)
  repository.close()
  return { rules: await compileRules(definitions, pipelineSettings(config), deps), reports }
}
