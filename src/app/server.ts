/** The doors of one process. The caller keeps the rules up to date. */
import { setTimeout } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import type { ShadowReport } from '../doors/admin/shadow-report.ts'
import { createGate } from '../doors/gate.ts'
import type { RequestListener } from '../doors/http/listener.ts'
import { decide as decideWith } from '../engine/decide.ts'
import { observe } from '../engine/observe.ts'
import { whenReady } from '../lib/awaitable.ts'
import { parseDuration } from '../lib/duration.ts'
import { reportBugsTo } from '../lib/guarded.ts'
import { version } from '../lib/version.ts'
import { pause } from '../lib/yield-to-event-loop.ts'
import { overHttp1 } from '../listeners/over-http1.ts'
import type { Decide, Decision } from '../model/decision.ts'
import type { Log } from '../observability/log.ts'
import { single } from '../observability/metrics/family.ts'
import { unreadyReason } from '../rules/readiness.ts'
import { createKnownCalls, type KnownCalls } from '../shadow/known-calls.ts'
import { addCounts, type ShadowCounts } from '../shadow/tally.ts'
import { bugLog } from './doors/bug-log.ts'
import type { PortFacts } from './doors/door-options.ts'
import { explainRoute } from './doors/explain-route.ts'
import { createHotDoors, type HotDoors } from './doors/hot-doors.ts'
import { createLaterListener } from './doors/later-listener.ts'
import { createPortTls, type PortTls } from './doors/port-tls.ts'
import { openPorts } from './doors/ports.ts'
import type { Upstreams } from './doors/proxy-door.ts'
import { capsuleRecorder } from './observability/capsules.ts'
import { watchState } from './observability/metrics.ts'
import { createObservability, type Observability } from './observability/observability.ts'
import { createDeps, type OwnedDeps } from './outbound/deps.ts'
import { createUpstreams } from './outbound/upstreams.ts'
import type { Snapshot } from './rules/build-rules.ts'
import { createLiveShadow, type LiveShadow } from './shadow/live-shadow.ts'
import { hasShadow } from './shadow/shadow-config.ts'

/** What readiness reports besides the rules. */
export interface Notices {
  /** False while a required source could not be read since the start. */
  readonly complete: boolean
  readonly failingSources: number
  readonly refusedConfiguration: boolean
}

/** Parts that are created before the rules. */
export interface Parts {
  readonly tls: PortTls
  readonly observability: Observability
  readonly deps: OwnedDeps
  /** Answers for shadow rules; undefined: there are none. */
  readonly calls: KnownCalls | undefined
}

/** Rejects with an Error that names the configuration key. */
export async function createParts(config: Config, log: Log): Promise<Parts> {
  reportBugsTo(bugLog(log))
  const tls = createPortTls(config, log)
  const observability = await createObservability(config, log)
  const calls = hasShadow(config) ? createKnownCalls() : undefined
  const deps = await createDeps(config, {
    log,
    calls: observability.metrics?.outbound,
    ...(calls && { guard: calls.remember }),
  })
  return { tls, observability, deps, calls }
}

export interface ServerOptions extends Parts {
  /** Other workers listen on the same ports: one that loads modules gets fewer connections, so it does that before. */
  readonly sharesPorts?: boolean
  /** The configuration at the start; a later one comes with the snapshot. */
  readonly config: Config
  readonly log: Log
  readonly current: () => Snapshot
  readonly notices: () => Notices
  /** The counts of shadow decisions in all processes; default: those of this one. */
  readonly collectShadow?: (own: ShadowCounts) => Promise<ShadowCounts>
}

export interface Addresses {
  readonly api: string
  readonly proxy: string | undefined
  readonly grpc: string | undefined
}

export interface Server {
  /** Of this process; undefined: there are no shadow rules. */
  readonly shadowCounts: () => ShadowCounts | undefined
  /** Addresses of the doors: `host:port` or the path of a socket. */
  readonly addresses: Addresses
  /** Call it when the snapshot or a notice has changed. */
  readonly follow: () => void
  /** Readiness fails at once. Waits `drain`, lets requests finish within `timeout`, then closes everything. */
  readonly stop: () => Promise<void>
  /** After an uncaught exception: stops deciding, lets allowed requests finish within `timeout`, closes everything. */
  readonly abandon: () => Promise<void>
}

/** Rejects with an Error that names the cause when a port cannot be opened. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const { config, log, deps, tls, observability, current, notices, sharesPorts = false } = options
  const { metrics, observers } = observability
  const gate = createGate(config.limits.requests.concurrent)
  /** The API port opens first, and does not report that others are ready. */
  let allOpen = false
  let stopping = false
  let abandoned = false
  const shadow = openShadow(options)
  const observed = observe((request, trace) => decideWith(current().rules, request, trace), {
    ...observers,
    recorder: capsuleRecorder(config, current),
  })
  const decide = whileSound(shadow?.wrap(observed) ?? observed, () => !abandoned)
  const serving = (): boolean => allOpen && !stopping && notices().complete
  const upstreams = await createUpstreams(config)
  const onBug = bugLog(log)
  const admin = createLaterListener(() => loadAdmin(options, { serving, shadow }), onBug)
  const facts = { api: factsOf(config, 'api', tls), proxy: factsOf(config, 'proxy', tls) }
  const { onDoorDenial } = observability
  const shared = { decide, gate, log, onDoorDenial }
  const hot = createHotDoors(config, {
    ...shared,
    admin: admin.listener,
    upstreams,
    facts,
    watch: listener => observability.watch(listener, proxyPlace(facts)),
  })
  const rest = [admin, metrics?.registry]
  if (sharesPorts) await loadRest(rest, onBug)
  const ports = await openPorts({
    config,
    ...shared,
    hot: ending(watched(hot, observability, facts), () => stopping),
    tls,
    sharesPorts,
    onRefused: observability.onRefused,
  })
  allOpen = true
  watchAll(options)
  const announce = (): void =>
    ports.grpc?.setServing(
      serving() && unreadyReason(current().rules, mayBeEmpty(current)) === undefined,
    )
  const follow = (): void => {
    hot.follow(current().config)
    shadow?.follow(current())
    metrics?.decisions.retain(current().rules.definitions.map(({ id }) => id))
    announce()
  }
  follow()
  if (!sharesPorts) setImmediate(() => void loadRest(rest, onBug))
  const { api, proxy, grpc } = ports
  const stop = async (drain: number): Promise<void> => {
    stopping = true
    announce()
    shadow?.close()
    await setTimeout(drain)
    const timeout = parseDuration(config.serve.shutdown.timeout)
    const until = performance.now() + timeout
    await ports.close(timeout)
    const left = Math.max(until - performance.now(), leastToClose)
    await within(left, closeAll({ upstreams, deps, observability }))
  }
  return {
    shadowCounts: () => shadow?.counts(),
    addresses: { api: api.address, proxy: proxy?.address, grpc: grpc?.address },
    follow,
    stop: () => stop(parseDuration(config.serve.shutdown.drain)),
    abandon: () => {
      abandoned = true
      return stop(0)
    },
  }
}

const mayBeEmpty = (current: ServerOptions['current']): boolean =>
  current().config.access_rules.ready_without_rules

const openShadow = ({ calls, ...options }: ServerOptions): LiveShadow | undefined =>
  calls && createLiveShadow({ ...options, calls, metrics: options.observability.metrics })

interface Routes {
  readonly serving: () => boolean
  readonly shadow: LiveShadow | undefined
}

/** The routes beside decisions, with Express. */
async function loadAdmin(
  { config, current, notices, deps, log, collectShadow = own }: ServerOptions,
  { serving, shadow }: Routes,
): Promise<RequestListener> {
  const { createAdminDoor } = await import('../doors/admin/door.ts')
  const admin = createAdminDoor({
    showSecrets: config.serve.api.show_secrets_in_rules,
    rules: () => current().rules,
    serving,
    mayBeEmpty: () => mayBeEmpty(current),
    notices,
    keySets: deps.keySets,
    version,
    explain: explainRoute(current, log),
    ...(shadow && {
      shadow: async () => reportOf(await collectShadow(shadow.counts())),
    }),
  })
  return overHttp1(admin)
}

const reportOf = ({ since, ...counts }: ShadowCounts): ShadowReport => ({
  version: 1,
  since: new Date(since).toISOString(),
  ...counts,
})

const own = async (counts: ShadowCounts): Promise<ShadowCounts> => addCounts([counts])

interface Loadable {
  readonly load: () => Promise<unknown>
}

/** Loads what no decision needs, one after the other, so that decisions come between. */
async function loadRest(
  parts: readonly (Loadable | undefined)[],
  onBug: (bug: unknown) => void,
): Promise<void> {
  for (const part of parts) {
    await part?.load().catch(onBug)
    await pause()
  }
}

/** After an uncaught exception no decision is returned, not even one that was running. */
const whileSound =
  (decide: Decide, isSound: () => boolean): Decide =>
  (request, trace) =>
    isSound()
      ? whenReady(decide(request, trace), decision => (isSound() ? decision : never))
      : never

const never = new Promise<Decision>(() => undefined)

/** Milliseconds to write logs and spans, even if the requests have used the whole time. */
const leastToClose = 500

interface Closing extends Pick<Parts, 'deps' | 'observability'> {
  readonly upstreams: Upstreams
}

async function closeAll({ upstreams, deps, observability }: Closing): Promise<void> {
  upstreams.connections.close()
  await deps.close()
  await observability.close()
}

/** Services that hold their connections do not hold the process. */
const within = (milliseconds: number, work: Promise<void>): Promise<void> =>
  Promise.race([work, setTimeout(milliseconds, undefined, { ref: false })])

type Facts = Readonly<Record<'api' | 'proxy', PortFacts>>

const factsOf = ({ serve }: Config, port: 'api' | 'proxy', tls: PortTls): PortFacts => ({
  scheme: tls[port] === undefined ? 'http' : 'https',
  onUnixSocket: Boolean(serve[port].socket),
})

const proxyPlace = ({ proxy: { scheme } }: Facts) =>
  ({ service: 'oathkeeper-proxy', scheme }) as const

/** The HTTP doors as they are seen from outside: counted and logged, if anybody wants that. */
const watched = (hot: HotDoors, { watch }: Observability, facts: Facts): HotDoors => ({
  ...hot,
  api: watch(hot.api, { service: 'oathkeeper-api', scheme: facts.api.scheme }),
  proxy: { ...hot.proxy, request: watch(hot.proxy.request, proxyPlace(facts)) },
})

/** While the server stops, each answer asks its client to use the connection no more. */
function ending(hot: HotDoors, isStopping: () => boolean): HotDoors {
  const last =
    (listener: RequestListener): RequestListener =>
    (incoming, response) => {
      if (isStopping()) response.shouldKeepAlive = false
      listener(incoming, response)
    }
  return { ...hot, api: last(hot.api), proxy: { ...hot.proxy, request: last(hot.proxy.request) } }
}

/** Sources of the gauges that are read at each scrape. */
function watchAll({ config, deps, tls, observability, current, notices }: ServerOptions): void {
  const { metrics } = observability
  if (metrics === undefined) return
  watchState(metrics, { deps, rules: () => current().rules, config })
  for (const [name, port] of Object.entries(tls)) {
    if (port) metrics.certificates.watch(name, () => port.current().validTo.getTime() / 1000)
  }
  metrics.registry.add(
    single(
      {
        name: 'oarlock_configuration_refused',
        help: '1: the last changed configuration was refused',
        type: 'gauge',
      },
      () => Number(notices().refusedConfiguration),
    ),
    single(
      {
        name: 'oarlock_rule_sources_failing',
        help: 'Sources of rules that could not be read the last time',
        type: 'gauge',
      },
      () => notices().failingSources,
    ),
  )
}
