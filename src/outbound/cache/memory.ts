import { LRUCache } from 'lru-cache'
import type { JsonValue } from '../../lib/json.ts'
import type { Cache } from './contract.ts'

interface Entry {
  readonly value: JsonValue
}

/** Estimated memory of an entry in bytes: a fixed part, and a part per character, because objects are larger than their JSON. */
const cost = { entry: 512, perCharacter: 4 }

/** Holds at most about `bytes` bytes; removes the least recently used entries first. */
export function createMemoryCache(bytes: number): Cache {
  let hits = 0
  let misses = 0
  let evictions = 0
  const entries = new LRUCache<string, Entry>({
    maxSize: Math.max(1, bytes),
    maxEntrySize: Math.max(1, Math.floor(bytes / 4)),
    dispose: (_value, _key, reason) => {
      if (reason === 'evict') evictions += 1
    },
  })
  return {
    get: key => {
      const found = entries.get(key)
      if (found === undefined) misses += 1
      else hits += 1
      return found?.value
    },
    set: (key, value, lifetime) => {
      if (lifetime !== undefined && !(lifetime > 0)) return
      const size = cost.entry + cost.perCharacter * (key.length + JSON.stringify(value).length)
      entries.set(key, { value }, { size, ...(lifetime === undefined ? {} : { ttl: lifetime }) })
    },
    counters: () => ({ hits, misses, evictions }),
    close: () => {
      entries.clear()
      return Promise.resolve()
    },
  }
}
