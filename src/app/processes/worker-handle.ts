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
}

export const memberOf = (process: ClusterWorker): Member => ({
  process,
  welcomed: false,
  briefed: Promise.resolve(),
  known: new Set(),
  prepared: 0,
  addresses: undefined,
  reason: undefined,
  metrics: undefined,
  gone: false,
})

/** Resolves when it is written, or when nobody is there any more. */
export const send = ({ process: worker, gone }: Member, message: ToWorker): Promise<void> =>
  new Promise(resolve => {
    if (gone || !worker.isConnected()) return resolve()
    worker.send(message, () => resolve())
  })
