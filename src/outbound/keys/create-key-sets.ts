import type { JsonObject } from '../../lib/json.ts'
import { withoutSecrets } from '../../lib/location.ts'
import type { Http } from '../http/call.ts'
import { type After, afterUnrefTimer } from '../timing.ts'
import { checkKeySet } from './check.ts'
import type {
  KeyRing,
  KeySetEvent,
  KeySetReport,
  KeySets,
  KeySetUse,
  SigningSet,
} from './contract.ts'
import { createIssuer, type OwnedIssuer } from './issuer.ts'
import { createKeyRing } from './key-ring.ts'
import { createKeySet, type KeySet } from './key-set.ts'
import type { MetadataLocation } from './metadata.ts'
import { createSigningSet } from './signing.ts'
import { compileSource } from './source.ts'
import { createTokenMemories } from './token-memory.ts'

/** Times in milliseconds, sizes in bytes. */
export interface KeySetsOptions {
  readonly http: Http
  readonly now: () => number
  /** `jwks_ttl`. */
  readonly ttl: number
  /** `jwks_max_wait`: how long a request waits for a fetch, which then continues without it. */
  readonly maxWait: number
  /** Minimum time between fetches for unknown ids; default 30 s. */
  readonly cooldown?: number
  /** Largest file; default 1 MiB. Answers over HTTP have the limit of the client. */
  readonly bytes?: number
  /** Memory for verified tokens; default 32 MiB. */
  readonly memory?: number
  readonly report?: (report: KeySetReport) => void
  /** Schedules attempts after a failure; tests pass their own. */
  readonly after?: After
}

const mebibyte = 2 ** 20

export function createKeySets(options: KeySetsOptions): KeySets {
  const { http, bytes = mebibyte, memory = 32 * mebibyte, report } = options
  const { cooldown = 30_000, after = afterUnrefTimer } = options
  const memories = createTokenMemories(memory)
  const sets = new Map<string, KeySet>()
  const rings = new Map<string, KeyRing>()
  const signingSets = new Map<string, SigningSet>()
  const issuers = new Map<string, OwnedIssuer>()

  const optionsOf = (location: string, use: KeySetUse) => ({
    ...options,
    cooldown,
    after,
    load: compileSource(location, { http, bytes }),
    onEvent: (event: KeySetEvent) => report?.({ ...event, location: shownLocation(location), use }),
  })

  function setOf(location: string): KeySet {
    const known = sets.get(location)
    if (known) return known
    const set = createKeySet(optionsOf(location, 'verify'))
    sets.set(location, set)
    return set
  }

  function signingSetOf(location: string): SigningSet {
    const known = signingSets.get(location)
    if (known) return known
    const set = createSigningSet(optionsOf(location, 'sign'))
    signingSets.set(location, set)
    return set
  }

  let memoriesOfIssuers = 0
  function issuerOf(location: MetadataLocation): OwnedIssuer {
    const name = JSON.stringify([location.url, location.issuer])
    const known = issuers.get(name)
    if (known) return known
    const issuer = createIssuer({
      ...optionsOf(location.url, 'issuer'),
      location,
      createKeySet: uri => createKeySet(optionsOf(uri, 'verify')),
      createMemory: () => memories.of(`issuer ${memoriesOfIssuers++} `),
      show: shownLocation,
    })
    issuers.set(name, issuer)
    return issuer
  }

  return {
    openIssuer: issuerOf,
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
        return problem === undefined ? [] : [{ location: shownLocation(location), problem }]
      })
      return (await Promise.all(problems)).flat()
    },
    states: () => [
      ...[...sets, ...signingSets].map(([location, set]) => ({
        location: shownLocation(location),
        ...set.state(),
      })),
      ...[...issuers.values()].flatMap(issuer => issuer.states()),
    ],
    close: () => {
      for (const issuer of issuers.values()) issuer.close()
      for (const set of sets.values()) set.close()
      for (const set of signingSets.values()) set.close()
    },
  }
}

/** Removes duplicates: some clients refuse a set with the same key twice. */
const distinct = (keys: readonly JsonObject[]): readonly JsonObject[] => [
  ...new Map(keys.map(key => [JSON.stringify(key), key])).values(),
]

/** Without user, password and query; for inline keys only the scheme. */
function shownLocation(location: string): string {
  const scheme = location.slice(0, location.indexOf(':') + 1)
  return /^(https?|file):$/i.test(scheme) ? withoutSecrets(location) : scheme
}
