/** Sends workers the configuration and the rules that they decide with. */
import type { Config } from '../../config/config.ts'
import type { RuleDefinition } from '../../rules/definition.ts'
import { createRuleNumbers } from './rule-numbers.ts'
import { send, type WorkerHandle } from './worker-handle.ts'

/** Everything that a worker needs to decide. */
export interface State {
  readonly config: Config
  readonly definitions: readonly RuleDefinition[]
  /** Rules of a source are not among the definitions, since they could never be read. */
  readonly missesRules: boolean
}

export interface VersionedState {
  readonly version: number
  readonly state: State
}

/** Resolves when it is sent; states of one worker are sent in their order. */
export type SendState = (worker: WorkerHandle, state: VersionedState) => Promise<void>

const slice = 200

export function createSendState(): SendState {
  const numbers = createRuleNumbers()
  /** Sends the rules that the worker does not have, then the order of all. */
  async function sendNow(worker: WorkerHandle, { version, state }: VersionedState): Promise<void> {
    const { config, definitions, missesRules } = state
    const order = definitions.map(numbers.of)
    const missing = definitions.filter((_, i) => !worker.known.has(order[i] ?? 0))
    for (let at = 0; at < missing.length; at += slice) {
      const rules = missing
        .slice(at, at + slice)
        .map(definition => [numbers.of(definition), definition] as const)
      await send(worker, { kind: 'rules', rules })
    }
    worker.known = new Set(order)
    await send(worker, { kind: 'prepare', version, config, order, missesRules })
  }
  return (worker, state) => {
    worker.sent = worker.sent.then(() => sendNow(worker, state))
    return worker.sent
  }
}
