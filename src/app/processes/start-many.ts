/** The loader: reads configuration and rules for all workers, and decides nothing itself. */
import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../../config/config.ts'
import { environment } from '../../lib/environment.ts'
import { createQueue } from '../../lib/queue.ts'
import { removeStaleSocket } from '../../lib/stale-socket.ts'
import { type ConfigWatch, watchConfig } from '../config-watch.ts'
import { createPortTls } from '../doors/port-tls.ts'
import { createMetrics, loadRecorder, type Metrics } from '../observability/metrics.ts'
import { openMetrics } from '../observability/metrics-port.ts'
import { createDeps, type OwnedDeps } from '../outbound/deps.ts'
import type { Built } from '../rules/build-rules.ts'
import { createLiveRules, type LiveRules } from '../rules/live-rules.ts'
import type { Notices } from '../server.ts'
import type { Running, StartOptions } from '../start.ts'
import { stopTime } from './last-resort.ts'
import type { State } from './send-state.ts'
import { createWorkerPool, type WorkerPool, type WorkerPoolOptions } from './worker-pool.ts'

const compileTime = 60_000
const metricsTime = 2000
/** Milliseconds between two looks for changed notices. */
const noticeInterval = 500

export interface StartManyOptions extends StartOptions {
  readonly workers: number
}

export interface RunningMany extends Running {
  /** Process ids of the workers. */
  readonly processes: () => readonly number[]
}

/** What the steps below share. */
interface Loader {
  readonly options: StartManyOptions
  readonly metrics: Metrics | undefined
  readonly deps: OwnedDeps
  readonly live: LiveRules
  /** undefined until the workers have started. */
  pool: WorkerPool | undefined
  watch: ConfigWatch | undefined
}

/** Rejects with an Error that names the cause when a worker cannot start. */
export async function startMany(options: StartManyOptions): Promise<RunningMany> {
  const { config, log } = options
  // A certificate that cannot be used is reported once, not by each worker.
  for (const tls of Object.values(createPortTls(config, log))) tls?.close()
  await removeStaleSockets(config)
  const { loader, send } = await createLoader(options)
  const { live, metrics } = loader
  const first = live.current()
  const scraped = await openMetrics(
    config,
    log,
    metrics && { ...metrics, text: () => metricsText(loader) },
  )
  const pool = await createWorkerPool(poolOptions(loader, first)).catch(async error => {
    live.close()
    await scraped?.close()
    throw error
  })
  loader.pool = pool
  if (live.current() !== first) void send(live.current())
  loader.watch = startWatch(loader)
  const timer = sendNotices(loader, pool)
  return running(loader, { pool, scraped, timer })
}

/** `send` gives a state to the workers; only the newest of those that wait is sent. */
async function createLoader(options: StartManyOptions) {
  const { config, log, strict } = options
  const metrics = createMetrics(config)
  const deps = await createDeps(config, { log, calls: metrics?.outbound })
  const send = createQueue<State>(
    async state => loader?.pool?.change(state),
    (_, later) => later,
  )
  const record = loadRecorder(metrics)
  const onChange = (built: Built): void => {
    record(built)
    void send(built)
  }
  let loader: Loader | undefined
  const live = await createLiveRules({ config, deps, log, strict, onChange })
  record(live.current())
  loader = { options, metrics, deps, live, pool: undefined, watch: undefined }
  return { loader, send }
}

const noticesOf = ({ live, watch }: Loader): Notices => ({
  complete: live.complete(),
  failingSources: live.failing(),
  refusedConfiguration: watch?.refused() === true,
})

async function metricsText({ metrics, pool }: Loader): Promise<string> {
  const { textOver } = await import('../../observability/metrics/prometheus.ts')
  const own = (await metrics?.registry.data()) ?? []
  return textOver([own, ...((await pool?.metrics()) ?? [])])
}

function poolOptions(loader: Loader, state: State): WorkerPoolOptions {
  const { config, log, workers } = loader.options
  const timeouts = {
    compile: compileTime,
    // The loader itself ends a little later.
    end: stopTime(config) - 250,
    metrics: metricsTime,
  }
  return { size: workers, state, notices: noticesOf(loader), log, timeouts }
}

function startWatch({ options, live }: Loader): ConfigWatch | undefined {
  const { config, log, strict, files } = options
  if (files === undefined) return undefined
  const sources = { files, env: environment() }
  return watchConfig({ sources, started: config, live, log, strict })
}

/** Sends changed notices to the workers, which report them as readiness. */
function sendNotices(loader: Loader, pool: WorkerPool): NodeJS.Timeout {
  let sent = noticesOf(loader)
  return setInterval(() => {
    const now = noticesOf(loader)
    if (isDeepStrictEqual(now, sent)) return
    sent = now
    pool.notify(now)
  }, noticeInterval)
}

interface Started {
  readonly pool: WorkerPool
  readonly scraped: Awaited<ReturnType<typeof openMetrics>>
  readonly timer: NodeJS.Timeout
}

function running({ live, deps, watch }: Loader, { pool, scraped, timer }: Started): RunningMany {
  const stop = async (): Promise<void> => {
    clearInterval(timer)
    watch?.close()
    live.close()
    await pool.stop()
    await scraped?.close()
    await deps.close()
  }
  return {
    addresses: { ...pool.addresses, metrics: scraped?.address },
    processes: pool.processes,
    reload: async () => {
      await watch?.reload()
      await live.refresh()
    },
    stop,
    // Without a loader the workers would decide with old rules.
    abandon: stop,
  }
}

/** Two workers that found one at the same time would remove each other's. */
async function removeStaleSockets({ serve }: Config): Promise<void> {
  const paths = [serve.api, serve.proxy, serve.grpc].flatMap(({ socket }) => socket || [])
  await Promise.all(paths.map(removeStaleSocket))
}
