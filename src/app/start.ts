/** Configuration to a running server: the one place where the parts are put together. */
import type { ListenOptions } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import { clearDoors } from '../config/unbuilt.ts'
import { createAdminDoor } from '../doors/admin/door.ts'
import { createGate, type Gate } from '../doors/gate.ts'
import { type GrpcListener, listenGrpc } from '../doors/grpc/server.ts'
import { decide as decideWith } from '../engine/decide.ts'
import { observe } from '../engine/observe.ts'
import { parseDuration } from '../lib/duration.ts'
import { environment } from '../lib/environment.ts'
import type { Decide } from '../model/decision.ts'
import type { Log } from '../observability/log.ts'
import type { KeySets } from '../outbound/key-sets.ts'
import { type ApiListener, listenApi } from './api-listener.ts'
import { bugLog } from './bug-log.ts'
import { type ConfigWatch, watchConfig } from './config-watch.ts'
import { createDeps } from './deps.ts'
import { createHotDoors, type HotDoors } from './hot-doors.ts'
import { createLiveRules, type LiveRules } from './rules.ts'
import { version } from './version.ts'

export interface Running {
  /** Where the API and gRPC listen: `host:port` or a socket's path. */
  readonly addresses: { readonly api: string; readonly grpc: string | undefined }
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

/** What every listener is built with. */
interface Parts {
  readonly config: Config
  readonly log: Log
  readonly decide: Decide
  readonly hot: HotDoors
  readonly live: LiveRules
  readonly keySets: KeySets
  readonly serving: () => boolean
  readonly refusedConfiguration: () => boolean
  /** Of all doors together. */
  readonly gate: Gate
}

/** Rejects with an Error that names the cause when the server cannot start. */
export async function start({ config, log, strict, files }: StartOptions): Promise<Running> {
  const [clear] = clearDoors(config)
  if (clear)
    throw new Error(`${clear}: TLS is not in this version; a port in clear is no substitute`)
  const deps = createDeps(config, log)
  let follow = (): void => undefined
  const live = await createLiveRules({ config, deps, log, strict, onChange: () => follow() })
  const gate = createGate(config.limits.requests.concurrent)
  const decide = observe((request, trace) => decideWith(live.current().rules, request, trace), log)
  const hot = createHotDoors(config, { decide, gate, log })
  let stopping = false
  let watch: ConfigWatch | undefined
  const parts: Parts = {
    config,
    log,
    decide,
    hot,
    live,
    keySets: deps.keySets,
    serving: () => !stopping && live.complete(),
    refusedConfiguration: () => watch?.refused() === true,
    gate,
  }
  const { api, grpc } = await startDoors(parts).catch(error => {
    live.close()
    throw error
  })
  const announce = (): void => grpc?.setServing(parts.serving() && hasRules(live))
  follow = () => {
    hot.follow(live.current().config)
    announce()
  }
  follow()
  if (files !== undefined) {
    watch = watchConfig({ sources: { files, env: environment() }, started: config, live, log })
  }
  return {
    addresses: { api: api.address, grpc: grpc?.address },
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
      const grace = parseDuration(config.serve.shutdown.timeout)
      await Promise.all([api.close(grace), grpc?.close(grace)])
      await deps.close()
    },
  }
}

const hasRules = (live: LiveRules): boolean => live.current().rules.definitions.length > 0

/** All doors or none: one that stays open would keep a failed process alive, half working. */
async function startDoors(parts: Parts) {
  const api = await startApi(parts)
  try {
    return { api, grpc: await startGrpc(parts) }
  } catch (error) {
    await api.close(0)
    throw error
  }
}

function startApi(parts: Parts): Promise<ApiListener> {
  const { config, hot, live, keySets, serving } = parts
  const { api } = config.serve
  const { limits } = config
  return listenApi({
    decisions: hot.decisions,
    admin: createAdminDoor({
      rules: () => live.current().rules,
      serving,
      notices: () => ({
        failingSources: live.failing(),
        refusedConfiguration: parts.refusedConfiguration(),
      }),
      keySets,
      version,
    }),
    listen: listenOptions(api),
    readTimeout: parseDuration(api.timeout.read),
    idleTimeout: Math.min(parseDuration(api.timeout.idle), parseDuration(limits.connection.idle)),
    headerBytes: limits.headers.bytes,
  })
}

/** Twice what may run: room for the denials of what is too much, and for health watches. */
const streamsPerCheck = 2

async function startGrpc({
  config,
  log,
  decide,
  gate,
  hot,
}: Parts): Promise<GrpcListener | undefined> {
  const { grpc } = config.serve
  const { limits } = config
  if (!grpc.enabled) return undefined
  return listenGrpc({
    decide,
    gate,
    trust: hot.grpcTrust,
    limits: {
      pathBytes: limits.path.bytes,
      headerBytes: limits.headers.bytes,
      bodyBytes: limits.body.bytes,
    },
    decisionTimeout: parseDuration(limits.decision.timeout),
    messageBytes: grpc.max_message_bytes,
    concurrentStreams: limits.requests.concurrent * streamsPerCheck,
    idleTimeout: parseDuration(limits.connection.idle),
    onRefused: ({ code, info }) => log.debug('Check refused', { code, reason: info.message }),
    onBug: bugLog(log),
    address: grpc.socket ? { socket: grpc.socket } : { host: bareHost(grpc.host), port: grpc.port },
    ...connectionAge(parseDuration(grpc.max_connection_age)),
  })
}

const connectionAge = (milliseconds: number) =>
  milliseconds === 0 ? {} : { maxConnectionAge: milliseconds }

/** A unix socket where one is named; else host and port, an empty host meaning every interface. */
function listenOptions(listener: Listener): ListenOptions {
  if (listener.socket) return { path: listener.socket }
  const host = bareHost(listener.host)
  return { port: listener.port, ...(host === '' ? {} : { host }) }
}

/** The configuration writes IPv6 in brackets. */
const bareHost = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

interface Listener {
  readonly host: string
  readonly port: number
  readonly socket?: string | undefined
}
