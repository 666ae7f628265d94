import type { JsonObject } from '../../lib/json.ts'
import type { Http } from '../http/call.ts'
import { type After, afterUnattended } from '../timing.ts'
import { checkKeySet } from './check.ts'
import type { KeyRing, KeySetReport, KeySets, SigningSet } from './contract.ts'
import { createKeyRing } from './key-ring.ts'
import { createKeySet, type KeySet } from './key-set.ts'
import { createSigningSet } from './signing.ts'
import { compileSource } from './source.ts'
import { createTokenMemories } from './token-memory.ts'

/** Times in milliseconds, sizes in bytes. */
export interface KeySetsOptions {
  readonly http: Http
  readonly now: () => number
  /** `jwks_ttl`. */
  readonly ttl: number
  /** `jwks_max_wait`: how long a request waits for a fetch, which goes on without it. */
  readonly maxWait: number
  /** Between fetches for unknown ids; 30 s. */
  readonly cooldown?: number
  /** The largest file; 1 MiB. Answers over HTTP have the client's own bound. */
  readonly bytes?: number
  /** For verified tokens; 32 MiB. */
  readonly memory?: number
  readonly report?: (report: KeySetReport) => void
  /** For attempts after a failure; a timer unless a test passes its own. */
  readonly after?: After
}

const mebibyte = 2 ** 20

export function createKeySets(options: KeySetsOptions): KeySets {
  const { http, bytes = mebibyte, memory = 32 * mebibyte, report } = options
  const { cooldown = 30_000, after = afterUnattended } = options
  const memories = createTokenMemories(memory)
  const sets = new Map<string, KeySet>()
  const rings = new Map<string, KeyRing>()
  const signingSets = new Map<string, SigningSet>()

  function setOf(location: string): KeySet {
    const known = sets.get(location)
    if (known) return known
    const shown = withoutSecrets(location)
    const set = createKeySet({
      ...options,
      cooldown,
      after,
      load: compileSource(location, { http, bytes }),
      tell: news => report?.({ ...news, location: shown, use: 'verify' }),
    })
    sets.set(location, set)
    return set
  }

  function signingSetOf(location: string): SigningSet {
    const known = signingSets.get(location)
    if (known) return known
    const shown = withoutSecrets(location)
    const set = createSigningSet({
      ...options,
      cooldown,
      after,
      load: compileSource(location, { http, bytes }),
      tell: news => report?.({ ...news, location: shown, use: 'sign' }),
    })
    signingSets.set(location, set)
    return set
  }

  return {
    openSigning: signingSetOf,
    publicKeys: async (locations, waiting) => {
      const sets = locations.map(location => signingSetOf(location).publicKeys(waiting))
      const found = (await Promise.all(sets)).filter(keys => keys !== undefined)
      return found.length === 0 ? undefined : distinct(found.flat())
    },
    open: locations => {
      const name = JSON.stringify(locations)
      const known = rings.get(name)
      if (known) return known
      const ring = createKeyRing(locations.map(setOf), memories.of(`${rings.size} `))
      rings.set(name, ring)
      return ring
    },
    check: async () => {
      const problems = [
        ...[...sets.keys()].map(location => ({ location, signs: false })),
        ...[...signingSets.keys()].map(location => ({ location, signs: true })),
      ].map(async ({ location, signs }) => {
        const problem = await checkKeySet(location, { signs, http, bytes })
        return problem === undefined ? [] : [{ location: withoutSecrets(location), problem }]
      })
      return (await Promise.all(problems)).flat()
    },
    states: () =>
      [...sets, ...signingSets].map(([location, set]) => ({
        location: withoutSecrets(location),
        ...set.state(),
      })),
    close: () => {
      for (const set of sets.values()) set.close()
      for (const set of signingSets.values()) set.close()
    },
  }
}

/** A client that finds a key twice may refuse both. */
const distinct = (keys: readonly JsonObject[]): readonly JsonObject[] => [
  ...new Map(keys.map(key => [JSON.stringify(key), key])).values(),
]

/** Without user, password, query and inline keys. */
function withoutSecrets(location: string): string {
  const scheme = location.slice(0, location.indexOf(':') + 1)
  if (!/^(https?|file):$/i.test(scheme)) return scheme
  return location.replace(/\/\/[^/?#]*@/, '//').replace(/[?#].*$/s, '')
}
