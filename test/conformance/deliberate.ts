import { readFileSync } from 'node:fs'
import type { Miss, Result } from './types.ts'
import { readYaml } from './yaml.ts'

/** Scenario, then check, then reason: where a server deliberately differs from the recorded answers. */
export type Deliberate = Readonly<Record<string, Readonly<Record<string, string>>>>

export const readDeliberate = (file: string): Deliberate =>
  (readYaml(readFileSync(file, 'utf8')) ?? {}) as unknown as Deliberate

export interface Remaining extends Result {
  readonly deliberate: number
}

/** Removes the listed differences; a listed check that does not differ is a failure. */
export function withoutDeliberate(result: Result, deliberate: Deliberate): Remaining {
  const listed = deliberate[result.scenario] ?? {}
  const kept = result.misses.filter(({ check }) => listed[check] === undefined)
  const missed = new Set(result.misses.map(({ check }) => check))
  const stale = Object.keys(listed)
    .filter(check => !missed.has(check))
    .map(
      (check): Miss => ({
        check,
        diff: ['listed as a deliberate difference, but it does not differ'],
      }),
    )
  return { ...result, misses: [...kept, ...stale], deliberate: result.misses.length - kept.length }
}
