/** Converts our values to values of CEL: byte strings to text, objects to maps, which have no prototype. */
import { textOf } from '../lib/bytes.ts'
import type { JsonObject, JsonValue } from '../lib/json.ts'

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

/** Elements of a list or a map in an expression with a loop: the number of steps grows with them. */
const longestLooped = 100

/** Throws an Error when an expression with a loop must not read so many elements. */
export function checkLength(elements: number, isLooped: boolean): void {
  if (isLooped && elements > longestLooped) {
    throw new Error(`found ${elements} elements, expected at most ${longestLooped} in a loop`)
  }
}

/** Throws as `checkLength`. */
export function toCel(value: JsonValue, isLooped: boolean): CelData {
  if (typeof value === 'string') return textOf(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    checkLength(value.length, isLooped)
    return value.map((item: JsonValue) => toCel(item, isLooped))
  }
  return mapOf(value as JsonObject, isLooped)
}

/** Throws as `checkLength`. */
export function mapOf(value: JsonObject, isLooped: boolean): ReadonlyMap<string, CelData> {
  const members = Object.entries(value)
  checkLength(members.length, isLooped)
  return new Map(members.map(([name, member]) => [textOf(name), toCel(member, isLooped)]))
}
