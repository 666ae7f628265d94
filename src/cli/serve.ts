import { availableParallelism } from 'node:os'
import { redactionOf } from '../app/observability/logs.ts'
import { endTime, exitInTime, onUncaught, stopTime } from '../app/processes/last-resort.ts'
import { onHangUp, stopSignal } from '../app/signals.ts'
import type { Running, StartOptions } from '../app/start.ts'
import type { Config } from '../config/config.ts'
import { type ConfigIssue, renderIssue } from '../config/issue.ts'
import { unbuiltKeys } from '../config/unbuilt.ts'
import { createLog, errorText } from '../observability/log.ts'
import { loadOrPrint } from './load.ts'
import { nodeNotices } from './node-notices.ts'
import type { ConfigOption, Output } from './output.ts'

export interface ServeOptions extends ConfigOption {
  readonly strict?: boolean
}

/** Runs until SIGINT or SIGTERM; a second signal ends it at once. SIGHUP reads everything again. */
export async function serve(options: ServeOptions, output: Output): Promise<number> {
  const loaded = await loadOrPrint(options, output)
  if (loaded === undefined) return 1
  const { config, warnings } = loaded
  const { config: files = [], strict = false } = options
  if (strict && loaded.unsafe.length > 0) return refuseUnsafe(loaded.unsafe, output)
  const { level, format } = config.log
  const log = createLog({ level, format, redact: redactionOf(config).text })
  for (const warning of [...nodeNotices(process.version), ...warnings]) log.warn(warning)
  for (const key of unbuiltKeys(config))
    log.warn('This setting has no effect in this version', { key })
  let running: Running | undefined
  const ignoreUncaught = onUncaught({
    log,
    end: async () => running?.abandon(),
    within: endTime(config),
  })
  // Before the start has finished, there is nothing to read again.
  const ignoreHangUp = onHangUp(() => void running?.reload())
  try {
    running = await startWorkers(workersOf(config), { config, log, strict, files })
    log.info('Oarlock is listening', { ...running.addresses })
    log.info('Stopping', { signal: await stopSignal() })
    exitInTime({ log, within: stopTime(config) })
    await running.stop()
    return 0
  } catch (error) {
    log.error('Oarlock cannot run', { error: error instanceof Error ? error.message : `${error}` })
    log.debug('Where it failed', { cause: errorText(error) })
    return 1
  } finally {
    ignoreHangUp()
    ignoreUncaught()
  }
}

function refuseUnsafe(issues: readonly ConfigIssue[], output: Output): number {
  for (const issue of issues) output.err(`--strict refuses: ${renderIssue(issue)}\n`)
  return 1
}

/** Loads only what this process runs: doors, or the loader of several workers. */
async function startWorkers(workers: number, options: StartOptions): Promise<Running> {
  if (workers === 1) return (await import('../app/start.ts')).start(options)
  const { startMany } = await import('../app/processes/start-many.ts')
  return startMany({ ...options, workers })
}

/** `auto`: one for each processor that this process may use. */
const workersOf = ({ serve: { workers } }: Config): number =>
  workers === 'auto' ? availableParallelism() : Number(workers)
