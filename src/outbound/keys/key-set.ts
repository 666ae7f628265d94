/** One key set: a refreshed document, asked again for an unknown id at most once per cool-down. */
import { type After, waitFor } from '../timing.ts'
import type { KeySetNews, KeySetState, VerificationKey, Waiting } from './contract.ts'
import { keysOf, type ParsedKeySet, parseKeySet } from './parse-key-set.ts'
import { createRefreshed } from './refreshed.ts'
import type { Load } from './source.ts'

export interface KeySetOptions {
  readonly load: Load
  readonly ttl: number
  readonly maxWait: number
  readonly cooldown: number
  readonly now: () => number
  readonly after: After
  readonly tell: (news: KeySetNews) => void
}

export interface KeySet {
  /** undefined: there is no set that may be used now. */
  keys(kid: string): readonly VerificationKey[] | undefined
  /** Looks for an id that `keys` did not give. undefined: nothing to wait for. */
  seek(kid: string, waiting: Waiting): Promise<void> | undefined
  state(): Omit<KeySetState, 'location'>
  close(): void
}

export function createKeySet(options: KeySetOptions): KeySet {
  const { load, maxWait, cooldown, now, tell } = options
  const parse = async (text: string, live: () => boolean): Promise<ParsedKeySet | undefined> => {
    const set = await parseKeySet(text, live)
    for (const problem of set?.skipped ?? []) tell({ kind: 'skipped', problem })
    return set
  }
  const set = createRefreshed({ ...options, load, parse, patience: maxWait })
  let lackedAt = Number.NEGATIVE_INFINITY

  const keys = (kid: string) => {
    const parsed = set.current()
    return parsed && keysOf(parsed.keys, kid)
  }
  /** Counted from a fetch that lacked the id: a key rotated in right after any other fetch is found at once. */
  const fetchFor = (kid: string): Promise<void> | undefined =>
    set.fetch()?.then(() => {
      if (keys(kid)?.length === 0) lackedAt = now()
    })

  return {
    keys,
    seek: (kid, waiting) => {
      const known = keys(kid)
      if (known?.length) return undefined
      if (known && Math.abs(now() - lackedAt) < cooldown) return undefined
      const away = known !== undefined && set.failing()
      const work = fetchFor(kid)
      return work && !away ? waitFor(work, maxWait, waiting.signal) : undefined
    },
    state: () => ({ age: set.age(), failing: set.failing() }),
    close: set.close,
  }
}
