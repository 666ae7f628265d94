/** Configuration to a running server: the one place where the parts are put together. */
import { setTimeout } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import { createAdminDoor } from '../doors/admin/door.ts'
import { createDecisionsDoor } from '../doors/decisions/door.ts'
import { createGate, type Gate } from '../doors/gate.ts'
import { tlsCredentials } from '../doors/grpc/credentials.ts'
import { type GrpcListener, listenGrpc } from '../doors/grpc/server.ts'
import type { ServerTls } from '../doors/server-tls.ts'
import { createTrust, privateNetworks } from '../doors/trust.ts'
import { decide as decideWith } from '../engine/decide.ts'
import { observe } from '../engine/observe.ts'
import { parseDuration } from '../lib/duration.ts'
import type { Decide } from '../model/decision.ts'
import { errorText, type Log } from '../observability/log.ts'
import type { KeySets } from '../outbound/key-sets.ts'
import type { RuleSet } from '../rules/rule-set.ts'
import { routeApi, withApiCors } from './api-door.ts'
import { corsOf } from './cors.ts'
import { createDeps } from './deps.ts'
import { type HttpListener, listenHttp } from './http-listener.ts'
import { bareHost, httpPort, socketMode } from './listen-options.ts'
import { createLive } from './live.ts'
import { overHttp1 } from './over-http1.ts'
import { startProxy } from './proxy-port.ts'
import { createRulesLoader } from './rules-loader.ts'
import { createServerTls } from './server-tls.ts'
import { version } from './version.ts'

export interface Running {
  /** Where the doors listen: `host:port` or a socket's path. */
  readonly addresses: {
    readonly api: string
    readonly proxy: string | undefined
    readonly grpc: string | undefined
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
}

/** Rejects with an Error that names the cause when the server cannot start. */
export async function start({ config, log, strict }: StartOptions): Promise<Running> {
  const deps = createDeps(config, log)
  const live = await createLive(createRulesLoader({ config, deps, log, strict }))
  let stopping = false
  const parts: Parts = {
    config,
    log,
    decide: observe((request, trace) => decideWith(live.current(), request, trace), log),
    rules: live.current,
    keySets: deps.keySets,
    serving: () => !stopping,
    gate: createGate(config.limits.requests.concurrent),
  }
  const { api, proxy, grpc } = await startDoors(parts)
  const announce = (): void => grpc?.setServing(!stopping && isReady(live.current()))
  announce()
  return {
    addresses: { api: api.address, proxy: proxy?.address, grpc: grpc?.address },
    reload: () => live.reload().then(announce),
    stop: async () => {
      stopping = true
      announce()
      await setTimeout(parseDuration(config.serve.shutdown.drain))
      const grace = parseDuration(config.serve.shutdown.timeout)
      await Promise.all([api.close(grace), proxy?.close(grace), grpc?.close(grace)])
      await deps.close()
    },
  }
}

const isReady = ({ definitions }: RuleSet): boolean => definitions.length > 0

/** All doors or none: one that stays open would keep a failed process alive, half working. */
async function startDoors(parts: Parts) {
  const started: HttpListener[] = []
  const kept = <L extends HttpListener | undefined>(listener: L): L => {
    if (listener) started.push(listener)
    return listener
  }
  try {
    const api = kept(await startApi(parts))
    const proxy = kept(await startProxy(parts))
    return { api, proxy, grpc: await startGrpc(parts) }
  } catch (error) {
    await Promise.all(started.map(listener => listener.close(0)))
    throw error
  }
}

async function startApi(parts: Parts): Promise<HttpListener> {
  const { config, log, rules, keySets, serving } = parts
  const { api } = config.serve
  const { limits } = config
  const trust = createTrust(api.trusted_proxies ?? privateNetworks)
  const cors = await corsOf(api, log)
  const tls = createServerTls('serve.api.tls', api.tls, log)
  let warned = false
  const decisions = createDecisionsDoor({
    decide: parts.decide,
    gate: parts.gate,
    trust,
    scheme: tls ? 'https' : 'http',
    forwarded: api.forwarded,
    authRequest: api.auth_request,
    pathBytes: limits.path.bytes,
    bodyBytes: limits.body.bytes,
    decisionTimeout: parseDuration(limits.decision.timeout),
    onBug: bugLog(log),
    onIgnored: peer => {
      if (!warned) log.warn('Forwarded headers of a peer that is not trusted are ignored', { peer })
      warned = true
    },
  })
  const admin = createAdminDoor({ rules, serving, keySets, version })
  const door = routeApi({ decisions, admin: overHttp1(admin) })
  const listener = await listenHttp({
    ...httpPort(config, api, tls),
    onRequest: cors ? withApiCors(cors, trust, door) : door,
  })
  return closing(listener, tls)
}

/** Twice what may run: room for the denials of what is too much, and for health watches. */
const streamsPerCheck = 2

async function startGrpc({ config, log, decide, gate }: Parts): Promise<GrpcListener | undefined> {
  const { grpc } = config.serve
  const { limits } = config
  if (!grpc.enabled) return undefined
  const tls = createServerTls('serve.grpc.tls', grpc.tls, log)
  const listener = await listenGrpc({
    ...(tls && { credentials: tlsCredentials(tls) }),
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
    onRefused: ({ code, info }) => log.debug('Check refused', { code, reason: info.message }),
    onBug: bugLog(log),
    address: grpc.socket ? { socket: grpc.socket } : { host: bareHost(grpc.host), port: grpc.port },
    ...socketMode(grpc),
    ...connectionAge(parseDuration(grpc.max_connection_age)),
  })
  return closing(listener, tls)
}

interface Closable {
  close(grace: number): Promise<void>
}

/** The watch of the certificate's files ends with the listener. */
const closing = <L extends Closable>(listener: L, tls: ServerTls | undefined): L => ({
  ...listener,
  close: async grace => {
    tls?.close()
    await listener.close(grace)
  },
})

const bugLog =
  (log: Log) =>
  (bug: unknown): void =>
    log.error('A door failed', { cause: errorText(bug) })

const connectionAge = (milliseconds: number) =>
  milliseconds === 0 ? {} : { maxConnectionAge: milliseconds }
