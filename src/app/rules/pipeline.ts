import type { Config } from '../../config/config.ts'
import type { PipelineSettings } from '../../rules/compiling/settings.ts'

/** The part of the configuration that rules are compiled with. */
export const pipelineSettings = (config: Config): PipelineSettings => ({
  strategy: config.access_rules.matching_strategy,
  authenticators: config.authenticators,
  authorizers: config.authorizers,
  mutators: config.mutators,
  errors: config.errors.handlers,
  fallback: config.errors.fallback,
  resources: config.resources,
})
