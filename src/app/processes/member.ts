import type { Worker as ClusterWorker } from 'node:cluster'
import type { MetricData } from '../../observability/metrics/registry.ts'
import type { Addresses } from '../server.ts'
import type { ToWorker } from './messages.ts'

/** One worker, as the loader knows it. */
export interface Member {
  readonly process: ClusterWorker
  /** It takes messages, and has been told what to begin with. */
  welcomed: boolean
  /** One briefing after another: a rule is sent once, and states are compiled in their order. */
  briefed: Promise<void>
  /** Numbers of the rules that it holds. */
  known: ReadonlySet<number>
  prepared: number
  addresses: Addresses | undefined
  reason: string | undefined
  /** The answer to the question of that number. */
  metrics: { readonly question: number; readonly data: MetricData } | undefined
  gone: boolean
  /** Resolve functions of messages that are not written yet. */
  readonly unwritten: Set<() => void>
}

export function memberOf(process: ClusterWorker): Member {
  const unwritten = new Set<() => void>()
  process.once('disconnect', () => {
    for (const resolve of unwritten) resolve()
  })
  return newMember(process, unwritten)
}

const newMember = (process: ClusterWorker, unwritten: Member['unwritten']): Member => ({
  process,
  welcomed: false,
  briefed: Promise.resolve(),
  known: new Set(),
  prepared: 0,
  addresses: undefined,
  reason: undefined,
  metrics: undefined,
  gone: false,
  unwritten,
})

/**
 * Resolves when the message is written, or when the worker's channel ends: Node keeps messages behind a
 * connection that the worker has not acknowledged, and never calls back for them when it dies.
 */
export const send = (member: Member, message: ToWorker): Promise<void> =>
  new Promise(resolve => {
    const { process: worker, gone, unwritten } = member
    if (gone || !worker.isConnected()) return resolve()
    const written = (): void => {
      unwritten.delete(written)
      resolve()
    }
    unwritten.add(written)
    worker.send(message, written)
  })
