/** Oarlock inside another program: the same configuration and rules, without ports. */

import type { Config } from '../../config/config.ts'
import { renderIssue } from '../../config/issue.ts'
import { loadConfig } from '../../config/load.ts'
import { createGate } from '../../doors/gate.ts'
import type { PathReader } from '../../doors/request/path-reader.ts'
import { decide as decideWith } from '../../engine/decide.ts'
import { observe } from '../../engine/observe.ts'
import { environment } from '../../lib/environment.ts'
import { reportBugsTo } from '../../lib/guarded.ts'
import type { Decide } from '../../model/decision.ts'
import { createLog, type Log } from '../../observability/log.ts'
import { keepEngineFlags, setEngineFlags } from '../../rules/matching/engine-flags.ts'
import { type ConfigWatch, watchConfig } from '../config-watch.ts'
import { bugLog } from '../doors/bug-log.ts'
import { createLivePaths } from '../doors/live-paths.ts'
import { capsuleRecorder } from '../observability/capsules.ts'
import { redactionOf } from '../observability/logs.ts'
import { createObservability } from '../observability/observability.ts'
import { createDeps } from '../outbound/deps.ts'
import { createLiveRules } from '../rules/live-rules.ts'

export interface EmbeddedOptions {
  /** Configuration files. Later files override earlier ones, the environment overrides all. Of `serve` only `paths` is used. */
  readonly config: readonly string[]
  /** Applies changed files while the program runs (default). Files of a Lambda function do not change. */
  readonly watch?: boolean
  /**
   * Set flags of V8 that let patterns run in linear time, as `oarlock serve` does. They count for the whole process, so
   * by default (false) none is set: patterns then have limits of length, and some are refused.
   */
  readonly v8Flags?: boolean
}

export interface Embedded {
  readonly config: Config
  readonly log: Log
  readonly decide: Decide
  readonly paths: PathReader
  readonly gate: ReturnType<typeof createGate>
  readonly close: () => Promise<void>
}

/** Rejects with an Error that names every problem of the configuration, or why its rules cannot be loaded. */
export async function embed({
  config: files,
  watch: watches = true,
  v8Flags = false,
}: EmbeddedOptions): Promise<Embedded> {
  if (v8Flags) setEngineFlags()
  else keepEngineFlags()
  const sources = { files, env: environment() }
  const outcome = await loadConfig(sources)
  if (outcome.kind === 'invalid') throw new Error(outcome.issues.map(renderIssue).join('\n'))
  const { config } = outcome
  const { level, format } = config.log
  const log = createLog({ level, format, redact: redactionOf(config).text })
  reportBugsTo(bugLog(log))
  const observability = await createObservability(withoutMetrics(config), log)
  const deps = await createDeps(config, { log, calls: observability.metrics?.outbound })
  const live = await createLiveRules({
    config,
    deps,
    log,
    strict: false,
    onChange: () => undefined,
  })
  let watch: ConfigWatch | undefined
  if (watches) watch = watchConfig({ sources, started: config, live, log })
  return {
    config,
    log,
    decide: observe((request, trace) => decideWith(live.current().rules, request, trace), {
      ...observability.observers,
      recorder: capsuleRecorder(config, live.current),
    }),
    paths: createLivePaths(() => live.current().config),
    gate: createGate(config.limits.requests.concurrent),
    close: async () => {
      watch?.close()
      live.close()
      await deps.close()
      await observability.close()
    },
  }
}

/** Metrics cannot be read: there is no port. */
const withoutMetrics = (config: Config): Config => ({
  ...config,
  serve: { ...config.serve, prometheus: { ...config.serve.prometheus, enabled: false } },
})
