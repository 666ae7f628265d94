import { createYielder, pause } from '../../lib/yield-to-event-loop.ts'
import {
  createPrefixes,
  hashPrefixes,
  type Prefixes,
  type Width,
  widthOf,
  windowHash,
} from './windows.ts'

/** The window by which a pattern is found; undefined when its text has none. */
export interface Choice {
  readonly width: Width
  readonly hash: number
}

/** How many patterns may share a window before longer windows are tried. */
const few = 2

/**
 * Chooses for each list of required texts the window that the fewest other lists have: eight characters if possible,
 * fewer for short texts, more when that distinguishes patterns. A look-up is faster the fewer lengths are in use.
 */
export async function chooseWindows(
  literals: readonly (readonly string[])[],
): Promise<readonly (Choice | undefined)[]> {
  const choices: (Choice | undefined)[] = literals.map(() => undefined)
  const counts: number[] = literals.map(() => Number.POSITIVE_INFINITY)
  for (const length of [8, 16, 32, 64]) {
    await pause()
    const open = openAt(literals, counts, length)
    if (isWorthWhile(open, counts)) await chooseAt({ literals, choices, counts, open }, length)
  }
  for (const length of [6, 4, 2, 1]) {
    await pause()
    const open = openAt(literals, counts, length).filter(i => (counts[i] ?? 0) > crowded)
    const needed = open.filter(i => choices[i] === undefined && length <= 4)
    await chooseAt(
      { literals, choices, counts, open: isStuck(open, counts) ? open : needed },
      length,
    )
  }
  return choices
}

/** More than so many patterns under one window cost more than another length does. */
const crowded = 4

/** Many patterns share their longest texts, such as the host, and differ in a shorter one. */
const isStuck = (open: readonly number[], counts: readonly number[]): boolean =>
  open.some(i => counts[i] !== Number.POSITIVE_INFINITY) && isWorthWhile(open, counts)

/** The patterns that still share their window with many others and have a text of that length. */
const openAt = (
  literals: readonly (readonly string[])[],
  counts: readonly number[],
  length: number,
): readonly number[] =>
  literals.flatMap((texts, i) =>
    (counts[i] ?? 0) > few && texts.some(text => text.length >= length) ? [i] : [],
  )

/** Each length in use costs every look-up more than a few patterns with the same window do. */
const isWorthWhile = (open: readonly number[], counts: readonly number[]): boolean =>
  open.length * 64 >= counts.length || open.some(i => (counts[i] ?? 0) > many)

const many = 32

interface Work {
  readonly literals: readonly (readonly string[])[]
  readonly choices: (Choice | undefined)[]
  readonly counts: number[]
  readonly open: readonly number[]
}

async function chooseAt(work: Work, length: number): Promise<void> {
  if (work.open.length === 0) return
  const width = widthOf(length)
  const prefixes = createPrefixes()
  const seen = new Uint32Array(tableSize(work.open.length * 64))
  await pause()
  await eachOpen(work, texts => {
    eachWindow(texts, { width, prefixes }, hash => {
      const slot = hash & (seen.length - 1)
      seen[slot] = (seen[slot] ?? 0) + 1
    })
  })
  await eachOpen(work, (texts, i) => {
    eachWindow(texts, { width, prefixes }, hash => {
      const count = seen[hash & (seen.length - 1)] ?? 0
      // Of equal counts the last one: hosts are shared more often than the ends of paths.
      if (count > (work.counts[i] ?? 0)) return
      work.counts[i] = count
      work.choices[i] = { width, hash }
    })
  })
}

async function eachOpen(
  { literals, open }: Work,
  visit: (texts: readonly string[], i: number) => void,
): Promise<void> {
  const yieldIfLong = createYielder(sliceMilliseconds)
  for (const i of open) {
    visit(literals[i] ?? [], i)
    await yieldIfLong()
  }
}

function eachWindow(
  texts: readonly string[],
  { width, prefixes }: { readonly width: Width; readonly prefixes: Prefixes },
  visit: (hash: number) => void,
): void {
  for (const text of texts) {
    if (text.length < width.length) continue
    const hashes = hashPrefixes(prefixes, text)
    for (let at = 0; at + width.length <= text.length; at++) visit(windowHash(hashes, at, width))
  }
}

/** The longest time that building the index blocks, in milliseconds. */
export const sliceMilliseconds = 2

/** A power of two that is at least `wanted`, within limits. */
export const tableSize = (wanted: number): number =>
  2 ** Math.min(20, Math.max(6, Math.ceil(Math.log2(wanted))))
