/** Configuration to a running server in this one process. */
import type { Config } from '../config/config.ts'
import { environment } from '../lib/environment.ts'
import type { Log } from '../observability/log.ts'
import { type ConfigWatch, watchConfig } from './config-watch.ts'
import { createDeps } from './deps.ts'
import { createPortTls } from './ports.ts'
import { createLiveRules } from './rules.ts'
import { type Addresses, openServer } from './server.ts'

export interface Running {
  readonly addresses: Addresses
  /** Reads the configuration and all rules again, and puts them in force. Never rejects. */
  readonly reload: () => Promise<void>
  /** Not ready at once; waits `drain`, lets work finish within `timeout`, closes everything. */
  readonly stop: () => Promise<void>
}

export interface StartOptions {
  readonly config: Config
  readonly log: Log
  /** Refuse to start when a rule or a source of rules is broken. */
  readonly strict: boolean
  /** The files that the configuration was read from: they are watched, and read again on a reload. */
  readonly files?: readonly string[]
}

/** Rejects with an Error that names the cause when the server cannot start. */
export async function start({ config, log, strict, files }: StartOptions): Promise<Running> {
  const tls = createPortTls(config, log)
  const deps = createDeps(config, log)
  let follow = (): void => undefined
  const live = await createLiveRules({ config, deps, log, strict, onChange: () => follow() })
  let watch: ConfigWatch | undefined
  const notices = () => ({
    complete: live.complete(),
    failingSources: live.failing(),
    refusedConfiguration: watch?.refused() === true,
  })
  const { current } = live
  const server = await openServer({ config, log, deps, tls, current, notices }).catch(error => {
    live.close()
    throw error
  })
  follow = server.follow
  follow()
  if (files !== undefined) {
    watch = watchConfig({ sources: { files, env: environment() }, started: config, live, log })
  }
  return {
    addresses: server.addresses,
    reload: async () => {
      await watch?.reload()
      await live.refresh()
    },
    stop: async () => {
      watch?.close()
      live.close()
      await server.stop()
    },
  }
}
