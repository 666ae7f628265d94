import type { Config } from '../../config/config.ts'
import { createDeps } from '../outbound/deps.ts'
import { type CheckedRules, readRules } from './read-rules.ts'

/** Reads and compiles all rules. Rejects with an Error that names the key when they cannot be. */
export async function readAllRules(config: Config): Promise<CheckedRules> {
  const deps = await createDeps(config)
  try {
    return await readRules(config, deps)
  } finally {
    await deps.close()
  }
}

/** The rules, or why they cannot be read at all. */
export async function rulesOrProblem(config: Config): Promise<CheckedRules | string> {
  try {
    return await readAllRules(config)
  } catch (error) {
    return (error as Error).message
  }
}
