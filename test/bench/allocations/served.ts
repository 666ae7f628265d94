/** The whole server: what decisions over HTTP allocate, and what a minor collection leaves of them. */
import { subscribe } from 'node:diagnostics_channel'
import { type StartOptions, start } from '../../../src/app/start.ts'
import { collectMinor } from './count.ts'

export interface Served {
  /** Bytes per decision, for each round. */
  readonly allocated: readonly number[]
  readonly surviving: readonly number[]
}

/** A round ends with a collection, in the middle of other requests. */
const decisions = 500
/** What lasts has left the new space after the first ones, and code is compiled. */
const rounds = { warm: 16, counted: 15 }

/** Counts while requests come, then calls `report`. */
export async function serveCounted(
  options: Pick<StartOptions, 'config' | 'log'>,
  report: (served: Served) => void,
): Promise<void> {
  const allocated: number[] = []
  const surviving: number[] = []
  let left = 0
  const endRound = (): void => {
    const { before, after } = collectMinor()
    allocated.push((before - left) / decisions)
    surviving.push((after - left) / decisions)
    left = after
    if (allocated.length < rounds.warm + rounds.counted) return
    report({
      allocated: allocated.slice(rounds.warm),
      surviving: surviving.slice(rounds.warm),
    })
  }
  let requests = 0
  subscribe('http.server.request.start', () => {
    requests += 1
    if (requests % decisions === 0) endRound()
  })
  await start({ ...options, strict: true })
}
