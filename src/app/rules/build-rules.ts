import { isDeepStrictEqual } from 'node:util'
import type { CapsuleRules } from '../../capsule/recorder.ts'
import type { Config } from '../../config/config.ts'
import type { Deps } from '../../handlers/kind.ts'
import { createRuleCompiler } from '../../rules/compiling/compile.ts'
import type { RuleDefinition } from '../../rules/definition.ts'
import type { Repository, SourceReport } from '../../rules/loading/repository.ts'
import type { RuleSet } from '../../rules/rule-set.ts'
import { capsuleRules } from './capsule-rules.ts'
import { pipelineSettings } from './pipeline.ts'

/** The rules in force and the configuration that they were compiled with. */
export interface Snapshot {
  readonly config: Config
  readonly rules: RuleSet
  /** undefined: no capsules are written. */
  readonly capsule: CapsuleRules | undefined
}

/** A snapshot and the rule definitions that it was made from. */
export interface Built extends Snapshot {
  readonly definitions: readonly RuleDefinition[]
  /** Rules of a source are not among the definitions, since they could never be read. */
  readonly missesRules: boolean
  readonly reports: readonly SourceReport[]
  /** True when every required source was read at least once. */
  readonly complete: boolean
}

export type BuildRules = (config: Config, before: Built | undefined) => Promise<Built>

/** Compiles the rules of the repository; keeps the rules of `before` that did not change. */
export function createRulesBuild(deps: Deps, repository: Repository): BuildRules {
  const compiler = createRuleCompiler(deps)
  return async (config, before) => {
    const { repositories, on_start_error: onError } = config.access_rules
    const { definitions, missesRules, reports } = repository.loaded(repositories)
    const settings = pipelineSettings(config)
    const isSame =
      before !== undefined &&
      missesRules === before.missesRules &&
      areSame(definitions, before.definitions) &&
      isDeepStrictEqual(settings, pipelineSettings(before.config))
    const rules = isSame ? before.rules : await compiler.compile(definitions, settings, missesRules)
    return {
      config,
      definitions,
      missesRules,
      reports,
      rules,
      capsule: isSame ? before.capsule : await capsuleRules(config, rules),
      complete:
        before?.complete === true || onError === 'exit' || reports.every(({ loaded }) => loaded),
    }
  }
}

const areSame = <T>(one: readonly T[], other: readonly T[]): boolean =>
  one.length === other.length && one.every((item, i) => item === other[i])
