import type { Worker as ClusterWorker } from 'node:cluster'
import type { MetricData } from '../../observability/metrics/registry.ts'
import type { ShadowCounts } from '../../shadow/tally.ts'
import type { Addresses } from '../server.ts'
import type { ToWorker } from './messages.ts'

/** One worker, as the loader sees it. */
export interface WorkerHandle {
  readonly process: ClusterWorker
  /** It takes messages, and its first state is being sent. */
  started: boolean
  /** Resolves when the states so far are sent: one after the other, so that a rule is sent once. */
  sent: Promise<void>
  /** Numbers of the rules that it holds. */
  known: ReadonlySet<number>
  /** Version of the newest state that it has compiled. */
  prepared: number
  addresses: Addresses | undefined
  /** Why it could not start or compile. */
  reason: string | undefined
  /** The answer to the request of that number. */
  metrics: { readonly request: number; readonly data: MetricData } | undefined
  /** The answer to the request of that number. */
  shadow: { readonly request: number; readonly counts: ShadowCounts | undefined } | undefined
  ended: boolean
  /** Resolve functions of messages that are not written yet. */
  readonly unwritten: Set<() => void>
}

export function createHandle(process: ClusterWorker): WorkerHandle {
  const unwritten = new Set<() => void>()
  process.once('disconnect', () => {
    for (const resolve of unwritten) resolve()
  })
  return newHandle(process, unwritten)
}

const newHandle = (process: ClusterWorker, unwritten: WorkerHandle['unwritten']): WorkerHandle => ({
  process,
  started: false,
  sent: Promise.resolve(),
  known: new Set(),
  prepared: 0,
  addresses: undefined,
  reason: undefined,
  metrics: undefined,
  shadow: undefined,
  ended: false,
  unwritten,
})

export const pidOf = ({ process }: WorkerHandle): number | undefined => process.process.pid

export const killWorker = ({ process }: WorkerHandle): void => {
  process.process.kill('SIGKILL')
}

/**
 * Resolves when the message is written, or when the worker's channel ends: Node keeps messages behind a
 * connection that the worker has not acknowledged, and never calls back for them when the worker dies.
 */
export const send = (handle: WorkerHandle, message: ToWorker): Promise<void> =>
  new Promise(resolve => {
    const { process: worker, ended, unwritten } = handle
    if (ended || !worker.isConnected()) return resolve()
    const written = (): void => {
      unwritten.delete(written)
      resolve()
    }
    unwritten.add(written)
    worker.send(message, written)
  })
