import { type Node, walk } from './node.ts'
import {
  includes,
  lastAscii,
  lastCodePoint,
  pairsOf,
  type Ranges,
  rangeOf,
  union,
} from './ranges.ts'
import { wordCharacters } from './unicode.ts'

/**
 * The characters beyond ASCII that a pattern distinguishes.
 *
 * Written out, a Unicode class has hundreds of ranges, which slows the linear-time engine down. And without the `u`
 * flag a character beyond U+FFFF is two units. Therefore all characters beyond ASCII that the pattern's sets do not
 * distinguish form a block, and each block has a range of single units. Before a text is matched, each distinct
 * character is replaced by a unit of its block. The replacement is one to one within a text, so captures and
 * backreferences keep working. ASCII does not change.
 */
export interface Alphabet {
  /** Where the runs of characters of one block begin, ascending from the first character beyond ASCII. */
  readonly starts: Uint32Array
  /** The block of each run. */
  readonly blocks: Uint16Array
  /** The units of each block. */
  readonly units: readonly Ranges[]
}

const firstUnit = lastAscii + 1
const lastUnit = 0xd7ff
/** More distinct characters than any URL can have. */
const largest = 0x1800

/** The alphabet of a node; undefined when each of its sets holds all or none of the characters beyond ASCII. */
export function alphabetOf(node: Node): Alphabet | undefined {
  const sets = distinguishingSets(node)
  if (sets.length === 0) return undefined
  const key = sets
    .map(identityOf)
    .sort((one, other) => one - other)
    .join()
  const known = cached.get(key)
  if (known !== undefined) return known
  const made = createAlphabet(sets)
  if (cached.size >= limit) cached.clear()
  cached.set(key, made)
  return made
}

const limit = 1000
const cached = new Map<string, Alphabet>()
const identities = new WeakMap<Ranges, number>()
let nextIdentity = 0

function identityOf(set: Ranges): number {
  const known = identities.get(set)
  if (known !== undefined) return known
  nextIdentity++
  identities.set(set, nextIdentity)
  return nextIdentity
}

/** The distinct sets that hold some but not all characters beyond ASCII. */
const distinguishingSets = (node: Node): readonly Ranges[] => [
  ...new Set(walk(node).flatMap(setsOf)),
]

function setsOf(part: Node): readonly Ranges[] {
  switch (part.kind) {
    case 'one_of':
      return distinguishes(part.set) ? [part.set] : noRanges
    case 'text':
      return singlesOf(part.text)
    case 'edge':
      return part.edge === 'word' || part.edge === 'not_word' ? [wordCharacters()] : noRanges
    default:
      return noRanges
  }
}

const distinguishes = (set: Ranges): boolean =>
  (set.at(-1) ?? 0) > lastAscii && !holdsAllBeyondAscii(set)

/** True when the set holds every character beyond ASCII. */
export const holdsAllBeyondAscii = (set: Ranges): boolean =>
  set.at(-1) === lastCodePoint && (set.at(-2) ?? lastCodePoint) <= firstUnit

const singles = new Map<number, Ranges>()
const noRanges: readonly Ranges[] = []
const notAscii = /[^\0-\x7f]/

function singlesOf(text: string): readonly Ranges[] {
  if (!notAscii.test(text)) return noRanges
  return Array.from(text, character => character.codePointAt(0) ?? 0)
    .filter(code => code > lastAscii)
    .map(singleOf)
}

/** The set of one character; always the same object. */
function singleOf(code: number): Ranges {
  const known = singles.get(code)
  if (known !== undefined) return known
  const made = rangeOf(code, code)
  singles.set(code, made)
  return made
}

function createAlphabet(sets: readonly Ranges[]): Alphabet {
  const starts = boundariesOf(sets)
  const names = new Map<string, number>()
  const sizes: number[] = []
  const blocks = starts.map((start, i) => {
    const name = sets.map(set => (includes(set, start) ? 1 : 0)).join('')
    const block = names.get(name) ?? names.size
    names.set(name, block)
    sizes[block] = (sizes[block] ?? 0) + (starts[i + 1] ?? lastCodePoint + 1) - start
    return block
  })
  return {
    starts: Uint32Array.from(starts),
    blocks: Uint16Array.from(blocks),
    units: unitsOf(sizes),
  }
}

/** The code points at which membership in one of the sets may change. */
function boundariesOf(sets: readonly Ranges[]): readonly number[] {
  const starts = new Set([firstUnit])
  for (const set of sets) {
    for (const [low, high] of pairsOf(set)) {
      if (low > firstUnit) starts.add(low)
      if (high >= firstUnit && high < lastCodePoint) starts.add(high + 1)
    }
  }
  return [...starts].sort((one, other) => one - other)
}

/** Assigns the units: small blocks get as many as they need, large ones share the rest. */
function unitsOf(sizes: readonly number[]): readonly Ranges[] {
  const share = Math.min(largest, Math.floor((lastUnit - firstUnit) / sizes.length))
  let next = firstUnit
  return sizes.map(size => {
    const from = next
    next += Math.min(size, share)
    return rangeOf(from, next - 1)
  })
}

/** The units that represent the part of the set beyond ASCII. */
export function unitsFor(alphabet: Alphabet, set: Ranges): Ranges {
  const inside = alphabet.units.filter((_, block) => {
    const run = alphabet.blocks.indexOf(block)
    return includes(set, alphabet.starts[run] ?? 0)
  })
  return union(inside)
}

/** A text in units, and the character that each unit represents. */
export interface Rewritten {
  readonly text: string
  readonly originals: ReadonlyMap<string, string>
}

/** Rewrites a text. Without an alphabet all characters beyond ASCII are in one block. */
export function rewrite(alphabet: Alphabet | undefined, text: string): Rewritten {
  const { units } = alphabet ?? plain
  const used = new Map<string, string>()
  const originals = new Map<string, string>()
  const next = units.map(([first]) => first ?? 0)
  const rewritten = text.replace(/[^\0-\x7f]/gu, character => {
    const known = used.get(character)
    if (known !== undefined) return known
    const block = blockOf(alphabet ?? plain, character.codePointAt(0) ?? 0)
    const unit = String.fromCharCode(Math.min(next[block] ?? 0, units[block]?.[1] ?? 0))
    next[block] = (next[block] ?? 0) + 1
    used.set(character, unit)
    // A unit that had to be used for two characters cannot be restored.
    originals.set(unit, originals.has(unit) ? '\ufffd' : character)
    return unit
  })
  return { text: rewritten, originals }
}

const plain: Alphabet = {
  starts: Uint32Array.of(firstUnit),
  blocks: Uint16Array.of(0),
  units: [rangeOf(firstUnit, lastUnit)],
}

function blockOf(alphabet: Alphabet, code: number): number {
  let low = 0
  let high = alphabet.starts.length
  while (low + 1 < high) {
    const middle = (low + high) >> 1
    if ((alphabet.starts[middle] ?? 0) <= code) low = middle
    else high = middle
  }
  return alphabet.blocks[low] ?? 0
}

/** The original text of a part of a rewritten text. */
export const restore = (rewritten: Rewritten, part: string): string =>
  part.replace(/[^\0-\x7f]/g, unit => rewritten.originals.get(unit) ?? unit)
