import type { Piece } from '../split.ts'

/** The flags of `(?imnsx)`. */
export interface Flags {
  readonly i: boolean
  readonly m: boolean
  readonly n: boolean
  readonly s: boolean
  readonly x: boolean
}

/** Reads one expression, character by character. The first failure is kept and ends the reading. */
export interface Scanner {
  readonly characters: readonly string[]
  at: number
  flags: Flags
  /** The number of groups of the whole pattern so far. */
  groups: number
  /** How many groups are open, or brackets of a class. */
  depth: number
  message: string | undefined
  /** Where the expression starts in the pattern's source. */
  readonly offset: number
}

export const createScanner = (piece: Piece, groups: number): Scanner => ({
  characters: Array.from(piece.text),
  at: 0,
  flags: { i: false, m: false, n: false, s: false, x: false },
  groups,
  depth: 0,
  message: undefined,
  offset: piece.at,
})

export const peek = (scanner: Scanner, ahead = 0): string | undefined =>
  scanner.characters[scanner.at + ahead]

/** Returns the next character, '' at the end, and moves behind it. */
export const take = (scanner: Scanner): string => scanner.characters[scanner.at++] ?? ''

/** True when the text comes next; then moves behind it. */
export function accept(scanner: Scanner, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (peek(scanner, i) !== text[i]) return false
  scanner.at += text.length
  return true
}

/** Reads while the characters match. */
export function takeWhile(scanner: Scanner, matching: RegExp): string {
  const from = scanner.at
  while (matching.test(peek(scanner) ?? '')) scanner.at++
  return scanner.characters.slice(from, scanner.at).join('')
}

/** Keeps the first failure and moves to the end, so that every loop stops. `from` is where the construct begins. */
export function fail(scanner: Scanner, message: string, from = scanner.at): undefined {
  scanner.message ??= `${message} at position ${scanner.offset + Math.min(from, scanner.characters.length) + 1}`
  scanner.at = scanner.characters.length
  return undefined
}

/** Parts are read, and later written, by functions that call themselves: the stack must be enough for all of them. */
export const mostLevels = 250

/** Reads what stands inside a group or a class. `from` is where that begins. */
export function inside<T>(scanner: Scanner, from: number, read: (scanner: Scanner) => T): T {
  scanner.depth++
  if (scanner.depth > mostLevels) fail(scanner, `more than ${mostLevels} levels`, from)
  const found = read(scanner)
  scanner.depth--
  return found
}

export const isDone = (scanner: Scanner): boolean => scanner.at >= scanner.characters.length

/** The characters of group names; a backslash before one of them must have a meaning. */
export const wordCharacter = /[\p{L}\p{Mn}\p{Nd}\p{Pc}\u200c\u200d]/u

const opensGroup = /^\((?!\?)|^\(\?(?:P?<(?![=!])|')/

/** The number of groups of the whole expression, counted ahead: a `\1` may come before its group. */
export function countGroups({ characters }: Scanner): number {
  let count = counted.get(characters)
  if (count === undefined) {
    const bare = withoutEscapes(characters)
    count = 0
    for (let i = 0; i < bare.length; i++) if (opensGroup.test(bare.slice(i, i + 4))) count++
    counted.set(characters, count)
  }
  return count
}

/** Each backreference asks. */
const counted = new WeakMap<readonly string[], number>()

export const namesGroup = ({ characters }: Scanner, name: string): boolean =>
  [`(?<${name}>`, `(?'${name}'`, `(?P<${name}>`].some(sign =>
    withoutEscapes(characters).includes(sign),
  )

/** The text of an expression without its escapes and classes. Each backreference asks. */
function withoutEscapes(characters: readonly string[]): string {
  const known = bare.get(characters)
  if (known !== undefined) return known
  const text = characters.join('').replace(/\\.|\[\^?\]?(?:\\.|[^\]\\])*\]/gs, '')
  bare.set(characters, text)
  return text
}

const bare = new WeakMap<readonly string[], string>()
