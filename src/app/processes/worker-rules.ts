/** The rules of a worker: compiled from what the loader sends, in force when the loader says so. */
import type { Deps } from '../../handlers/kind.ts'
import { createRuleCompiler } from '../../rules/compiling/compile.ts'
import type { RuleDefinition } from '../../rules/definition.ts'
import type { Snapshot } from '../rules/build-rules.ts'
import { capsuleRules } from '../rules/capsule-rules.ts'
import { pipelineSettings } from '../rules/pipeline.ts'
import type { ToWorker } from './messages.ts'
import type { State } from './send-state.ts'

type Message<Kind extends ToWorker['kind']> = Extract<ToWorker, { readonly kind: Kind }>

/** Rules by number; those that the newest order does not contain are removed. */
export interface RuleStore {
  readonly take: (message: Message<'rules'>) => void
  /** Throws when a rule of the order was never sent. */
  readonly inOrder: (order: readonly number[]) => readonly RuleDefinition[]
}

export function createRuleStore(): RuleStore {
  let held = new Map<number, RuleDefinition>()
  return {
    take: ({ rules }) => {
      for (const [number, definition] of rules) held.set(number, definition)
    },
    inOrder: order => {
      const next = new Map<number, RuleDefinition>()
      const definitions = order.map(number => {
        const definition = held.get(number)
        if (definition === undefined) throw new Error(`rule number ${number} was never sent`)
        next.set(number, definition)
        return definition
      })
      held = next
      return definitions
    },
  }
}

export interface WorkerRules {
  readonly current: () => Snapshot
  readonly prepare: (version: number, state: State) => Promise<void>
  /** Has no effect when another version was prepared since. */
  readonly commit: (version: number) => void
}

/** `onChange` is called when a commit replaces the snapshot, in the same turn of the event loop. */
export async function createWorkerRules(
  deps: Deps,
  first: State,
  onChange: (snapshot: Snapshot) => void,
): Promise<WorkerRules> {
  const compiler = createRuleCompiler(deps)
  const compile = async ({ config, definitions, missesRules }: State): Promise<Snapshot> => {
    const rules = await compiler.compile(definitions, pipelineSettings(config), missesRules)
    return { config, rules, capsule: await capsuleRules(config, rules) }
  }
  let current = await compile(first)
  let prepared: { readonly version: number; readonly snapshot: Snapshot } | undefined
  return {
    current: () => current,
    prepare: async (version, state) => {
      prepared = { version, snapshot: await compile(state) }
    },
    commit: version => {
      if (prepared?.version !== version) return
      current = prepared.snapshot
      prepared = undefined
      onChange(current)
    },
  }
}
