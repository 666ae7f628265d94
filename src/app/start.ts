/** Configuration to a running server in this one process. */
import type { Config } from '../config/config.ts'
import { environment } from '../lib/environment.ts'
import type { Log } from '../observability/log.ts'
import { type ConfigWatch, watchConfig } from './config-watch.ts'
import { loadRecorder } from './observability/metrics.ts'
import { openMetrics } from './observability/metrics-port.ts'
import type { Built } from './rules/build-rules.ts'
import { createLiveRules } from './rules/live-rules.ts'
import { type Addresses, createParts, openServer } from './server.ts'

export interface Running {
  readonly addresses: Addresses & { readonly metrics: string | undefined }
  /** Reads the configuration and all rules again, and puts them in force. Never rejects. */
  readonly reload: () => Promise<void>
  /** Readiness fails at once. Waits `drain`, lets requests finish within `timeout`, then closes everything. */
  readonly stop: () => Promise<void>
  /** After an uncaught exception: stops deciding, lets allowed requests finish, closes everything. */
  readonly abandon: () => Promise<void>
}

export interface StartOptions {
  readonly config: Config
  readonly log: Log
  /** Refuses to start when a rule or a source of rules is broken. */
  readonly strict: boolean
  /** The files that the configuration was read from: they are watched, and read again on a reload. */
  readonly files?: readonly string[]
}

/** Rejects with an Error that names the cause when the server cannot start. */
export async function start({ config, log, strict, files }: StartOptions): Promise<Running> {
  const parts = await createParts(config, log)
  const { deps } = parts
  const { metrics } = parts.observability
  let follow = (): void => undefined
  const record = loadRecorder(metrics)
  const onChange = (built: Built): void => {
    record(built)
    follow()
  }
  const live = await createLiveRules({ config, deps, log, strict, onChange })
  record(live.current())
  let watch: ConfigWatch | undefined
  const notices = () => ({
    complete: live.complete(),
    failingSources: live.failing(),
    refusedConfiguration: watch?.refused() === true,
  })
  const { current } = live
  const scraped = await openMetrics(config, log, metrics)
  const server = await openServer({ ...parts, config, log, current, notices }).catch(
    async error => {
      live.close()
      await scraped?.close()
      throw error
    },
  )
  follow = server.follow
  follow()
  if (files !== undefined) {
    watch = watchConfig({
      sources: { files, env: environment() },
      started: config,
      live,
      log,
      strict,
    })
  }
  const close = async (stop: () => Promise<void>): Promise<void> => {
    watch?.close()
    live.close()
    await stop()
    await scraped?.close()
  }
  return {
    addresses: { ...server.addresses, metrics: scraped?.address },
    reload: async () => {
      await watch?.reload()
      await live.refresh()
    },
    stop: () => close(server.stop),
    abandon: () => close(server.abandon),
  }
}
