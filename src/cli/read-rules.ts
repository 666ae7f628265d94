import { createDeps } from '../app/outbound/deps.ts'
import { type CheckedRules, readRules } from '../app/rules/read-rules.ts'
import type { Config } from '../config/config.ts'

/** Reads and compiles all rules. Rejects with an Error that names the key when they cannot be. */
export async function readAllRules(config: Config): Promise<CheckedRules> {
  const deps = await createDeps(config)
  try {
    return await readRules(config, deps)
  } finally {
    await deps.close()
  }
}
