import type { JsonValue } from '../../lib/json.ts'
import type { Cache } from './contract.ts'
import { openRedisStore } from './redis-store.ts'
import { type Address, addressOf, seal, unseal } from './seal.ts'

export interface RedisCacheOptions {
  /** `redis://` or `rediss://`, with user, password and database number where needed. */
  readonly url: string
  /** Told why the server cannot be reached when that begins, and undefined when it ends. */
  readonly report?: (problem: string | undefined) => void
}

const day = 86_400_000
/** Characters of an entry's text; a larger one is not worth the way. */
const largest = 1_048_576

/**
 * Shared by all processes that use the same server. A server that is down, slow or lying has nothing: no
 * request fails for it, or waits longer than a tenth of a second. What has no end of its own ends after a
 * day. Evictions are the server's, which counts them itself.
 */
export function createRedisCache({ url, report = () => undefined }: RedisCacheOptions): Cache {
  const store = openRedisStore({ url, report })
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
