import { isJsonObject, type JsonValue } from './json.ts'

/**
 * Merges the second value over the first: objects member by member; everything else (lists, scalars, null)
 * is replaced. Neither is changed. A member named `__proto__` is ordinary data.
 */
export function deepMerge(under: JsonValue, over: JsonValue): JsonValue {
  if (!isJsonObject(under) || !isJsonObject(over)) return over
  const members = new Map<string, JsonValue>(Object.entries(under))
  for (const [key, value] of Object.entries(over)) {
    const below = members.get(key)
    members.set(key, below === undefined ? value : deepMerge(below, value))
  }
  return Object.fromEntries(members)
}
