import type { JsonValue } from '../../lib/json.ts'

export interface CacheCounters {
  readonly hits: number
  readonly misses: number
  readonly evictions: number
}

/**
 * Caches answers of other services. The key must contain everything that the answer depends on. An entry must not live
 * longer than its content is valid. Values are JSON; do not change them.
 */
export interface Cache {
  /** undefined: no entry, or the store is unavailable. Never rejects. */
  get(key: string): JsonValue | undefined | Promise<JsonValue | undefined>
  /** Stores for `lifetime` milliseconds, or until the entry is evicted; has no effect when `lifetime` is 0 or less. */
  set(key: string, value: JsonValue, lifetime: number | undefined): void
  counters(): CacheCounters
  close(): Promise<void>
}

type Part = string | number | undefined | readonly string[]

/** Writes each part with its length, so that different lists of parts have different keys. */
export const cacheKey = (...parts: readonly Part[]): string => parts.map(encodePart).join('')

function encodePart(part: Part): string {
  if (part === undefined) return '-;'
  if (typeof part === 'number') return `#${part};`
  if (typeof part === 'string') return `${part.length}:${part}`
  return `[${part.length};${part.map(encodePart).join('')}`
}
