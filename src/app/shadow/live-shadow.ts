/** The shadow rules of a running server: loaded from their own sources, compiled with the configuration in force. */
import type { Config } from '../../config/config.ts'
import type { Deps } from '../../handlers/kind.ts'
import type { Decide } from '../../model/decision.ts'
import { errorText, type Log, type LogFields } from '../../observability/log.ts'
import type { Cache } from '../../outbound/cache.ts'
import type { RuleSet } from '../../rules/rule-set.ts'
import type { KnownCalls } from '../../shadow/known-calls.ts'
import { createShadow } from '../../shadow/shadow.ts'
import { createShadowTally, type ShadowCounts } from '../../shadow/tally.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Snapshot } from '../rules/build-rules.ts'
import { createLiveRules, type LiveRules } from '../rules/live-rules.ts'
import { createDifferenceLog } from './difference-log.ts'
import { shadowConfig } from './shadow-config.ts'

export interface LiveShadow {
  readonly wrap: (decide: Decide) => Decide
  /** Call it when the rules in force or their configuration have changed. */
  readonly follow: (snapshot: Snapshot) => void
  readonly counts: () => ShadowCounts
  readonly close: () => void
}

export interface LiveShadowOptions {
  readonly config: Config
  readonly deps: Deps
  readonly log: Log
  readonly calls: KnownCalls
  readonly metrics: Metrics | undefined
}

/** Never rejects: what is wrong with the rules is logged. */
export function createLiveShadow(options: LiveShadowOptions): LiveShadow {
  const { config: started, deps, calls, metrics } = options
  const log = shadowLog(options.log)
  const tally = createShadowTally()
  metrics?.registry.add(...tally.families)
  let live: LiveRules | undefined
  let isClosed = false
  let configured = started
  /** Of both sets. */
  let known: readonly (RuleSet | undefined)[] = []
  const restartIfOther = (rules: readonly (RuleSet | undefined)[]): void => {
    if (rules.some((set, i) => set !== known[i])) shadow.restart()
    known = rules
  }
  const shadow = createShadow({
    rules: () => live?.current().rules,
    calls,
    tally,
    ratio: started.access_rules.shadow.ratio,
    onDifference: createDifferenceLog(started, log),
  })
  const report = (error: unknown): void =>
    log.error('Shadow rules are not loaded', { cause: errorText(error) })
  const configure = (config: Config): void => {
    configured = config
    live?.configure(shadowConfig(config, started)).catch(report)
  }
  createLiveRules({
    config: shadowConfig(started, started),
    deps: { ...deps, http: calls.http, cache: readOnly(deps.cache) },
    sources: deps,
    log,
    strict: false,
    onChange: ({ rules }) => restartIfOther([known[0], rules]),
  })
    .then(loaded => {
      live = loaded
      restartIfOther([known[0], loaded.current().rules])
      if (isClosed) loaded.close()
      else if (configured !== started) configure(configured)
    })
    .catch(report)
  return {
    wrap: shadow.wrap,
    follow: ({ config, rules }) => {
      if (config !== configured) configure(config)
      restartIfOther([rules, known[1]])
    },
    counts: tally.counts,
    close: () => {
      isClosed = true
      live?.close()
    },
  }
}

/** Entries of the rules in force can be used; none is added. */
const readOnly = (cache: Cache): Cache => ({ ...cache, set: () => undefined })

function shadowLog(log: Log): Log {
  const named = (fields: LogFields = {}): LogFields => ({ ...fields, rule_set: 'shadow' })
  return {
    error: (text, fields) => log.error(text, named(fields)),
    warn: (text, fields) => log.warn(text, named(fields)),
    info: (text, fields) => log.info(text, named(fields)),
    debug: (text, fields) => log.debug(text, named(fields)),
  }
}
