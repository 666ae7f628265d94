import { canonical } from './canonical.ts'
import type { Data, DataMap } from './types.ts'

/** Every difference from the recorded answer, as readable lines; none means equal. */
export function differences(expected: Data, actual: Data, path = ''): string[] {
  if (isMap(expected) && isMap(actual)) return mapDifferences(expected, actual, path)
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    return expected.flatMap((item: Data, i) =>
      differences(item, actual[i] ?? null, `${path}[${i}]`),
    )
  }
  if (Array.isArray(expected) || expected !== actual) {
    return [`${path}: expected ${short(expected)}, got ${short(actual)}`]
  }
  return []
}

function mapDifferences(expected: DataMap, actual: DataMap, path: string): string[] {
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort()
  return keys.flatMap(key => {
    const here = path === '' ? key : `${path}.${key}`
    const [wanted, seen] = [expected[key], actual[key]]
    if (seen === undefined) return [`${here}: expected ${short(wanted ?? null)}, absent`]
    if (wanted === undefined) return [`${here}: not expected, got ${short(seen)}`]
    return differences(wanted, seen, here)
  })
}

export const isMap = (value: Data | undefined): value is DataMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function short(value: Data): string {
  const text = canonical(value, false)
  return text.length <= 160 ? text : `${text.slice(0, 157)}...`
}

/** Removes a dotted path; `*` is every element. Returns a new structure. */
export function without(value: Data, path: readonly string[]): Data {
  if (Array.isArray(value)) {
    const rest = path[0] === '*' ? path.slice(1) : path
    return value.map((item: Data) => without(item, rest))
  }
  const [head, ...rest] = path
  if (!isMap(value) || head === undefined) return value
  const fits = (key: string) => head === '*' || head === key
  const entries = Object.entries(value)
  if (rest.length === 0) return Object.fromEntries(entries.filter(([key]) => !fits(key)))
  return Object.fromEntries(
    entries.map(([key, item]) => [key, fits(key) ? without(item, rest) : item]),
  )
}
