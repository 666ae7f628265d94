/** One key set, which is refreshed. For unknown ids it is fetched at most once per cool-down. */
import { type After, waitFor } from '../timing.ts'
import type { KeySetEvent, KeySetState, VerificationKey, Waiting } from './contract.ts'
import { keysOf, notAKeySet, type ParsedKeySet, parseKeySet } from './parse-key-set.ts'
import { createRefreshed } from './refreshed.ts'
import type { Load } from './source.ts'

export interface KeySetOptions {
  readonly load: Load
  readonly ttl: number
  readonly maxWait: number
  readonly cooldown: number
  readonly now: () => number
  readonly after: After
  readonly onEvent: (event: KeySetEvent) => void
}

export interface KeySet {
  /** undefined: no set may be used now. */
  keys(kid: string): readonly VerificationKey[] | undefined
  /** Fetches the set for an id that `keys` did not return. undefined: nothing to wait for. */
  fetchMissing(kid: string, waiting: Waiting): Promise<void> | undefined
  /** Fetches the set if there is none; then true when there is one. Never rejects. */
  load(): Promise<boolean>
  state(): Omit<KeySetState, 'location'>
  close(): void
}

export function createKeySet(options: KeySetOptions): KeySet {
  const { load, maxWait, cooldown, now, onEvent } = options
  const parse = async (text: string, live: () => boolean): Promise<ParsedKeySet | string> => {
    const set = await parseKeySet(text, live)
    for (const problem of set?.skipped ?? []) onEvent({ kind: 'skipped', problem })
    return set ?? notAKeySet
  }
  const set = createRefreshed({ ...options, load, parse, fetchTimeout: maxWait })
  let lackedAt = Number.NEGATIVE_INFINITY

  const keys = (kid: string) => {
    const parsed = set.current()
    return parsed && keysOf(parsed.keys, kid)
  }
  /** The cool-down starts at a fetch without the id, so a key that was added after another fetch is found immediately. */
  const fetchFor = (kid: string): Promise<void> | undefined =>
    set.fetch()?.then(() => {
      if (keys(kid)?.length === 0) lackedAt = now()
    })

  return {
    keys,
    fetchMissing: (kid, waiting) => {
      const known = keys(kid)
      if (known?.length) return undefined
      if (known && Math.abs(now() - lackedAt) < cooldown) return undefined
      const isUnavailable = known !== undefined && set.failing()
      const work = fetchFor(kid)
      return work && !isUnavailable ? waitFor(work, maxWait, waiting.signal) : undefined
    },
    load: async () => {
      if (set.current() === undefined) await set.fetch()
      return set.current() !== undefined
    },
    state: () => ({ age: set.age(), failing: set.failing() }),
    close: set.close,
  }
}
