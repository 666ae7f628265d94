/** Rules whose handlers have their whole config, so that a change can also take away what the configuration says. */

import { pipelineSettings } from '../../../app/rules/pipeline.ts'
import type { Config } from '../../../config/config.ts'
import type { PipelineSettings, SectionSettings } from '../../../rules/compiling/settings.ts'
import type {
  AuthorizerEntry,
  HandlerReference,
  RuleDefinition,
} from '../../../rules/definition.ts'
import type { LintedRule, Path } from '../../lint/linted.ts'

/** The same rule, compiled with the settings of `resolvedSettings`. Error handlers keep the config of the configuration. */
export function resolvedRule({ definition, handlers }: LintedRule): RuleDefinition {
  const configs = new Map(handlers.map(({ path, config }) => [path.join('.'), config]))
  const whole = (reference: HandlerReference, path: Path): HandlerReference => ({
    ...reference,
    config: configs.get(path.join('.')) ?? reference.config,
  })
  const entry = (one: AuthorizerEntry, path: Path): AuthorizerEntry =>
    'of' in one
      ? { ...one, entries: one.entries.map((each, i) => entry(each, [...path, one.of, i])) }
      : whole(one, path)
  const { authenticators, authorizer, authorizers, mutators } = definition
  return {
    ...definition,
    authenticators: authenticators?.map((one, i) => whole(one, ['authenticators', i])) ?? null,
    authorizer: whole(authorizer, ['authorizer']),
    ...(authorizers && {
      authorizers: authorizers.map((one, i) => entry(one, ['authorizers', i])),
    }),
    mutators: mutators?.map((one, i) => whole(one, ['mutators', i])) ?? null,
  }
}

const enabled = { enabled: true, config: {} }

/** Whatever stands in the place of a handler is enabled. */
export function resolvedSettings(config: Config): PipelineSettings {
  const settings = pipelineSettings(config)
  return {
    ...settings,
    authenticators: { ...withoutConfigs(settings.authenticators), noop: enabled },
    authorizers: { ...withoutConfigs(settings.authorizers), allow: enabled },
    mutators: { ...withoutConfigs(settings.mutators), noop: enabled },
  }
}

const withoutConfigs = (section: SectionSettings): SectionSettings =>
  Object.fromEntries(
    Object.entries(section).map(([name, one]) => [name, one && { ...one, config: {} }]),
  )
