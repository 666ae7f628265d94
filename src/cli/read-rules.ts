import { createDeps } from '../app/deps.ts'
import { type LoadedRules, readRules } from '../app/read-rules.ts'
import type { Config } from '../config/config.ts'
import type { Output } from './output.ts'

/** Reads and compiles all rules; undefined after it was printed why they cannot be. */
export async function readRulesOrPrint(
  config: Config,
  output: Output,
): Promise<LoadedRules | undefined> {
  try {
    const deps = createDeps(config)
    const loaded = await readRules(config, deps)
    await deps.close()
    return loaded
  } catch (error) {
    output.err(`error: ${(error as Error).message}\n`)
    return undefined
  }
}
