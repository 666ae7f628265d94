/** The loader: reads configuration and rules for all workers, and decides nothing itself. */
import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../../config/config.ts'
import { parseDuration } from '../../lib/duration.ts'
import { environment } from '../../lib/environment.ts'
import { createQueue } from '../../lib/queue.ts'
import { removeStaleSocket } from '../../lib/stale-socket.ts'
import { textOver } from '../../observability/metrics/registry.ts'
import { type ConfigWatch, watchConfig } from '../config-watch.ts'
import { createPortTls } from '../doors/ports.ts'
import { endTime } from '../last-resort.ts'
import { createMetrics, loadRecorder } from '../observability/metrics.ts'
import { openMetrics } from '../observability/metrics-port.ts'
import { createDeps } from '../outbound/deps.ts'
import type { Built } from '../rules/build-rules.ts'
import { createLiveRules, type LiveRules } from '../rules/live-rules.ts'
import type { Notices } from '../server.ts'
import type { Running, StartOptions } from '../start.ts'
import type { State } from './send-state.ts'
import { type Crew, createCrew } from './worker-pool.ts'

const compileTime = 60_000
const metricsTime = 2000
/** Between two looks at what readiness tells. */
const look = 500

/** Rejects with an Error that names the cause when a worker cannot start. */
export async function startMany(options: StartOptions & { readonly workers: number }) {
  const { config, log, strict, files, workers } = options
  // A certificate that cannot be used is told once, and not by each worker.
  for (const tls of Object.values(createPortTls(config, log))) tls?.close()
  await removeStaleSockets(config)
  const metrics = createMetrics(config)
  const deps = createDeps(config, log, metrics?.outbound)
  let crew: Crew | undefined
  const spread = createQueue<State>(
    async state => crew?.change(state),
    (_, later) => later,
  )
  const record = loadRecorder(metrics)
  const onChange = (built: Built): void => {
    record(built)
    void spread(built)
  }
  const live = await createLiveRules({
    config,
    deps,
    log,
    strict,
    onChange,
  })
  record(live.current())
  let watch: ConfigWatch | undefined
  const noticesNow = (): Notices => ({
    complete: live.complete(),
    failingSources: live.failing(),
    refusedConfiguration: watch?.refused() === true,
  })
  let notices = noticesNow()
  const began = live.current()
  const text = async (): Promise<string> => {
    const own = (await metrics?.registry.data()) ?? []
    return textOver([own, ...((await crew?.metrics()) ?? [])])
  }
  const scraped = await openMetrics(config, log, metrics && { ...metrics, text })
  const opened = await createCrew({
    size: workers,
    state: began,
    notices,
    log,
    patience: {
      compile: compileTime,
      end: parseDuration(config.serve.shutdown.drain) + endTime(config),
      metrics: metricsTime,
    },
  }).catch(async error => {
    live.close()
    await scraped?.close()
    throw error
  })
  crew = opened
  if (live.current() !== began) void spread(live.current())
  if (files !== undefined) {
    watch = watchConfig({
      sources: { files, env: environment() },
      started: config,
      live,
      log,
      strict,
    })
  }
  const timer = setInterval(() => {
    const now = noticesNow()
    if (isDeepStrictEqual(now, notices)) return
    notices = now
    opened.notify(now)
  }, look)
  const running = { live, crew: opened, watch: () => watch, metrics: scraped?.address }
  return runningMany(running, async () => {
    clearInterval(timer)
    watch?.close()
    live.close()
    await opened.stop()
    await scraped?.close()
    await deps.close()
  })
}

interface Parts {
  readonly live: LiveRules
  readonly crew: Crew
  readonly watch: () => ConfigWatch | undefined
  readonly metrics: string | undefined
}

export interface RunningMany extends Running {
  /** Process ids of the workers. */
  readonly processes: () => readonly number[]
}

const runningMany = (
  { live, crew, watch, metrics }: Parts,
  stop: () => Promise<void>,
): RunningMany => ({
  addresses: { ...crew.addresses, metrics },
  processes: crew.processes,
  reload: async () => {
    await watch()?.reload()
    await live.refresh()
  },
  stop,
  // The workers are sound; without a loader they would go by old rules.
  abandon: stop,
})

/** Two workers that found one at the same time would remove each other's. */
async function removeStaleSockets({ serve }: Config): Promise<void> {
  const paths = [serve.api, serve.proxy, serve.grpc].flatMap(({ socket }) => socket || [])
  await Promise.all(paths.map(removeStaleSocket))
}
