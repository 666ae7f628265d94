/** The doors of one process over rules that somebody else keeps up to date. */
import { setTimeout } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import { createAdminDoor } from '../doors/admin/door.ts'
import { createGate } from '../doors/gate.ts'
import { decide as decideWith } from '../engine/decide.ts'
import { observe } from '../engine/observe.ts'
import { parseDuration } from '../lib/duration.ts'
import type { Log } from '../observability/log.ts'
import type { Snapshot } from './build-rules.ts'
import type { OwnedDeps } from './deps.ts'
import { createHotDoors } from './hot-doors.ts'
import { overHttp1 } from './over-http1.ts'
import { openPorts, type PortTls } from './ports.ts'
import { createUpstreams } from './upstreams.ts'
import { version } from './version.ts'

/** What readiness tells besides the rules. */
export interface Notices {
  /** False while a source is waited for that could not be read since the start. */
  readonly complete: boolean
  readonly failingSources: number
  readonly refusedConfiguration: boolean
}

export interface ServerOptions {
  /** The one that it is started with; a later one comes with the rules. */
  readonly config: Config
  readonly log: Log
  readonly deps: OwnedDeps
  readonly tls: PortTls
  readonly current: () => Snapshot
  readonly notices: () => Notices
}

export interface Addresses {
  readonly api: string
  readonly proxy: string | undefined
  readonly grpc: string | undefined
}

export interface Server {
  /** Where the doors listen: `host:port` or a socket's path. */
  readonly addresses: Addresses
  /** To be called when the snapshot or a notice has changed. */
  readonly follow: () => void
  /** Not ready at once; waits `drain`, lets work finish within `timeout`, closes everything. */
  readonly stop: () => Promise<void>
}

/** Rejects with an Error that names the cause when a port cannot be had. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const { config, log, deps, tls, current, notices } = options
  const gate = createGate(config.limits.requests.concurrent)
  const decide = observe((request, trace) => decideWith(current().rules, request, trace), log)
  let stopping = false
  const serving = (): boolean => !stopping && notices().complete
  const upstreams = createUpstreams(config)
  const admin = createAdminDoor({
    rules: () => current().rules,
    serving,
    notices,
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
  const ports = await openPorts({ config, log, decide, gate, hot, tls })
  const announce = (): void =>
    ports.grpc?.setServing(serving() && current().rules.definitions.length > 0)
  const follow = (): void => {
    hot.follow(current().config)
    announce()
  }
  follow()
  const { api, proxy, grpc } = ports
  return {
    addresses: { api: api.address, proxy: proxy?.address, grpc: grpc?.address },
    follow,
    stop: async () => {
      stopping = true
      announce()
      await setTimeout(parseDuration(config.serve.shutdown.drain))
      await ports.close(parseDuration(config.serve.shutdown.timeout))
      await Promise.all([upstreams.close(), deps.close()])
    },
  }
}
