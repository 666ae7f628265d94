import { complement, difference, type Ranges, rangeOf, union } from '../ranges.ts'
import { comparedByLowerCase, digits, posixClasses, withLowerCase } from '../unicode.ts'
import { type Category, membersOf } from './category.ts'
import { acceptBackslash, scanCategories, scanCharacterEscape, single } from './escape.ts'
import { accept, fail, inside, isDone, peek, type Scanner, take, takeWhile } from './scanner.ts'

const limit = 1000
const cached = new Map<string, { readonly set: Ranges; readonly length: number }>()

/** Reads a class after its `[`, including its `]`. The same text gives the same set, computed once. */
export function scanClass(scanner: Scanner): Ranges {
  const from = scanner.at
  const end = scanner.characters.indexOf(']', from)
  const key = `${scanner.flags.i} ${scanner.characters.slice(from, Math.max(end + 1, from)).join('')}`
  const known = cached.get(key)
  if (known !== undefined) {
    scanner.at += known.length
    return known.set
  }
  const set = readClass(scanner)
  const isWholeKey = scanner.message === undefined && scanner.at === end + 1
  if (isWholeKey) store(key, { set, length: scanner.at - from })
  return set
}

function store(key: string, entry: { readonly set: Ranges; readonly length: number }): void {
  if (cached.size >= limit) cached.clear()
  cached.set(key, entry)
}

function readClass(scanner: Scanner): Ranges {
  const from = scanner.at - 1
  const negated = accept(scanner, '^')
  const members: Members = { ranges: [], categories: [] }
  let minus: Ranges = []
  for (let isFirst = true; isFirst || peek(scanner) !== ']'; isFirst = false) {
    if (isDone(scanner)) {
      fail(scanner, 'unterminated class "["', from)
      return []
    }
    if (!isFirst && accept(scanner, '-[')) minus = readSubtraction(scanner)
    else readMember(scanner, members)
  }
  scanner.at++
  const own = membersIn(scanner, members)
  return difference(negated ? complement(own) : own, minus)
}

/** As in Oathkeeper, `(?i)` lowers only ranges; categories are not lowered but compared with the lower-case character. */
function membersIn({ flags }: Scanner, { ranges, categories }: Members): Ranges {
  const plain = union(ranges)
  if (!flags.i) return membersOf(plain, categories)
  return comparedByLowerCase(membersOf(withLowerCase(plain), categories))
}

/** The members of a class read so far. */
interface Members {
  readonly ranges: Ranges[]
  readonly categories: Category[]
}

/** Reads `[a-z-[aeiou]]` after the inner bracket: it must be the last part of its class. */
function readSubtraction(scanner: Scanner): Ranges {
  const from = scanner.at - 2
  const set = inside(scanner, from, readClass)
  if (peek(scanner) !== ']')
    fail(scanner, 'a subtraction "-[...]" must be the last thing in its class', from)
  return set
}

/** Reads one character, range or named class. */
function readMember(scanner: Scanner, members: Members): void {
  if (readPosix(scanner, members)) return
  const low = readEnd(scanner)
  if (typeof low !== 'number') members.categories.push(...low)
  else if (peek(scanner) !== '-' || [undefined, ']', '['].includes(peek(scanner, 1)))
    members.ranges.push(single(low))
  else members.ranges.push(readRange(scanner, low))
}

function readRange(scanner: Scanner, low: number): Ranges {
  const from = scanner.at
  scanner.at++
  const high = readEnd(scanner)
  if (typeof high === 'number' && low <= high) return rangeOf(low, high)
  fail(scanner, 'a range needs two characters, the lower one first,', from)
  return []
}

/** A character, or the categories of an escape such as `\d`. */
function readEnd(scanner: Scanner): number | readonly Category[] {
  if (!acceptBackslash(scanner)) return take(scanner).codePointAt(0) ?? 0
  return scanCategories(scanner) ?? scanCharacterEscape(scanner)
}

/**
 * Reads `[:alpha:]` or `[:^alpha:]`; false for another form. As in Oathkeeper, a name without its `:]` also counts,
 * and is then read again as plain characters.
 */
function readPosix(scanner: Scanner, members: Members): boolean {
  const from = scanner.at
  if (!accept(scanner, '[:')) return false
  const negated = accept(scanner, '^')
  const name = takeWhile(scanner, /\w/)
  const set = posixClasses.get(name)
  if (name === 'digit') members.categories.push({ name: 'Nd', set: digits(), negated })
  else if (set !== undefined) members.ranges.push(negated ? complement(set) : set)
  else fail(scanner, `unknown class "[:${name}:]"`, from)
  if (scanner.message !== undefined || accept(scanner, ':]')) return true
  scanner.at = from
  return false
}
