import { complement, difference, type Ranges, rangeOf, union } from '../ranges.ts'
import { ignoringCase, posixClasses } from '../unicode.ts'
import { acceptBackslash, scanCharacterEscape, scanClassEscape, single } from './escape.ts'
import { accept, fail, isDone, peek, type Scanner, take, takeWhile } from './scanner.ts'

const limit = 1000
const remembered = new Map<string, { readonly set: Ranges; readonly length: number }>()

/** A class behind its `[`, up to and with its `]`. The same text gives the same set, computed once. */
export function scanClass(scanner: Scanner): Ranges {
  const from = scanner.at
  const end = scanner.characters.indexOf(']', from)
  const key = `${scanner.flags.i} ${scanner.characters.slice(from, Math.max(end + 1, from)).join('')}`
  const known = remembered.get(key)
  if (known !== undefined) {
    scanner.at += known.length
    return known.set
  }
  const set = readClass(scanner)
  const isWholeKey = scanner.message === undefined && scanner.at === end + 1
  if (isWholeKey) remember(key, { set, length: scanner.at - from })
  return set
}

function remember(key: string, entry: { readonly set: Ranges; readonly length: number }): void {
  if (remembered.size >= limit) remembered.clear()
  remembered.set(key, entry)
}

function readClass(scanner: Scanner): Ranges {
  const from = scanner.at - 1
  const negated = accept(scanner, '^')
  const parts: Ranges[] = []
  let minus: Ranges = []
  for (let isFirst = true; isFirst || peek(scanner) !== ']'; isFirst = false) {
    if (isDone(scanner)) {
      fail(scanner, 'unterminated class "["', from)
      return []
    }
    if (!isFirst && accept(scanner, '-[')) minus = readSubtraction(scanner)
    else parts.push(readMember(scanner))
  }
  scanner.at++
  const own = scanner.flags.i ? ignoringCase(union(parts)) : union(parts)
  return difference(negated ? complement(own) : own, minus)
}

/** `[a-z-[aeiou]]`, behind the inner bracket: it must be the last thing in its class. */
function readSubtraction(scanner: Scanner): Ranges {
  const from = scanner.at - 2
  const set = readClass(scanner)
  if (peek(scanner) !== ']')
    fail(scanner, 'a subtraction "-[...]" must be the last thing in its class', from)
  return set
}

/** One character, range or named class. */
function readMember(scanner: Scanner): Ranges {
  const named = readPosix(scanner)
  if (named !== undefined) return named
  const low = readEnd(scanner)
  const isRange = peek(scanner) === '-' && ![undefined, ']', '['].includes(peek(scanner, 1))
  if (typeof low !== 'number' || !isRange) return typeof low === 'number' ? single(low) : low
  const from = scanner.at - 1
  scanner.at++
  const high = readEnd(scanner)
  if (typeof high === 'number' && low <= high) return rangeOf(low, high)
  fail(scanner, 'a range needs two characters, the lower one first,', from)
  return []
}

/** A character, or the set of an escape such as `\d`. */
function readEnd(scanner: Scanner): number | Ranges {
  if (!acceptBackslash(scanner)) return take(scanner).codePointAt(0) ?? 0
  return scanClassEscape(scanner) ?? scanCharacterEscape(scanner)
}

/** `[:alpha:]` or `[:^alpha:]`; undefined, and nothing read, when it is not that form. */
function readPosix(scanner: Scanner): Ranges | undefined {
  const from = scanner.at
  if (!accept(scanner, '[:')) return undefined
  const negated = accept(scanner, '^')
  const name = takeWhile(scanner, /\w/)
  const set = posixClasses.get(name)
  if (set !== undefined && accept(scanner, ':]')) return negated ? complement(set) : set
  if (set === undefined) fail(scanner, `unknown class "[:${name}:]"`, from)
  else scanner.at = from
  return undefined
}
