import type { JsonValue } from '../../lib/json.ts'

export interface CacheCounters {
  readonly hits: number
  readonly misses: number
  readonly evictions: number
}

/**
 * Remembers what was learned from others. A key names everything that was read to learn it; an entry
 * never outlives what it says. Values are JSON and are not to be changed.
 */
export interface Cache {
  /** undefined: not there. Never rejects: a store that cannot be asked has nothing. */
  get(key: string): JsonValue | undefined | Promise<JsonValue | undefined>
  /** For so many milliseconds, or until there is no room; without an effect when that is 0 or less. */
  set(key: string, value: JsonValue, lifetime: number | undefined): void
  counters(): CacheCounters
  close(): Promise<void>
}

type Part = string | number | undefined | readonly string[]

/** Parts with their lengths before them: no two lists of parts have the same key. */
export const cacheKey = (...parts: readonly Part[]): string => parts.map(encodePart).join('')

function encodePart(part: Part): string {
  if (part === undefined) return '-;'
  if (typeof part === 'number') return `#${part};`
  if (typeof part === 'string') return `${part.length}:${part}`
  return `[${part.length};${part.map(encodePart).join('')}`
}
