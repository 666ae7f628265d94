/** The rules of a configuration without a server: compiled as a server does, calls of handlers guarded. */
import { redactionOf } from '../../app/observability/logs.ts'
import { createDeps } from '../../app/outbound/deps.ts'
import { type CheckedRules, readRules } from '../../app/rules/read-rules.ts'
import type { Config } from '../../config/config.ts'
import { createDoors, type OfflineDoors } from '../../explain/doors/doors.ts'
import type { Guard } from '../../explain/outside.ts'
import type { Deps } from '../../handlers/kind.ts'
import type { Redaction } from '../../observability/redaction.ts'
import type { Cache } from '../../outbound/cache.ts'
import type { KeySets } from '../../outbound/key-sets.ts'
import type { OnBranch } from '../../templates/template.ts'

export interface OfflineOptions {
  readonly config: Config
  readonly guard: Guard
  /** In place of those of the configuration. */
  readonly keySets?: KeySets | undefined
  /** Milliseconds since the epoch; default: the time of the machine. */
  readonly now?: () => number
  /** Nothing is cached: no decision depends on one before. */
  readonly independent?: boolean
  /** Templates report the branches that they take. */
  readonly onBranch?: OnBranch | undefined
}

export interface Offline {
  readonly read: CheckedRules
  readonly doors: OfflineDoors
  /** What the handlers were compiled with. */
  readonly deps: Deps
  readonly redaction: Redaction
  readonly close: () => Promise<void>
}

/** Rejects with an Error that names the key when the rules cannot be read at all. */
export async function openOffline(options: OfflineOptions): Promise<Offline> {
  const { config, guard, keySets, now, independent = false, onBranch } = options
  const sources = await createDeps(config)
  const deps = await createDeps(config, { guard: guard.wrap, ...(now && { now }) })
  const close = async (): Promise<void> => {
    await Promise.all([sources.close(), deps.close()])
  }
  try {
    const handlerDeps = {
      ...deps,
      ...(independent && { cache: noCache }),
      ...(keySets && { keySets }),
      ...(onBranch && { templateSettings: { ...deps.templateSettings, onBranch } }),
    }
    const read = await readRules(config, sources, handlerDeps)
    const doors = createDoors(config)
    return { read, doors, deps: handlerDeps, redaction: redactionOf(config), close }
  } catch (error) {
    await close()
    throw error
  }
}

const noCache: Cache = {
  get: () => undefined,
  set: () => undefined,
  counters: () => ({ hits: 0, misses: 0, evictions: 0 }),
  close: async () => undefined,
}
