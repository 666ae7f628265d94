/**
 * Messages between the loader and its workers. Each rule is sent once, in slices, with a number: a worker keeps
 * the object of a rule that did not change, and what it compiled from it.
 */
import type { Config } from '../../config/config.ts'
import type { MetricData } from '../../observability/metrics/registry.ts'
import type { RuleDefinition } from '../../rules/definition.ts'
import type { ShadowCounts } from '../../shadow/tally.ts'
import type { Addresses, Notices } from '../server.ts'

export type ToWorker =
  | { readonly kind: 'rules'; readonly rules: readonly (readonly [number, RuleDefinition])[] }
  /** Compile these; `order` has the numbers of all rules. The first one starts the worker. */
  | {
      readonly kind: 'prepare'
      readonly version: number
      readonly config: Config
      readonly order: readonly number[]
      /** Rules of a source were never read and have no number. */
      readonly missesRules: boolean
    }
  /** Use the prepared state from the next request on. */
  | { readonly kind: 'commit'; readonly version: number }
  | { readonly kind: 'notices'; readonly notices: Notices }
  | { readonly kind: 'metrics'; readonly request: number }
  /** Send the counts of shadow decisions. */
  | { readonly kind: 'count_shadow'; readonly request: number }
  /** The counts of all other workers, for the question with that number. */
  | {
      readonly kind: 'shadow_counts'
      readonly question: number
      readonly counts: readonly ShadowCounts[]
    }
  | { readonly kind: 'stop' }

export type ToLoader =
  /** The process receives messages. */
  | { readonly kind: 'up' }
  | { readonly kind: 'prepared'; readonly version: number }
  | { readonly kind: 'listening'; readonly addresses: Addresses }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'metrics'; readonly request: number; readonly metrics: MetricData }
  /** What are the counts of the other workers? */
  | { readonly kind: 'ask_shadow'; readonly question: number }
  | {
      readonly kind: 'shadow_count'
      readonly request: number
      readonly counts: ShadowCounts | undefined
    }
