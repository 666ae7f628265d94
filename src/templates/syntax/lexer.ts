/** Converts template text to tokens: text outside `{{ }}`, and the tokens of `lex-action.ts` inside. */
import { type Cursor, cursorOf, emit, fail, skip } from './cursor.ts'
import { scanAction } from './lex-action.ts'
import type { Token } from './tokens.ts'

/** The last token is `eof` or `error`. */
export function lex(source: string): readonly Token[] {
  const cursor = cursorOf(source)
  while (scanText(cursor) && scanDelimited(cursor));
  return cursor.tokens
}

const leftTrim = /{{-[ \t\r\n]/y
const leadingSpace = /[ \t\r\n]*/y

function startsWith(cursor: Cursor, pattern: RegExp): boolean {
  pattern.lastIndex = cursor.at
  return pattern.test(cursor.source)
}

/** Reads up to the next `{{`; false at the end. */
function scanText(cursor: Cursor): boolean {
  const found = cursor.source.indexOf('{{', cursor.at)
  const end = found < 0 ? cursor.source.length : found
  cursor.at = end
  const trims = found >= 0 && startsWith(cursor, leftTrim)
  const text = cursor.source.slice(cursor.start, end)
  cursor.at -= trims ? trimmedLength(text) : 0
  if (cursor.at > cursor.start) emit(cursor, 'text')
  cursor.at = end
  skip(cursor)
  if (found < 0) emit(cursor, 'eof')
  return found >= 0
}

function trimmedLength(text: string): number {
  let end = text.length
  while (end > 0 && ' \t\r\n'.includes(text.charAt(end - 1))) end--
  return text.length - end
}

/** Reads `{{ … }}`: a comment or an action. */
function scanDelimited(cursor: Cursor): boolean {
  const marker = startsWith(cursor, leftTrim) ? 2 : 0
  if (cursor.source.startsWith('/*', cursor.at + 2 + marker)) return scanComment(cursor, marker)
  cursor.at += 2
  emit(cursor, 'left')
  cursor.at += marker
  skip(cursor)
  cursor.parentheses = 0
  return scanAction(cursor) && closeAction(cursor)
}

function scanComment(cursor: Cursor, marker: number): boolean {
  cursor.at += 2 + marker
  skip(cursor)
  const end = cursor.source.indexOf('*/', cursor.at + 2)
  if (end < 0) return fail(cursor, 'unclosed comment')
  cursor.at = end + 2
  const trims = /[ \t\r\n]-}}/y
  if (!startsWith(cursor, trims) && !startsWith(cursor, /}}/y)) {
    return fail(cursor, 'comment ends before closing delimiter')
  }
  return closeAction(cursor, false)
}

/** Reads `}}`, or ` -}}` with the white space after it. */
function closeAction(cursor: Cursor, emits = true): true {
  const trims = !cursor.source.startsWith('}}', cursor.at)
  cursor.at += trims ? 2 : 0
  skip(cursor)
  cursor.at += 2
  if (emits) emit(cursor, 'right')
  if (trims) {
    leadingSpace.lastIndex = cursor.at
    leadingSpace.test(cursor.source)
    cursor.at = leadingSpace.lastIndex
  }
  skip(cursor)
  return true
}
