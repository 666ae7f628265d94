/** `print`, `printIndex`, `printf`, `println`, and the escaping functions. */

import { textOfValue } from '../fmt/print-value.ts'
import { printable, sprint } from '../fmt/printable.ts'
import { sprintf } from '../fmt/printf.ts'
import { callError } from '../go/call-error.ts'
import { fixed, variadic } from '../go/callable.ts'
import { itemsOf } from '../go/collections.ts'
import { kinded } from '../go/kind.ts'
import { checkSize } from '../go/size.ts'
import { escapeQuery } from '../go/url-escape.ts'
import { isPrint, runes } from '../go/utf8.ts'
import type { Callable, Value } from '../go/value.ts'
import type { FunctionGroup } from './function.ts'

/** The text of one item; empty when the value is not a list or has no such item. */
function printIndex(list: Value, index: number): string {
  const it = kinded(list)
  const items = it.kind === 'list' ? itemsOf(it.value) : []
  if (it.kind !== 'list' || index >= items.length) return ''
  if (index < 0) throw callError('reflect: slice index out of range')
  return textOfValue(items[index] ?? null)
}

const entities: Readonly<Record<string, string>> = {
  '\0': '\xef\xbf\xbd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
}

const htmlSpecial = /[\0"'&<>]/g

const escapeHtml = (text: string): string =>
  text.replace(htmlSpecial, character => entities[character] ?? character)

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be escaped
const jsSpecial = /[\0-\x1f\\'"<>&=\x80-\xff]/

function escapeJs(text: string): string {
  if (!jsSpecial.test(text)) return text
  let out = ''
  for (const { code, size, index } of runes(text)) {
    out +=
      code < 0x80 ? jsCharacter(text.charAt(index)) : jsRune(text.slice(index, index + size), code)
  }
  return out
}

function jsCharacter(character: string): string {
  if (!jsSpecial.test(character)) return character
  return '\\\'"'.includes(character) ? `\\${character}` : unicodeEscape(character.charCodeAt(0))
}

/** A byte that is not valid UTF-8 decodes as U+FFFD, which is printable, so the byte stays unchanged. */
const jsRune = (bytes: string, code: number): string =>
  isPrint(code) ? bytes : unicodeEscape(code)

const unicodeEscape = (code: number): string =>
  `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`

const escaping = (quote: (text: string) => string): Callable =>
  variadic([], 'any', (...values) => checkSize(quote(checkSize(sprint(values.map(printable))))))

export const printing: FunctionGroup = {
  print: fixed(['any'], value => (value === null || value === undefined ? '' : textOfValue(value))),
  printIndex: fixed(['any', 'int'], printIndex),
  printf: variadic(['string'], 'any', (format, ...values) => sprintf(format, values)),
  println: variadic([], 'any', (...values) => checkSize(`${values.map(textOfValue).join(' ')}\n`)),
  html: escaping(escapeHtml),
  js: escaping(escapeJs),
  urlquery: escaping(escapeQuery),
}
