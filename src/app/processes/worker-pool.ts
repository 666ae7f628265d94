/** The worker processes: started, given each change at the same time, replaced when they end by themselves. */
import cluster from 'node:cluster'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { getHeapStatistics } from 'node:v8'
import { environment } from '../../lib/environment.ts'
import { packageRoot } from '../../lib/package-root.ts'
import type { Log } from '../../observability/log.ts'
import type { MetricData } from '../../observability/metrics/registry.ts'
import type { Addresses, Notices } from '../server.ts'
import type { ToLoader } from './messages.ts'
import { closePendingConnections } from './pending-connections.ts'
import { createSendState, type State, type VersionedState } from './send-state.ts'
import { createWaiting, type Waiting } from './wait-until.ts'
import { createHandle, killWorker, pidOf, send, type WorkerHandle } from './worker-handle.ts'
import { type WorkerOptions, workerOptions } from './worker-heap.ts'
import { createWorkerMetrics, type WorkerMetrics } from './worker-metrics.ts'
import { createWorkerShadow, type WorkerShadow } from './worker-shadow.ts'

export interface WorkerPool {
  readonly addresses: Addresses
  /** All workers compile it, then all use it. A worker that cannot is replaced. Never rejects. */
  readonly change: (state: State) => Promise<void>
  readonly notify: (notices: Notices) => void
  /** Of each worker, and the counts of those that have ended. */
  readonly metrics: () => Promise<readonly MetricData[]>
  /** Process ids, for tests and logs. */
  readonly processes: () => readonly number[]
  readonly stop: () => Promise<void>
}

export interface WorkerPoolOptions {
  readonly size: number
  readonly state: State
  readonly notices: Notices
  readonly log: Log
  /** The longest times for a worker to compile, to end, and to send its metrics, in milliseconds. */
  readonly timeouts: {
    readonly compile: number
    readonly end: number
    readonly metrics: number
  }
}

/** Milliseconds before a worker is replaced: longer with each one that ended within `recentTime`. */
const respawnDelays = [0, 100, 500, 1000] as const
const recentTime = 10_000

/** Rejects when a worker cannot start. */
export async function createWorkerPool(options: WorkerPoolOptions): Promise<WorkerPool> {
  const pool = emptyPool(options)
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('dist/main.js', packageRoot)),
    execArgv: [...pool.heap.execArgv],
    args: ['worker'],
    serialization: 'advanced',
  })
  const addresses = await startAll(pool)
  return {
    addresses,
    change: state => change(pool, state),
    notify: notices => {
      pool.notices = notices
      for (const worker of pool.workers) void send(worker, { kind: 'notices', notices })
    },
    metrics: () => pool.metrics.collect([...pool.workers]),
    processes: () => [...pool.workers].flatMap(worker => pidOf(worker) ?? []),
    stop: () => stop(pool),
  }
}

/** What the steps below share. */
interface Pool {
  readonly options: WorkerPoolOptions
  readonly workers: Set<WorkerHandle>
  readonly waiting: Waiting
  readonly sendState: ReturnType<typeof createSendState>
  readonly metrics: WorkerMetrics
  readonly shadow: WorkerShadow
  readonly heap: WorkerOptions
  notices: Notices
  /** In force. */
  current: VersionedState
  /** Being compiled. */
  next: VersionedState | undefined
  /** `starting`: no worker is replaced, the failure of one is the failure of the start. */
  phase: 'starting' | 'running' | 'stopping'
  /** When workers ended lately, in milliseconds of `Date.now()`. */
  ends: readonly number[]
}

function emptyPool(options: WorkerPoolOptions): Pool {
  const waiting = createWaiting()
  return {
    options,
    workers: new Set(),
    waiting,
    sendState: createSendState(),
    metrics: createWorkerMetrics(waiting, options.timeouts.metrics),
    shadow: createWorkerShadow(waiting, options.timeouts.metrics),
    heap: workerOptions({
      workers: options.size,
      heapBytes: getHeapStatistics().heap_size_limit,
      execArgv: process.execArgv,
      nodeOptions: environment()['NODE_OPTIONS'] ?? '',
    }),
    notices: options.notices,
    current: { version: 1, state: options.state },
    next: undefined,
    phase: 'starting',
    ends: [],
  }
}

async function startAll(pool: Pool): Promise<Addresses> {
  const { options, waiting } = pool
  const first = Array.from({ length: options.size }, () => spawn(pool))
  const hasFailed = ({ ended, reason }: WorkerHandle): boolean => ended || reason !== undefined
  const listens = ({ addresses }: WorkerHandle): boolean => addresses !== undefined
  await waiting.until(() => first.some(hasFailed) || first.every(listens), options.timeouts.compile)
  const addresses = first[0]?.addresses
  if (addresses === undefined || first.some(worker => worker.ended || !listens(worker))) {
    pool.phase = 'stopping'
    for (const worker of pool.workers) killWorker(worker)
    throw new Error(first.find(({ reason }) => reason)?.reason ?? 'a worker did not start')
  }
  pool.phase = 'running'
  return addresses
}

function spawn(pool: Pool): WorkerHandle {
  const worker = createHandle(cluster.fork({ NODE_OPTIONS: pool.heap.nodeOptions }))
  pool.workers.add(worker)
  closePendingConnections(worker.process.process)
  worker.process.on('message', (message: ToLoader) => {
    receive(pool, worker, message)
    pool.waiting.recheck()
  })
  worker.process.once('exit', (code, signal) => {
    const leave = (): void => remove(pool, worker, { code, signal })
    // Its last messages may not have been read yet.
    if (worker.process.isConnected()) worker.process.once('disconnect', leave)
    else leave()
  })
  worker.process.on('error', () => undefined)
  return worker
}

function receive(pool: Pool, worker: WorkerHandle, message: ToLoader): void {
  if (message.kind === 'up') void sendFirstState(pool, worker)
  else if (message.kind === 'listening') {
    worker.addresses = message.addresses
    if (pool.phase !== 'starting') {
      pool.options.log.info('A new worker is at work', { worker: pidOf(worker) })
    }
  } else if (message.kind === 'prepared') worker.prepared = message.version
  else if (message.kind === 'failed') worker.reason = message.reason
  else if (message.kind === 'metrics') {
    worker.metrics = { request: message.request, data: message.metrics }
  } else if (message.kind === 'shadow_count') worker.shadow = message
  else void pool.shadow.answer(worker, message.question, [...pool.workers])
}

/** It begins with the state in force, and takes part in a change that is under way. */
async function sendFirstState(pool: Pool, worker: WorkerHandle): Promise<void> {
  worker.started = true
  void pool.sendState(worker, pool.current)
  if (pool.next !== undefined) void pool.sendState(worker, pool.next)
  await worker.sent
  await send(worker, { kind: 'notices', notices: pool.notices })
}

interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

function remove(pool: Pool, worker: WorkerHandle, exit: Exit): void {
  worker.ended = true
  pool.workers.delete(worker)
  pool.metrics.keep(worker)
  pool.waiting.recheck()
  if (pool.phase === 'running') void replace(pool, worker, exit)
}

async function replace(pool: Pool, ended: WorkerHandle, exit: Exit): Promise<void> {
  const { log, size } = pool.options
  const { reason } = ended
  log.error('A worker ended and is replaced', { worker: pidOf(ended), ...exit, reason })
  const now = Date.now()
  pool.ends = [...pool.ends.filter(at => now - at < recentTime), now]
  await wait(respawnDelays[Math.min(pool.ends.length, respawnDelays.length) - 1])
  if (pool.phase === 'running' && pool.workers.size < size) spawn(pool)
}

async function change(pool: Pool, state: State): Promise<void> {
  const next: VersionedState = { version: pool.current.version + 1, state }
  pool.next = next
  // A worker that has not started yet gets the state in force first, in `sendFirstState`.
  const started = [...pool.workers].filter(worker => worker.started)
  await Promise.all(started.map(worker => pool.sendState(worker, next)))
  await killLate(pool, next.version)
  pool.current = next
  pool.next = undefined
  for (const worker of pool.workers) void send(worker, { kind: 'commit', version: next.version })
}

/** Waits until all workers have compiled that version, and kills those that do not in time. */
async function killLate({ options, workers, waiting }: Pool, version: number): Promise<void> {
  const isReady = ({ prepared }: WorkerHandle): boolean => prepared >= version
  const areReady = (): boolean => [...workers].every(isReady)
  if (await waiting.until(areReady, options.timeouts.compile)) return
  for (const worker of [...workers].filter(found => !isReady(found))) {
    options.log.error('A worker did not take the rules over', { worker: pidOf(worker) })
    killWorker(worker)
  }
}

/** Milliseconds for killed workers to be gone. */
const killTime = 10_000

async function stop(pool: Pool): Promise<void> {
  const { workers, waiting, options } = pool
  const isEmpty = (): boolean => workers.size === 0
  pool.phase = 'stopping'
  for (const worker of workers) void send(worker, { kind: 'stop' })
  if (await waiting.until(isEmpty, options.timeouts.end)) return
  for (const worker of workers) killWorker(worker)
  await waiting.until(isEmpty, killTime)
}
