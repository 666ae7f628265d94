import type { Issuer } from './issuer.ts'
import type { Peer } from './peers.ts'
import { type Load, type Numbers, type Row, toRow } from './result.ts'

/** What a group of measurements gets. */
export interface Bench {
  readonly issuer: Issuer
  /** The command of the server of this repository, without `serve`. */
  readonly own: readonly string[]
  readonly peers: readonly Peer[]
  /** Of one measurement. */
  readonly seconds: number
  readonly repeats: number
  /** Measures the loads whose names match. */
  readonly only: RegExp
  readonly note: (text: string) => void
}

export type Group = (bench: Bench) => Promise<readonly Row[]>

/** Every repeat goes through the systems in the opposite order, so that none is always first. */
export async function takeTurns<System extends { readonly name: string }>(
  { repeats, note }: Bench,
  { load, systems }: { readonly load: Load; readonly systems: readonly System[] },
  measure: (system: System) => Promise<Numbers>,
): Promise<Row[]> {
  const runs = new Map<System, Numbers[]>(systems.map(system => [system, []]))
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const system of repeat % 2 === 0 ? systems : [...systems].reverse()) {
      const seen = await onceMore(() => measure(system), note)
      note(`${load.load}: ${system.name} ${textOf(seen)}`)
      runs.get(system)?.push(seen)
    }
  }
  return systems.map(system => toRow(load, system.name, runs.get(system) ?? []))
}

/** In a run of an hour one start may fail: it is noted, and tried once more. */
const onceMore = <T>(work: () => Promise<T>, note: Bench['note']): Promise<T> =>
  work().catch(error => {
    note(`failed, and is tried once more: ${error}`)
    return work()
  })

const textOf = (numbers: Numbers): string =>
  Object.entries(numbers)
    .map(([name, number]) => `${name} ${Number(number.toPrecision(4))}`)
    .join(', ')
