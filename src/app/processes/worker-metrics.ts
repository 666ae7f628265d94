/** What the workers have counted: asked of all together, and kept of those that are gone. */
import { countsOver, type MetricData } from '../../observability/metrics/registry.ts'
import type { News } from './wait-until.ts'
import { type Member, send } from './worker-handle.ts'

export interface WorkerMetrics {
  /** Of each of these, and what those had counted that are gone. */
  readonly ask: (members: readonly Member[]) => Promise<readonly MetricData[]>
  /** It is gone. What it had counted stays, as far as it was asked. */
  readonly remember: (member: Member) => void
}

/** `patience`: the longest wait for their answers, in milliseconds. */
export function createWorkerMetrics({ until }: News, patience: number): WorkerMetrics {
  let ended: Promise<MetricData> = Promise.resolve([])
  let questions = 0
  return {
    ask: async asked => {
      questions += 1
      const question = questions
      for (const member of asked) void send(member, { kind: 'metrics', question })
      const has = (member: Member): boolean => (member.metrics?.question ?? 0) >= question
      await until(() => asked.every(member => member.gone || has(member)), patience)
      // Who is late counts with what was told before: a sum that falls looks like a restart.
      const there = asked.filter(({ gone }) => !gone)
      return [await ended, ...there.map(({ metrics }) => metrics?.data ?? [])]
    },
    remember: ({ metrics }) => {
      const { data = [] } = metrics ?? {}
      ended = ended.then(before => countsOver([before, data]))
    },
  }
}
