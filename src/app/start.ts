/** Configuration to a running server: the one place where the parts are put together. */
import { setTimeout } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import { createAdminDoor } from '../doors/admin/door.ts'
import { createGate } from '../doors/gate.ts'
import { decide as decideWith } from '../engine/decide.ts'
import { observe } from '../engine/observe.ts'
import { parseDuration } from '../lib/duration.ts'
import { environment } from '../lib/environment.ts'
import type { Log } from '../observability/log.ts'
import { type ConfigWatch, watchConfig } from './config-watch.ts'
import { createDeps } from './deps.ts'
import { createHotDoors } from './hot-doors.ts'
import { overHttp1 } from './over-http1.ts'
import { createPortTls, openPorts } from './ports.ts'
import { createLiveRules, type LiveRules } from './rules.ts'
import { createUpstreams } from './upstreams.ts'
import { version } from './version.ts'

export interface Running {
  /** Where the doors listen: `host:port` or a socket's path. */
  readonly addresses: {
    readonly api: string
    readonly proxy: string | undefined
    readonly grpc: string | undefined
  }
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
  const gate = createGate(config.limits.requests.concurrent)
  const decide = observe((request, trace) => decideWith(live.current().rules, request, trace), log)
  let stopping = false
  let watch: ConfigWatch | undefined
  const serving = (): boolean => !stopping && live.complete()
  const upstreams = createUpstreams(config)
  const admin = createAdminDoor({
    rules: () => live.current().rules,
    serving,
    notices: () => ({
      failingSources: live.failing(),
      refusedConfiguration: watch?.refused() === true,
    }),
    keySets: deps.keySets,
    version,
  })
  const hot = createHotDoors(config, {
    decide,
    gate,
    log,
    admin: overHttp1(admin),
    upstreams,
    schemes: { api: tls.api ? 'https' : 'http', proxy: tls.proxy ? 'https' : 'http' },
  })
  const ports = await openPorts({ config, log, decide, gate, hot, tls }).catch(error => {
    live.close()
    throw error
  })
  const announce = (): void => ports.grpc?.setServing(serving() && hasRules(live))
  follow = () => {
    hot.follow(live.current().config)
    announce()
  }
  follow()
  if (files !== undefined) {
    watch = watchConfig({ sources: { files, env: environment() }, started: config, live, log })
  }
  const { api, proxy, grpc } = ports
  return {
    addresses: { api: api.address, proxy: proxy?.address, grpc: grpc?.address },
    reload: async () => {
      await watch?.reload()
      await live.refresh()
    },
    stop: async () => {
      stopping = true
      announce()
      watch?.close()
      live.close()
      await setTimeout(parseDuration(config.serve.shutdown.drain))
      await ports.close(parseDuration(config.serve.shutdown.timeout))
      await Promise.all([upstreams.close(), deps.close()])
    },
  }
}

const hasRules = (live: LiveRules): boolean => live.current().rules.definitions.length > 0
