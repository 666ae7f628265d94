/** Metrics that are read at a scrape: rules, key sets, the cache, certificates, lost log lines. */
import { createBounded } from './bounded.ts'
import { type Family, noLabels, type Sample, single } from './family.ts'

export interface ReloadTally {
  readonly record: (complete: boolean) => void
  readonly families: readonly Family[]
}

/** Counts loads of the rules, including the first. `now` in milliseconds. */
export function createReloadTally(now: () => number = Date.now): ReloadTally {
  const counts = { success: 0, failure: 0 }
  const at: { success?: number; failure?: number } = {}
  const last = (result: 'success' | 'failure'): Family =>
    single(
      {
        name: `oarlock_rules_load_${result}_timestamp_seconds`,
        help: `When rules were last loaded with ${result}`,
        type: 'gauge',
      },
      () => at[result],
    )
  return {
    record: complete => {
      const result = complete ? 'success' : 'failure'
      counts[result] += 1
      at[result] = now() / 1000
    },
    families: [
      {
        name: 'oarlock_rules_loads_total',
        help: 'Loads of the rules; failure: a source could not be read and keeps its last good rules',
        type: 'counter',
        read: () =>
          Object.entries(counts).map(([result, value]) => ({ labels: { result }, value })),
      },
      last('success'),
      last('failure'),
    ],
  }
}

export interface RuleCounts {
  readonly valid: number
  readonly invalid: number
  readonly brokenPatterns: number
}

export const ruleFamily = (count: () => RuleCounts): Family => ({
  name: 'oarlock_rules',
  help: 'Rules by state: valid, invalid (what they match is denied), broken_pattern (they match nothing)',
  type: 'gauge',
  read: () => {
    const { valid, invalid, brokenPatterns } = count()
    return Object.entries({ valid, invalid, broken_pattern: brokenPatterns }).map(
      ([state, value]) => ({ labels: { state }, value }),
    )
  },
})

export interface CacheCounts {
  readonly hits: number
  readonly misses: number
  readonly evictions: number
}

export const cacheFamilies = (counters: () => CacheCounts): readonly Family[] =>
  (['hits', 'misses', 'evictions'] as const).map(name =>
    single(
      {
        name: `oarlock_cache_${name}_total`,
        help: `Cache ${name} since the start`,
        type: 'counter',
      },
      () => counters()[name],
    ),
  )

export interface KeySetAge {
  readonly location: string
  /** In milliseconds; undefined: there is no set. */
  readonly age: number | undefined
  readonly failing: boolean
}

const mostKeySets = 200

/** Locations that are equal without credentials, and those over the limit, share one line with the worst value. */
export function keySetFamilies(states: () => readonly KeySetAge[]): readonly Family[] {
  const worst = (value: (state: KeySetAge) => number | undefined) => (): readonly Sample[] => {
    const byLocation = createBounded(mostKeySets, () => ({ value: 0 }))
    for (const state of states()) {
      const found = value(state)
      if (found === undefined) continue
      const held = byLocation.get(state.location)
      held.value = Math.max(held.value, found)
    }
    return [...byLocation.entries()].map(([location, { value }]) => ({
      labels: { location },
      value,
    }))
  }
  return [
    {
      name: 'oarlock_key_set_age_seconds',
      help: 'Seconds since a key set was last fetched',
      type: 'gauge',
      read: worst(({ age }) => age && age / 1000),
    },
    {
      name: 'oarlock_key_set_failing',
      help: '1: the last fetch of a key set failed',
      type: 'gauge',
      read: worst(({ failing }) => Number(failing)),
    },
  ]
}

export interface CertificateTally {
  /** `use`: the user of the certificate, for example `api`. `expiry`: seconds since the epoch, read at each scrape. */
  readonly watch: (use: string, expiry: () => number | undefined) => void
  readonly family: Family
}

export function createCertificateTally(): CertificateTally {
  const watched = new Map<string, () => number | undefined>()
  return {
    watch: (use, expiry) => {
      watched.set(use, expiry)
    },
    family: {
      name: 'oarlock_certificate_expiry_timestamp_seconds',
      help: 'When the certificate in use ends',
      type: 'gauge',
      read: () =>
        [...watched].flatMap(([use, expiry]) => {
          const value = expiry()
          return value === undefined ? [] : [{ labels: { use }, value }]
        }),
    },
  }
}

export const buildFamily = (version: string): Family => ({
  name: 'oarlock_build_info',
  help: 'Always 1; the version is a label',
  type: 'gauge',
  read: () => [{ labels: { ...noLabels, version }, value: 1 }],
})

export const lossFamily = (lost: () => Readonly<Record<string, number>>): Family => ({
  name: 'oarlock_log_lines_lost_total',
  help: 'Lines that were lost because they could not be written in time',
  type: 'counter',
  read: () => Object.entries(lost()).map(([log, value]) => ({ labels: { log }, value })),
})

export interface RefusalTally {
  /** `reason`: one of the few of the gRPC port. */
  readonly record: (reason: string) => void
  readonly family: Family
}

export function createRefusalTally(): RefusalTally {
  const counts = new Map<string, number>()
  return {
    record: reason => void counts.set(reason, (counts.get(reason) ?? 0) + 1),
    family: {
      name: 'oarlock_grpc_refused_total',
      help: 'Connections, streams and calls that the gRPC port refused, by reason',
      type: 'counter',
      read: () => Array.from(counts, ([reason, value]) => ({ labels: { reason }, value })),
    },
  }
}
