/** How a worker is told what to decide by. */
import type { Config } from '../../config/config.ts'
import type { RuleDefinition } from '../../rules/definition.ts'
import { createRuleNumbers } from './rule-numbers.ts'
import { type Member, send } from './worker-handle.ts'

/** Everything that a worker needs to decide. */
export interface State {
  readonly config: Config
  readonly definitions: readonly RuleDefinition[]
}

export interface Target {
  readonly version: number
  readonly state: State
}

/** Resolves when it is sent, behind what that worker was told before. */
export type Brief = (member: Member, target: Target) => Promise<void>

const slice = 200

export function createBriefing(): Brief {
  const numbers = createRuleNumbers()
  /** Sends the rules that it lacks, and has the state compiled. */
  async function tell(member: Member, { version, state }: Target): Promise<void> {
    const { config, definitions } = state
    const order = definitions.map(numbers.of)
    const lacking = definitions.filter((_, i) => !member.known.has(order[i] ?? 0))
    for (let at = 0; at < lacking.length; at += slice) {
      const rules = lacking
        .slice(at, at + slice)
        .map(definition => [numbers.of(definition), definition] as const)
      await send(member, { kind: 'rules', rules })
    }
    member.known = new Set(order)
    await send(member, { kind: 'prepare', version, config, order })
  }
  return (member, target) => {
    member.briefed = member.briefed.then(() => tell(member, target))
    return member.briefed
  }
}
