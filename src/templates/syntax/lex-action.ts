/** Converts the inside of `{{ }}` to tokens. */
import { quoteText } from '../go/quote.ts'
import { encodeRune, isDigit, isLetter, isPrint, runeAt } from '../go/utf8.ts'
import { type Cursor, emit, fail, take } from './cursor.ts'
import { isKeyword, type TokenKind } from './tokens.ts'

const right = /(?:[ \t\r\n]-)?}}/y

/** Reads up to the closing delimiter, which is not read; false after an error. */
export function scanAction(cursor: Cursor): boolean {
  while (!atEnd(cursor)) if (!scanToken(cursor)) return false
  return cursor.parentheses === 0 || fail(cursor, 'unclosed left paren')
}

function atEnd(cursor: Cursor): boolean {
  right.lastIndex = cursor.at
  return right.test(cursor.source)
}

const single: Readonly<Record<string, TokenKind>> = {
  '=': 'assign',
  '|': 'pipe',
  '(': 'leftParen',
  ')': 'rightParen',
}

type Scanner = (cursor: Cursor) => boolean

const scanners: readonly (readonly [RegExp, Scanner])[] = [
  [/[ \t\r\n]/y, scanSpace],
  [/:/y, cursor => (take(cursor, /:=/y) ? emit(cursor, 'declare') : fail(cursor, 'expected :='))],
  [/["'`]/y, scanQuoted],
  [/\$/y, scanVariable],
  [/\.(?=[^\d])/y, scanField],
  [/[+\-.\d]/y, scanNumber],
  [/[=|()]/y, scanPunctuation],
]

function scanToken(cursor: Cursor): boolean {
  if (cursor.at >= cursor.source.length) return fail(cursor, 'unclosed action')
  for (const [pattern, scanner] of scanners) {
    pattern.lastIndex = cursor.at
    if (pattern.test(cursor.source)) return scanner(cursor)
  }
  return scanWord(cursor) || scanOther(cursor)
}

const spaces = /(?:[ \t\r\n](?!-}}))+/y

function scanSpace(cursor: Cursor): boolean {
  take(cursor, spaces)
  return emit(cursor, 'space')
}

function scanPunctuation(cursor: Cursor): boolean {
  const kind = single[cursor.source.charAt(cursor.at)] ?? 'char'
  cursor.parentheses += kind === 'leftParen' ? 1 : kind === 'rightParen' ? -1 : 0
  if (cursor.parentheses < 0) return fail(cursor, 'unexpected right paren')
  cursor.at++
  return emit(cursor, kind)
}

const quoted: Readonly<Record<string, readonly [RegExp, TokenKind, string]>> = {
  '"': [/"(?:[^"\\\n]|\\[^\n])*"/y, 'string', 'unterminated quoted string'],
  "'": [/'(?:[^'\\\n]|\\[^\n])*'/y, 'charConstant', 'unterminated character constant'],
  '`': [/`[^`]*`/y, 'rawString', 'unterminated raw quoted string'],
}

function scanQuoted(cursor: Cursor): boolean {
  const [pattern, kind, message] = quoted[cursor.source.charAt(cursor.at)] ?? [/^$/y, 'error', '']
  return take(cursor, pattern) ? emit(cursor, kind as TokenKind) : fail(cursor, message)
}

const number =
  /[+-]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/y

function scanNumber(cursor: Cursor): boolean {
  if (!takeNumber(cursor)) return badNumber(cursor)
  if (!/[+-]/.test(cursor.source.charAt(cursor.at))) return emit(cursor, 'number')
  const complete = takeNumber(cursor) && cursor.source[cursor.at - 1] === 'i'
  return complete ? emit(cursor, 'complex') : badNumber(cursor)
}

/** Nothing alphanumeric may follow; the first such rune is read for the message. */
function takeNumber(cursor: Cursor): boolean {
  take(cursor, number)
  const size = alphanumericAt(cursor)
  cursor.at += size
  return size === 0
}

const badNumber = (cursor: Cursor): false =>
  fail(cursor, `bad number syntax: ${quoteText(cursor.source.slice(cursor.start, cursor.at))}`)

/** The size of the letter, digit or underscore here, else 0. */
function alphanumericAt({ source, at }: Cursor): number {
  if (at >= source.length) return 0
  const { code, size } = runeAt(source, at)
  return code === 0x5f || isLetter(code) || isDigit(code) ? size : 0
}

function takeAlphanumeric(cursor: Cursor): void {
  for (let size = alphanumericAt(cursor); size > 0; size = alphanumericAt(cursor)) cursor.at += size
}

const terminator = /[ \t\r\n.,|:()]|}}|$/y

function atTerminator(cursor: Cursor): boolean {
  terminator.lastIndex = cursor.at
  return terminator.test(cursor.source)
}

const badCharacter = (cursor: Cursor): false =>
  fail(cursor, `bad character ${describeRune(runeAt(cursor.source, cursor.at).code)}`)

function describeRune(code: number): string {
  const shown = isPrint(code) ? ` '${encodeRune(code)}'` : ''
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}${shown}`
}

function scanField(cursor: Cursor): boolean {
  cursor.at++
  if (atTerminator(cursor)) return emit(cursor, 'dot')
  takeAlphanumeric(cursor)
  return atTerminator(cursor) ? emit(cursor, 'field') : badCharacter(cursor)
}

function scanVariable(cursor: Cursor): boolean {
  cursor.at++
  takeAlphanumeric(cursor)
  return atTerminator(cursor) ? emit(cursor, 'variable') : badCharacter(cursor)
}

/** False, without a token, when no word begins here. */
function scanWord(cursor: Cursor): boolean {
  if (alphanumericAt(cursor) === 0) return false
  takeAlphanumeric(cursor)
  if (!atTerminator(cursor)) return badCharacter(cursor)
  const word = cursor.source.slice(cursor.start, cursor.at)
  if (isKeyword(word)) return emit(cursor, word)
  return emit(cursor, word === 'true' || word === 'false' ? 'bool' : 'identifier')
}

function scanOther(cursor: Cursor): boolean {
  if (cursor.tokens.at(-1)?.kind === 'error') return false
  const { code } = runeAt(cursor.source, cursor.at)
  if (code >= 0x80 || !isPrint(code)) {
    return fail(cursor, `unrecognized character in action: ${describeRune(code)}`)
  }
  cursor.at++
  return emit(cursor, 'char')
}
