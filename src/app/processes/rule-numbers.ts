import type { RuleDefinition } from '../../rules/definition.ts'

/** Gives each rule object a number that no other one has. */
export interface RuleNumbers {
  readonly of: (definition: RuleDefinition) => number
}

export function createRuleNumbers(): RuleNumbers {
  const numbers = new WeakMap<RuleDefinition, number>()
  let next = 0
  return {
    of: definition => {
      const known = numbers.get(definition)
      if (known !== undefined) return known
      next += 1
      numbers.set(definition, next)
      return next
    },
  }
}
