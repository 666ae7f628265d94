import type { JsonObject } from '../../lib/json.ts'
import type { ResourceSettings } from '../../model/protected-resources.ts'
import type { Strategy } from '../matching/pattern.ts'

/** One handler of the configuration: whether rules may use it, and its global config. */
export interface HandlerSettings {
  readonly enabled: boolean
  readonly config?: JsonObject | undefined
}

export type SectionSettings = Readonly<Record<string, HandlerSettings | undefined>>

/** The settings that rules are compiled with. */
export interface PipelineSettings {
  readonly strategy: Strategy
  readonly authenticators: SectionSettings
  readonly authorizers: SectionSettings
  readonly mutators: SectionSettings
  readonly errors: SectionSettings
  /** Names of error handlers, in order, for failures that no handler of the rule answers. */
  readonly fallback: readonly string[]
  /** The protected resources; none by default. */
  readonly resources?: readonly ResourceSettings[]
}
