/**
 * Chooses among many entries with one pattern by a value that most of them require, such as the name of a tool in a
 * header, so that their number does not matter.
 */
import type { AccessRequest } from '../../model/request.ts'
import type { ExactCondition } from './conditions.ts'
import type { Entry } from './matcher.ts'

/** The positions of the entries that the request may match. */
export type Narrow = (request: AccessRequest) => readonly number[]

/** Fewer entries are all looked at. */
const few = 4

/** undefined: looking at all of them is as good. */
export function createNarrow(
  entries: readonly Entry<unknown>[],
  positions: readonly number[],
): Narrow | undefined {
  const exact = (at: number) => entries[at]?.conditions?.exact ?? []
  const best = bestKey(positions.map(exact))
  if (best === undefined) return undefined
  const byValue = new Map<string, number[]>()
  const others: number[] = []
  for (const at of positions) {
    const values = new Set(
      exact(at)
        .filter(({ key }) => key === best.key)
        .map(({ value }) => value),
    )
    const [value] = values
    if (value === undefined) others.push(at)
    // Two different values at once never hold.
    else if (values.size === 1) byValue.set(value, [...(byValue.get(value) ?? []), at])
  }
  return request => {
    const value = onlyValue(best.read(request))
    const chosen = value === undefined ? undefined : byValue.get(value)
    if (chosen === undefined) return others
    return others.length === 0 ? chosen : [...chosen, ...others]
  }
}

/** The value when all values are equal; undefined without a value, or with different ones. */
const onlyValue = (values: readonly string[] | undefined): string | undefined =>
  values?.every(value => value === values[0]) ? values[0] : undefined

/** The condition that most entries have, if they are many. */
function bestKey(conditions: readonly (readonly ExactCondition[])[]): ExactCondition | undefined {
  const counts = new Map<string, { readonly condition: ExactCondition; count: number }>()
  for (const list of conditions) {
    for (const condition of list) {
      const known = counts.get(condition.key)
      if (known === undefined) counts.set(condition.key, { condition, count: 1 })
      else known.count += 1
    }
  }
  const [most] = [...counts.values()].sort((one, other) => other.count - one.count)
  return most !== undefined && most.count > few ? most.condition : undefined
}
