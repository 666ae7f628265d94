import type { Token, TokenKind } from './tokens.ts'

/** The lexer's position: the next token begins at `start` (on line `line`) and is read up to `at`. */
export interface Cursor {
  readonly source: string
  readonly tokens: Token[]
  start: number
  at: number
  line: number
  /** Open parentheses of the current action. */
  parentheses: number
}

export const cursorOf = (source: string): Cursor => ({
  source,
  tokens: [],
  start: 0,
  at: 0,
  line: 1,
  parentheses: 0,
})

/** Drops what was read: the next token begins here. */
export function skip(cursor: Cursor): void {
  for (let i = cursor.start; i < cursor.at; i++) if (cursor.source[i] === '\n') cursor.line++
  cursor.start = cursor.at
}

export function emit(cursor: Cursor, kind: TokenKind): true {
  const text = cursor.source.slice(cursor.start, cursor.at)
  cursor.tokens.push({ kind, position: cursor.start, text, line: cursor.line })
  skip(cursor)
  return true
}

/** Ends the scan; returns false, as every scanner does after an error. */
export function fail(cursor: Cursor, message: string): false {
  cursor.tokens.push({ kind: 'error', position: cursor.start, text: message, line: cursor.line })
  return false
}

/** Reads what a sticky expression matches here; false when it does not match. */
export function take(cursor: Cursor, pattern: RegExp): boolean {
  pattern.lastIndex = cursor.at
  if (!pattern.test(cursor.source)) return false
  cursor.at = pattern.lastIndex
  return true
}
