/** The loader: reads configuration and rules for all workers, and decides nothing itself. */
import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../../config/config.ts'
import { removeStaleSocket } from '../../doors/stale-socket.ts'
import { parseDuration } from '../../lib/duration.ts'
import { environment } from '../../lib/environment.ts'
import { createQueue } from '../../lib/queue.ts'
import { type ConfigWatch, watchConfig } from '../config-watch.ts'
import { createDeps } from '../deps.ts'
import { createPortTls } from '../ports.ts'
import { createLiveRules, type LiveRules } from '../rules.ts'
import type { Notices } from '../server.ts'
import type { Running, StartOptions } from '../start.ts'
import { type Crew, createCrew, type State } from './crew.ts'

const compileTime = 60_000
/** Between two looks at what readiness tells. */
const look = 500

/** Rejects with an Error that names the cause when a worker cannot start. */
export async function startMany(options: StartOptions & { readonly workers: number }) {
  const { config, log, strict, files, workers } = options
  // A certificate that cannot be used is told once, and not by each worker.
  for (const tls of Object.values(createPortTls(config, log))) tls?.close()
  await removeStaleSockets(config)
  const deps = createDeps(config, log)
  let crew: Crew | undefined
  const spread = createQueue<State>(
    async state => crew?.change(state),
    (_, later) => later,
  )
  const live = await createLiveRules({
    config,
    deps,
    log,
    strict,
    onChange: built => void spread(built),
  })
  let watch: ConfigWatch | undefined
  const noticesNow = (): Notices => ({
    complete: live.complete(),
    failingSources: live.failing(),
    refusedConfiguration: watch?.refused() === true,
  })
  let notices = noticesNow()
  const began = live.current()
  const opened = await createCrew({
    size: workers,
    state: began,
    notices,
    log,
    patience: { compile: compileTime, end: endTime(config) },
  }).catch(error => {
    live.close()
    throw error
  })
  crew = opened
  if (live.current() !== began) void spread(live.current())
  if (files !== undefined) {
    watch = watchConfig({ sources: { files, env: environment() }, started: config, live, log })
  }
  const timer = setInterval(() => {
    const now = noticesNow()
    if (isDeepStrictEqual(now, notices)) return
    notices = now
    opened.notify(now)
  }, look)
  return running({ live, crew: opened, watch: () => watch }, async () => {
    clearInterval(timer)
    watch?.close()
    live.close()
    await opened.stop()
    await deps.close()
  })
}

interface Parts {
  readonly live: LiveRules
  readonly crew: Crew
  readonly watch: () => ConfigWatch | undefined
}

export interface RunningMany extends Running {
  /** Process ids of the workers. */
  readonly processes: () => readonly number[]
}

const running = ({ live, crew, watch }: Parts, stop: () => Promise<void>): RunningMany => ({
  addresses: crew.addresses,
  processes: crew.processes,
  reload: async () => {
    await watch()?.reload()
    await live.refresh()
  },
  stop,
})

const spare = 5000

const endTime = ({ serve: { shutdown } }: Config): number =>
  parseDuration(shutdown.drain) + parseDuration(shutdown.timeout) + spare

/** Two workers that found one at the same time would remove each other's. */
async function removeStaleSockets({ serve }: Config): Promise<void> {
  const paths = [serve.api, serve.proxy, serve.grpc].flatMap(({ socket }) => socket || [])
  await Promise.all(paths.map(removeStaleSocket))
}
