/** One of several processes that decide: it opens the doors over the rules that the loader sends. */
import { createLog } from '../../observability/log.ts'
import { addCounts, type ShadowCounts } from '../../shadow/tally.ts'
import { redactionOf } from '../observability/logs.ts'
import type { Metrics } from '../observability/metrics.ts'
import { createParts, type Notices, openServer, type Server } from '../server.ts'
import { endTime, onUncaught } from './last-resort.ts'
import type { ToLoader, ToWorker } from './messages.ts'
import type { State } from './send-state.ts'
import { createRuleStore, createWorkerRules, type WorkerRules } from './worker-rules.ts'
import { createShadowQuestions } from './worker-shadow.ts'

/**
 * Runs until the loader ends this worker. When the loader itself ends, Node ends the workers of its
 * cluster at once: no worker would receive changed rules, and decisions with old rules would be wrong.
 */
export function runWorker(): void {
  // Terminals and supervisors send a signal to all processes. The loader handles it and sends messages to us.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined)
  const take = createWorker({
    reply: sendToLoader,
    end: code => process.exit(code),
    open: openDoors,
  })
  process.on('message', (message: ToWorker) => take(message))
  void sendToLoader({ kind: 'up' })
}

type Send = (message: ToLoader) => Promise<void>

/** Resolves when it is written. */
const sendToLoader: Send = message =>
  new Promise(resolve => {
    if (process.connected) process.send?.(message, () => resolve())
    else resolve()
  })

type Prepare = Extract<ToWorker, { kind: 'prepare' }>

export interface Opened {
  readonly rules: WorkerRules
  readonly server: Pick<Server, 'addresses' | 'follow' | 'stop' | 'shadowCounts'>
  readonly metrics: Metrics | undefined
}

/** Opens the doors with the first state. */
export type OpenDoors = (state: State, links: Links) => Promise<Opened>

/** What a worker knows from the loader. */
export interface Links {
  readonly notices: () => Notices
  /** The counts of shadow decisions of the other workers. */
  readonly otherCounts: () => Promise<readonly ShadowCounts[]>
}

/** What a worker is given by its process. */
export interface WorkerProcess {
  readonly reply: Send
  readonly end: (code: number) => void
  readonly open: OpenDoors
}

/** The longest wait for the loader, in milliseconds. */
const questionTime = 5000

const unready: Notices = { complete: false, failingSources: 0, refusedConfiguration: false }

/** Takes the loader's messages in their order. */
export function createWorker({ reply, end, open }: WorkerProcess): (message: ToWorker) => void {
  const store = createRuleStore()
  let notices = unready
  let opened: Opened | undefined
  /** Preparations come one after another, and the first of them opens the doors. */
  let working: Promise<void> = Promise.resolve()
  let stopping = false
  const questions = createShadowQuestions(reply, questionTime)

  const prepare = async (version: number, state: State): Promise<void> => {
    if (opened === undefined) {
      opened = await open(state, {
        notices: () => notices,
        otherCounts: questions.ask,
      })
      await reply({ kind: 'listening', addresses: opened.server.addresses })
    } else {
      await opened.rules.prepare(version, state)
    }
    await reply({ kind: 'prepared', version })
  }
  const answer = async (request: number): Promise<void> => {
    const metrics = (await opened?.metrics?.registry.data()) ?? []
    await reply({ kind: 'metrics', request, metrics })
  }
  const stop = async (): Promise<void> => {
    if (stopping) return
    stopping = true
    await working.catch(() => undefined)
    await opened?.server.stop()
    end(0)
  }
  const fail = async (error: unknown): Promise<void> => {
    const reason = error instanceof Error ? error.message : String(error)
    await reply({ kind: 'failed', reason })
    end(1)
  }
  const prepareNext = (message: Prepare): void => {
    try {
      // At once: rules of a later state may arrive while an earlier one is still compiled.
      const { version, config, missesRules } = message
      const state = { config, definitions: store.inOrder(message.order), missesRules }
      working = working.then(() => prepare(version, state))
      working.catch(fail)
    } catch (error) {
      void fail(error)
    }
  }
  return message => {
    switch (message.kind) {
      case 'rules':
        return store.take(message)
      case 'prepare':
        return prepareNext(message)
      case 'commit':
        return opened?.rules.commit(message.version)
      case 'notices':
        notices = message.notices
        return opened?.server.follow()
      case 'metrics':
        void answer(message.request)
        return
      case 'count_shadow':
        void reply({
          kind: 'shadow_count',
          request: message.request,
          counts: opened?.server.shadowCounts(),
        })
        return
      case 'shadow_counts':
        return questions.take(message.question, message.counts)
      case 'stop':
        void stop()
    }
  }
}

const openDoors: OpenDoors = async (state, { notices, otherCounts }) => {
  const { config } = state
  const { level, format } = config.log
  const log = createLog({ level, format, redact: redactionOf(config).text })
  const parts = await createParts(config, log)
  let follow = (): void => undefined
  const rules = await createWorkerRules(parts.deps, state, () => follow())
  const { current } = rules
  const server = await openServer({
    ...parts,
    config,
    log,
    current,
    notices,
    sharesPorts: true,
    collectShadow: async own => addCounts([own, ...(await otherCounts())]),
  })
  follow = server.follow
  onUncaught({ log, end: server.abandon, within: endTime(config) })
  return { rules, server, metrics: parts.observability.metrics }
}
