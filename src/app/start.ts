/** Configuration to a running server: the one place where the parts are put together. */
import type { ListenOptions } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import { clearDoors } from '../config/unbuilt.ts'
import { createAdminDoor } from '../doors/admin/door.ts'
import { createDecisionsDoor } from '../doors/decisions/door.ts'
import { createGate, type Gate } from '../doors/gate.ts'
import { type GrpcListener, listenGrpc } from '../doors/grpc/server.ts'
import { createTrust, privateNetworks } from '../doors/trust.ts'
import { decide as decideWith } from '../engine/decide.ts'
import { observe } from '../engine/observe.ts'
import { parseDuration } from '../lib/duration.ts'
import type { Decide } from '../model/decision.ts'
import { errorText, type Log } from '../observability/log.ts'
import type { KeySets } from '../outbound/key-sets.ts'
import type { RuleSet } from '../rules/rule-set.ts'
import { type ApiListener, listenApi } from './api-listener.ts'
import { createDeps } from './deps.ts'
import { createLive } from './live.ts'
import { watchState } from './metrics.ts'
import { listenMetrics, type MetricsListener } from './metrics-listener.ts'
import { createObservability, type Observability } from './observability.ts'
import { createRulesLoader } from './rules-loader.ts'
import { version } from './version.ts'

export interface Running {
  /** Where the API, gRPC and metrics listen: `host:port` or a socket's path. */
  readonly addresses: {
    readonly api: string
    readonly grpc: string | undefined
    readonly metrics: string | undefined
  }
  /** Reads the rules again and swaps them in. */
  readonly reload: () => Promise<void>
  /** Not ready at once; waits `drain`, lets work finish within `timeout`, closes everything. */
  readonly stop: () => Promise<void>
}

export interface StartOptions {
  readonly config: Config
  readonly log: Log
  /** Refuse to start when a rule or a source of rules is broken. */
  readonly strict: boolean
}

/** What every listener is built with. */
interface Parts {
  readonly config: Config
  readonly log: Log
  readonly decide: Decide
  readonly rules: () => RuleSet
  readonly keySets: KeySets
  readonly serving: () => boolean
  /** Of all doors together. */
  readonly gate: Gate
  readonly observability: Observability
}

/** Rejects with an Error that names the cause when the server cannot start. */
export async function start({ config, log, strict }: StartOptions): Promise<Running> {
  const [clear] = clearDoors(config)
  if (clear)
    throw new Error(`${clear}: TLS is not in this version; a port in clear is no substitute`)
  const observability = await createObservability(config, log)
  const { metrics, observers } = observability
  const deps = createDeps(config, log, metrics?.outbound)
  const onLoad = (complete: boolean): void => metrics?.reloads.record(complete)
  const live = await createLive(createRulesLoader({ config, deps, log, strict, onLoad }))
  if (metrics) watchState(metrics, { deps, rules: live.current, config })
  let stopping = false
  const parts: Parts = {
    config,
    log,
    decide: observe((request, trace) => decideWith(live.current(), request, trace), observers),
    rules: live.current,
    keySets: deps.keySets,
    serving: () => !stopping,
    gate: createGate(config.limits.requests.concurrent),
    observability,
  }
  const { api, grpc, scraped } = await startDoors(parts)
  const announce = (): void => grpc?.setServing(!stopping && isReady(live.current()))
  announce()
  return {
    addresses: { api: api.address, grpc: grpc?.address, metrics: scraped?.address },
    reload: async () => {
      await live.reload()
      metrics?.decisions.retain(live.current().definitions.map(({ id }) => id))
      announce()
    },
    stop: async () => {
      stopping = true
      announce()
      await setTimeout(parseDuration(config.serve.shutdown.drain))
      const grace = parseDuration(config.serve.shutdown.timeout)
      await Promise.all([api.close(grace), grpc?.close(grace)])
      await scraped?.close()
      await deps.close()
      await observability.close()
    },
  }
}

const isReady = ({ definitions }: RuleSet): boolean => definitions.length > 0

/** All doors or none: one that stays open would keep a failed process alive, half working. */
async function startDoors(parts: Parts) {
  const scraped = await startMetrics(parts)
  let api: ApiListener | undefined
  try {
    api = await startApi(parts)
    return { scraped, api, grpc: await startGrpc(parts) }
  } catch (error) {
    await api?.close(0)
    await scraped?.close()
    throw error
  }
}

async function startMetrics({
  config,
  log,
  observability: { metrics },
}: Parts): Promise<MetricsListener | undefined> {
  const { prometheus } = config.serve
  if (metrics === undefined) return undefined
  const { text, contentType } = metrics.registry
  return listenMetrics({
    listen: listenOptions(prometheus),
    path: prometheus.metrics_path,
    contentType,
    text,
    onBug: bugLog(log),
  })
}

function startApi(parts: Parts): Promise<ApiListener> {
  const { config, log, rules, keySets, serving, observability } = parts
  const { api } = config.serve
  const { limits } = config
  let warned = false
  const decisions = createDecisionsDoor({
    decide: parts.decide,
    gate: parts.gate,
    trust: createTrust(api.trusted_proxies ?? privateNetworks),
    scheme: 'http',
    forwarded: api.forwarded,
    authRequest: api.auth_request,
    pathBytes: limits.path.bytes,
    bodyBytes: limits.body.bytes,
    decisionTimeout: parseDuration(limits.decision.timeout),
    decisionIdHeader: api.decision_id_header,
    onRefused: failure => observability.refused('decisions', failure),
    onBug: bugLog(log),
    onIgnored: peer => {
      if (!warned) log.warn('Forwarded headers of a peer that is not trusted are ignored', { peer })
      warned = true
    },
  })
  return listenApi({
    decisions: observability.watch(decisions, 'oathkeeper-api'),
    admin: observability.watch(
      createAdminDoor({ rules, serving, keySets, version }),
      'oathkeeper-api',
    ),
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
  observability,
}: Parts): Promise<GrpcListener | undefined> {
  const { grpc } = config.serve
  const { limits } = config
  if (!grpc.enabled) return undefined
  return listenGrpc({
    decide,
    gate,
    trust: createTrust(grpc.trusted_proxies ?? privateNetworks),
    limits: {
      pathBytes: limits.path.bytes,
      headerBytes: limits.headers.bytes,
      bodyBytes: limits.body.bytes,
    },
    decisionTimeout: parseDuration(limits.decision.timeout),
    messageBytes: grpc.max_message_bytes,
    concurrentStreams: limits.requests.concurrent * streamsPerCheck,
    idleTimeout: parseDuration(limits.connection.idle),
    onRefused: failure => {
      observability.refused('grpc', failure)
      log.debug('Check refused', { code: failure.code, reason: failure.info.message })
    },
    onBug: bugLog(log),
    address: grpc.socket ? { socket: grpc.socket } : { host: bareHost(grpc.host), port: grpc.port },
    ...connectionAge(parseDuration(grpc.max_connection_age)),
  })
}

const bugLog =
  (log: Log) =>
  (bug: unknown): void =>
    log.error('A door failed', { cause: errorText(bug) })

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
