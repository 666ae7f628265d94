import { createYielder, pause } from '../../lib/yield-to-event-loop.ts'
import { type Choice, chooseWindows, sliceMilliseconds, tableSize } from './choose-windows.ts'
import { type Entry, type Matcher, methodsOf } from './matcher.ts'
import { createNarrow } from './narrow.ts'
import { type Candidate, type Hits, type Methods, run } from './run-candidates.ts'
import { createPrefixes, hashPrefixes, type Width, windowHash } from './windows.ts'

/**
 * A matcher whose cost does not grow with the number of rules. Each pattern is stored under one window of its
 * required text. The windows of a URL are looked up in one pass, and only the patterns found are run. Patterns
 * without required text are run for every URL.
 *
 * Building yields to the event loop every few milliseconds.
 */
export async function createIndex<T>(entries: readonly Entry<T>[]): Promise<Matcher<T>> {
  await pause()
  const methods = await collectMethods(entries)
  const candidates = await collectCandidates(entries)
  const choices = await chooseWindows(candidates.map(({ pattern }) => pattern.literals))
  await pause()
  const table = await fileUnder(choices)
  await pause()
  const lookUp = createLookUp(table, candidates.length)
  return {
    find: ({ url, method, request, onCandidate }) => {
      const asked = { entries, methods, url, method: method.toUpperCase(), request, onCandidate }
      return run(asked, lookUp(url), candidates)
    },
  }
}

const pauseEvery = 64

async function collectMethods<T>(entries: readonly Entry<T>[]): Promise<Methods> {
  const yieldIfLong = createYielder(sliceMilliseconds)
  const lists = new Map<string, readonly string[]>()
  const all: (readonly string[] | undefined)[] = []
  for (const entry of entries) {
    const list = methodsOf(entry)
    const key = list?.join() ?? ''
    const known = list && (lists.get(key) ?? list)
    if (known !== undefined) lists.set(key, known)
    all.push(known)
    if (all.length % pauseEvery === 0) await yieldIfLong()
  }
  return all
}

async function collectCandidates<T>(entries: readonly Entry<T>[]): Promise<readonly Candidate[]> {
  const yieldIfLong = createYielder(sliceMilliseconds)
  const candidates = new Map<string, Candidate>()
  for (const [i, { pattern }] of entries.entries()) {
    const key = `${pattern.strategy} ${pattern.source}`
    const known = candidates.get(key)
    if (known === undefined) candidates.set(key, { pattern, entries: [i] })
    else known.entries.push(i)
    if (i % pauseEvery === 0) await yieldIfLong()
  }
  for (const candidate of candidates.values()) {
    if (candidate.entries.some(at => entries[at]?.conditions !== undefined)) {
      candidate.narrow = createNarrow(entries, candidate.entries) ?? (() => candidate.entries)
      await yieldIfLong()
    }
  }
  return [...candidates.values()]
}

/** Candidates by the hash of their window: a hash table in flat arrays, with a filter in front. */
interface Table {
  readonly widths: readonly Width[]
  /** One bit per stored hash, small enough for the nearest CPU cache. Most windows of a URL are rejected here. */
  readonly filter: Uint32Array
  readonly keys: Uint32Array
  /** The first candidate under a key, plus one. */
  readonly heads: Int32Array
  /** The candidate stored under the same key before, plus one. */
  readonly nexts: Int32Array
  /** Candidates without a window. */
  readonly always: readonly number[]
}

async function fileUnder(choices: readonly (Choice | undefined)[]): Promise<Table> {
  const size = tableSize(choices.length * 4)
  const widths = new Map<number, Width>()
  const always: number[] = []
  const table = {
    filter: new Uint32Array(tableSize(choices.length)),
    keys: new Uint32Array(size),
    heads: new Int32Array(size),
    nexts: new Int32Array(choices.length),
  }
  const yieldIfLong = createYielder(sliceMilliseconds)
  for (const [i, choice] of choices.entries()) {
    if (choice === undefined) always.push(i)
    else {
      widths.set(choice.width.length, choice.width)
      insert(table, choice.hash, i)
    }
    if (i % pauseEvery === 0) await yieldIfLong()
  }
  return { ...table, widths: [...widths.values()], always }
}

function insert(
  { filter, keys, heads, nexts }: Omit<Table, 'widths' | 'always'>,
  hash: number,
  candidate: number,
): void {
  const bit = filterBit(hash, filter)
  filter[bit >>> 5] = (filter[bit >>> 5] ?? 0) | (1 << (bit & 31))
  const slot = slotOf({ keys, heads }, hash)
  keys[slot] = hash
  nexts[candidate] = heads[slot] ?? 0
  heads[slot] = candidate + 1
}

const filterBit = (hash: number, filter: Uint32Array): number =>
  (hash >>> 3) & (filter.length * 32 - 1)

/** The slot where the hash is stored, or the free slot where it would be. */
function slotOf({ keys, heads }: Pick<Table, 'keys' | 'heads'>, hash: number): number {
  let slot = hash & (keys.length - 1)
  while (heads[slot] !== 0 && keys[slot] !== hash) slot = (slot + 1) & (keys.length - 1)
  return slot
}

/** A function that returns the candidates whose window a URL contains, each once. */
function createLookUp(table: Table, size: number): (url: string) => Hits {
  const { widths, filter, always } = table
  const prefixes = createPrefixes()
  const hits: Hits = { list: Int32Array.from({ length: size }, (_, i) => always[i] ?? 0), count: 0 }
  const rounds = new Uint32Array(size)
  let round = 0
  const add = (hash: number): void => {
    for (
      let next = table.heads[slotOf(table, hash)] ?? 0;
      next !== 0;
      next = table.nexts[next - 1] ?? 0
    ) {
      if (rounds[next - 1] === round) continue
      rounds[next - 1] = round
      hits.list[hits.count++] = next - 1
    }
  }
  const scan = (hashes: Int32Array, width: Width, last: number): void => {
    for (let at = 0; at <= last; at++) {
      const hash = windowHash(hashes, at, width)
      const bit = filterBit(hash, filter)
      if ((((filter[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1) add(hash)
    }
  }
  return url => {
    round = (round + 1) >>> 0
    hits.count = always.length
    const hashes = hashPrefixes(prefixes, url)
    for (const width of widths) scan(hashes, width, url.length - width.length)
    return hits
  }
}
