import type { JsonValue } from '../../lib/json.ts'
import type { Cache } from './contract.ts'
import { openRedisStore } from './redis-store.ts'
import { type Address, addressOf, seal, unseal } from './seal.ts'

export interface RedisCacheOptions {
  /** `redis://` or `rediss://`, with user, password and database number where needed. */
  readonly url: string
  /** Called with the reason when the server becomes unavailable, and with undefined when it is available again. */
  readonly report?: (problem: string | undefined) => void
  /** The longest wait for an answer, in milliseconds; default: 100. */
  readonly answerTimeout?: number
}

const day = 86_400_000
/** Largest sealed entry, in bytes; larger ones are not stored. */
const largest = 1_048_576

/**
 * A cache that all processes with the same Redis server share. When the server is down, slow, or returns damaged data,
 * entries count as missing: no request fails, or waits longer than the time limit of an answer. Entries without a lifetime end after a day.
 * Redis counts evictions itself.
 */
export function createRedisCache(options: RedisCacheOptions): Cache {
  const { url, report = () => undefined, answerTimeout = 100 } = options
  const store = openRedisStore({ url, report, answerTimeout })
  let hits = 0
  let misses = 0

  function counted(value: JsonValue | undefined): JsonValue | undefined {
    if (value === undefined) misses += 1
    else hits += 1
    return value
  }
  const read = (address: Address, bytes: Buffer | undefined): JsonValue | undefined =>
    counted(bytes === undefined ? undefined : unseal(address, bytes))

  return {
    get: key => {
      const address = addressOf(key)
      const asked = store.get(address.name)
      return asked === undefined ? counted(undefined) : asked.then(bytes => read(address, bytes))
    },
    set: (key, value, lifetime = day) => {
      const milliseconds = Math.floor(Math.min(lifetime, day))
      if (!(milliseconds > 0)) return
      const address = addressOf(key)
      const sealed = seal(address, value)
      if (sealed.length <= largest) store.set(address.name, sealed, milliseconds)
    },
    counters: () => ({ hits, misses, evictions: 0 }),
    close: () => {
      store.close()
      return Promise.resolve()
    },
  }
}
