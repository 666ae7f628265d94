/** Metrics of all workers: collected from each, and kept of those that have ended. */
import type { MetricData } from '../../observability/metrics/registry.ts'
import type { Waiting } from './wait-until.ts'
import { send, type WorkerHandle } from './worker-handle.ts'

export interface WorkerMetrics {
  /** Of each of these workers, and the counts of those that have ended. */
  readonly collect: (workers: readonly WorkerHandle[]) => Promise<readonly MetricData[]>
  /** The worker has ended: keeps the counts that it sent last. */
  readonly keep: (worker: WorkerHandle) => void
}

/** `timeout`: the longest wait for their answers, in milliseconds. */
export function createWorkerMetrics({ until }: Waiting, timeout: number): WorkerMetrics {
  let ended: Promise<MetricData> = Promise.resolve([])
  let requests = 0
  return {
    collect: async workers => {
      requests += 1
      const request = requests
      for (const worker of workers) void send(worker, { kind: 'metrics', request })
      const hasAnswered = (worker: WorkerHandle): boolean =>
        (worker.metrics?.request ?? 0) >= request
      await until(() => workers.every(worker => worker.ended || hasAnswered(worker)), timeout)
      // A late worker counts with its previous answer: a sum that falls looks like a restart.
      const running = workers.filter(worker => !worker.ended)
      return [await ended, ...running.map(({ metrics }) => metrics?.data ?? [])]
    },
    keep: ({ metrics }) => {
      if (metrics === undefined) return
      const { data } = metrics
      ended = ended.then(async before => {
        const { countsOver } = await import('../../observability/metrics/prometheus.ts')
        return countsOver([before, data])
      })
    },
  }
}
