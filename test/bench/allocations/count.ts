/** Counts the bytes that decisions allocate. */

export interface Work<Item> {
  /** Makes what the decisions need; not counted. */
  readonly prepare: (decisions: number) => readonly Item[]
  /** Decides; an item may hold several decisions. */
  readonly run: (item: Item) => void | PromiseLike<void>
}

declare const gc: (options?: { readonly type: 'minor' }) => void

const decisions = 1600
/** Code is compiled in the first ones. */
const rounds = { warm: 8, counted: 5 }

/** Bytes per decision, for each round. */
export async function roundsOf<Item>(work: Work<Item>): Promise<readonly number[]> {
  const counted: number[] = []
  for (let round = 0; round < rounds.warm + rounds.counted; round += 1) {
    const bytes = await countRound(work)
    if (round >= rounds.warm) counted.push(bytes)
  }
  return counted
}

async function countRound<Item>({ prepare, run }: Work<Item>): Promise<number> {
  const items = prepare(decisions)
  gc()
  const before = process.memoryUsage().heapUsed
  for (const item of items) {
    const running = run(item)
    if (running !== undefined) await running
  }
  return (process.memoryUsage().heapUsed - before) / decisions
}

/** Bytes of heap before and after a minor collection. */
export function collectMinor(): { readonly before: number; readonly after: number } {
  const before = process.memoryUsage().heapUsed
  gc({ type: 'minor' })
  return { before, after: process.memoryUsage().heapUsed }
}
