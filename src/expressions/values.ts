/** Converts our values to values of CEL: byte strings to text, objects to maps, which have no prototype. */
import { textOf } from '../lib/bytes.ts'
import type { JsonValue } from '../lib/json.ts'

/** What an expression can read. Numbers of JSON are doubles, as CEL has them. */
export type CelData =
  | string
  /** A timestamp. */
  | object
  | number
  | bigint
  | boolean
  | null
  | readonly CelData[]
  | ReadonlyMap<string, CelData>

/** Elements of a list in an expression with a loop: the number of steps grows with them. */
export const longestLooped = 100

export class TooLong extends Error {}

/** `isLooped`: lists that are longer than an expression with a loop may read throw `TooLong`. */
export function toCel(value: JsonValue, isLooped: boolean): CelData {
  if (typeof value === 'string') return textOf(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    if (isLooped && value.length > longestLooped) {
      throw new TooLong(`a list has more than ${longestLooped} elements`)
    }
    return value.map((item: JsonValue) => toCel(item, isLooped))
  }
  const map = new Map<string, CelData>()
  for (const [name, member] of Object.entries(value)) map.set(textOf(name), toCel(member, isLooped))
  return map
}
