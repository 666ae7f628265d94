import type { Piece } from '../split.ts'

/** Switches of `(?imnsx)`. */
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
  /** Groups of the whole pattern so far. */
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

/** The next character, '' at the end; reading goes on behind it. */
export const take = (scanner: Scanner): string => scanner.characters[scanner.at++] ?? ''

/** True, and read past it, when the text comes next. */
export function accept(scanner: Scanner, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (peek(scanner, i) !== text[i]) return false
  scanner.at += text.length
  return true
}

/** Reads on as long as the characters match. */
export function takeWhile(scanner: Scanner, matching: RegExp): string {
  const from = scanner.at
  while (matching.test(peek(scanner) ?? '')) scanner.at++
  return scanner.characters.slice(from, scanner.at).join('')
}

/** Keeps the first failure and moves to the end, so that every loop stops. `from` is where the construct began. */
export function fail(scanner: Scanner, message: string, from = scanner.at): undefined {
  scanner.message ??= `${message} at position ${scanner.offset + Math.min(from, scanner.characters.length) + 1}`
  scanner.at = scanner.characters.length
  return undefined
}

export const isDone = (scanner: Scanner): boolean => scanner.at >= scanner.characters.length

/** What group names are made of, and what a backslash must not stand before without a meaning. */
export const wordCharacter = /[\p{L}\p{Mn}\p{Nd}\p{Pc}\u200c\u200d]/u

const opensGroup = /^\((?!\?)|^\(\?(?:P?<(?![=!])|')/

/** How many groups the whole expression has, read ahead: a `\1` may stand before its group. */
export function countGroups(scanner: Scanner): number {
  const bare = withoutEscapes(scanner)
  let count = 0
  for (let i = 0; i < bare.length; i++) if (opensGroup.test(bare.slice(i, i + 4))) count++
  return count
}

/** True when the expression has a group of that name. */
export const namesGroup = (scanner: Scanner, name: string): boolean =>
  [`<${name}>`, `'${name}'`].some(sign => withoutEscapes(scanner).includes(`(?${sign}`)) ||
  withoutEscapes(scanner).includes(`(?P<${name}>`)

const withoutEscapes = ({ characters }: Scanner): string =>
  characters.join('').replace(/\\.|\[\^?\]?(?:\\.|[^\]\\])*\]/gs, '')
