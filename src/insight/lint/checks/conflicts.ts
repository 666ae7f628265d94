/** `duplicate-id`. */
import type { Check } from '../draft.ts'

export const checkConflicts: Check = ({ read, rules }) => {
  const byPlace = new Map(rules.map(rule => [rule.located, rule]))
  return read.conflicts.flatMap(({ kind, earlier, later, message }) => {
    const [first, second] = [byPlace.get(earlier), byPlace.get(later)]
    if (kind !== 'same_id' || first === undefined || second === undefined) return []
    const path = ['id']
    return [
      {
        code: 'duplicate-id' as const,
        message,
        rule: second,
        path,
        related: [{ rule: first, path, message: 'the other rule' }],
      },
    ]
  })
}
