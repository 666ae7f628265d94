/**
 * Applies a changed configuration while the server runs. An invalid or unreadable one changes nothing: the log
 * says what is wrong with it, and readiness reports it.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../config/config.ts'
import { renderIssue } from '../config/issue.ts'
import { type ConfigSources, filesOf, type LoadedConfig, loadConfig } from '../config/load.ts'
import { changeTo } from '../config/restart.ts'
import { createQueue } from '../lib/queue.ts'
import { watchPath } from '../lib/watch-path.ts'
import { errorText, type Log } from '../observability/log.ts'
import type { LiveRules } from './rules/live-rules.ts'

export interface ConfigWatch {
  /** Reads the configuration again. Never rejects. */
  readonly reload: () => Promise<void>
  /** True when the configuration that was read last could not be applied. */
  readonly refused: () => boolean
  readonly close: () => void
}

export interface ConfigWatchOptions {
  readonly sources: ConfigSources
  readonly started: Config
  readonly live: Pick<LiveRules, 'current' | 'configure'>
  readonly log: Log
  /** Refuses a change that a strict start would refuse. */
  readonly strict?: boolean
}

export function watchConfig({
  sources,
  started,
  live,
  log,
  strict = false,
}: ConfigWatchOptions): ConfigWatch {
  let refused = false
  let saidRestart = ''
  const sayRestart = (keys: readonly string[]): void => {
    const text = keys.join(', ')
    if (text !== '' && text !== saidRestart) {
      log.warn('A restart is needed for some changes of the configuration', { keys })
    }
    saidRestart = text
  }
  const takeOver = async ({ config: next, warnings }: LoadedConfig): Promise<void> => {
    const { config, restart } = changeTo(next, started)
    sayRestart(restart)
    if (isDeepStrictEqual(config, live.current().config)) return
    await live.configure(config)
    for (const warning of warnings) log.warn(warning)
    log.info('The changed configuration is in force')
  }
  const load = async (): Promise<void> => {
    const problems = await problemsOf({ sources, strict, takeOver, log })
    refused = problems.length > 0
    for (const problem of problems) log.error('The changed configuration is refused', { problem })
  }
  const ask = createQueue(load, () => undefined)
  const reload = (): Promise<void> => ask(undefined)
  const ends = filesOf(sources).map(file => watchPath(file, () => void reload()))
  // What changed since the configuration was read for the start.
  void reload()
  return {
    reload,
    refused: () => refused,
    close: () => {
      for (const end of ends) end()
    },
  }
}

interface Attempt {
  readonly sources: ConfigSources
  readonly strict: boolean
  readonly takeOver: (loaded: LoadedConfig) => Promise<void>
  readonly log: Log
}

/** Why it was not applied. */
async function problemsOf(attempt: Attempt): Promise<readonly string[]> {
  const { sources, strict, takeOver, log } = attempt
  try {
    const outcome = await loadConfig(sources)
    if (outcome.kind === 'invalid') return outcome.issues.map(renderIssue)
    if (strict && outcome.unsafe.length > 0) return outcome.unsafe.map(renderIssue)
    await takeOver(outcome)
    return []
  } catch (error) {
    log.debug('Why the configuration is refused', { cause: errorText(error) })
    return [error instanceof Error ? error.message : String(error)]
  }
}
