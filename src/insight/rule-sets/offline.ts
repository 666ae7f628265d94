/** What handlers use from outside, without the outside: every call fails, and is counted. */
import type { Config } from '../../config/config.ts'
import type { Deps } from '../../handlers/kind.ts'
import { createResources } from '../../model/protected-resources.ts'
import { createMemoryCache } from '../../outbound/cache.ts'
import { createKeySets } from '../../outbound/key-sets.ts'
import { textCompiler } from '../../rules/matching/text-compiler.ts'

export interface OfflineDeps extends Deps {
  /** How many calls were refused so far. */
  readonly refused: () => number
  readonly close: () => Promise<void>
}

export function createOfflineDeps(config: Config): OfflineDeps {
  let refused = 0
  const http: Deps['http'] = {
    send: () => {
      refused += 1
      return Promise.reject(new Error('no calls are made here'))
    },
    close: () => Promise.resolve(),
  }
  // Local key sets are read; nothing waits for remote ones.
  const keySets = createKeySets({ http, now: Date.now, ttl: 30_000, maxWait: 1 })
  const cache = createMemoryCache(1_000_000)
  const strategy = config.access_rules.matching_strategy
  return {
    http,
    keySets,
    cache,
    resources: createResources(config.resources),
    now: Date.now,
    strategy,
    compileText: textCompiler(strategy),
    bodyBytes: config.limits.body.bytes,
    templateFunctions: config.templates.allow,
    refused: () => refused,
    close: async () => {
      keySets.close()
      await cache.close()
    },
  }
}
