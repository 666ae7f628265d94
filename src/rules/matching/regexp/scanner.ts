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
  message: string | undefined
  /** Where the expression starts in the pattern's source. */
  readonly offset: number
}

export const createScanner = (piece: Piece, groups: number): Scanner => ({
  characters: Array.from(piece.text),
  at: 0,
  flags: { i: false, m: false, n: false, s: false, x: false },
  groups,
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

export const isDone = (scanner: Scanner): boolean => scanner.at >= scanner.characters.length

/** The characters of group names; a backslash before one of them must have a meaning. */
export const wordCharacter = /[\p{L}\p{Mn}\p{Nd}\p{Pc}\u200c\u200d]/u

const opensGroup = /^\((?!\?)|^\(\?(?:P?<(?![=!])|')/

/** The number of groups of the whole expression, counted ahead: a `\1` may come before its group. */
export function countGroups(scanner: Scanner): number {
  const bare = withoutEscapes(scanner)
  let count = 0
  for (let i = 0; i < bare.length; i++) if (opensGroup.test(bare.slice(i, i + 4))) count++
  return count
}

export const namesGroup = (scanner: Scanner, name: string): boolean =>
  [`<${name}>`, `'${name}'`].some(sign => withoutEscapes(scanner).includes(`(?${sign}`)) ||
  withoutEscapes(scanner).includes(`(?P<${name}>`)

const withoutEscapes = ({ characters }: Scanner): string =>
  characters.join('').replace(/\\.|\[\^?\]?(?:\\.|[^\]\\])*\]/gs, '')
