/** Counts of shadow decisions: each worker has its own, and one that is asked for all of them asks the loader. */
import type { ShadowCounts } from '../../shadow/tally.ts'
import type { ToLoader } from './messages.ts'
import type { Waiting } from './wait-until.ts'
import { send, type WorkerHandle } from './worker-handle.ts'

export interface WorkerShadow {
  /** Collects the counts of the others, and sends them to the worker that asked. */
  readonly answer: (
    asking: WorkerHandle,
    question: number,
    workers: readonly WorkerHandle[],
  ) => Promise<void>
}

/** `timeout`: the longest wait for their answers, in milliseconds. A late worker counts with what it sent last. */
export function createWorkerShadow({ until }: Waiting, timeout: number): WorkerShadow {
  let requests = 0
  return {
    answer: async (asking, question, workers) => {
      requests += 1
      const request = requests
      const rest = workers.filter(worker => worker !== asking)
      for (const worker of rest) void send(worker, { kind: 'count_shadow', request })
      const hasAnswered = ({ ended, shadow }: WorkerHandle): boolean =>
        ended || (shadow?.request ?? 0) >= request
      await until(() => rest.every(hasAnswered), timeout)
      const counts = rest.flatMap(({ shadow }) => shadow?.counts ?? [])
      await send(asking, { kind: 'shadow_counts', question, counts })
    },
  }
}

/** The side of the worker that asks. */
export interface ShadowQuestions {
  /** The counts of the other workers; those of none after `timeout` milliseconds. */
  readonly ask: () => Promise<readonly ShadowCounts[]>
  readonly take: (question: number, counts: readonly ShadowCounts[]) => void
}

export function createShadowQuestions(
  reply: (message: ToLoader) => Promise<void>,
  timeout: number,
): ShadowQuestions {
  const open = new Map<number, (counts: readonly ShadowCounts[]) => void>()
  let questions = 0
  const take: ShadowQuestions['take'] = (question, counts) => {
    open.get(question)?.(counts)
    open.delete(question)
  }
  return {
    ask: () =>
      new Promise(resolve => {
        questions += 1
        const question = questions
        open.set(question, resolve)
        setTimeout(() => take(question, []), timeout).unref()
        void reply({ kind: 'ask_shadow', question })
      }),
    take,
  }
}
