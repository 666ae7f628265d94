/** Texts: case, trimming, parts, tests. Lengths and positions are in bytes. */
import { bytesOf } from '../../lib/bytes.ts'
import { callError } from '../go/call-error.ts'
import { fixed } from '../go/callable.ts'
import { maxText } from '../go/size.ts'
import { abbreviate, abbreviateBoth } from '../text/abbreviate.ts'
import { swapCase, title, toLower, toUpper, untitle } from '../text/case.ts'
import { substring, truncate } from '../text/slice.ts'
import { splitRunes } from '../text/split.ts'
import { trimSet, trimSpace } from '../text/trim.ts'
import { toKebabCase, toPascalCase, toSnakeCase } from '../text/words.ts'
import { wrap } from '../text/wrap.ts'
import type { FunctionGroup } from './function.ts'

export function repeat(text: string, count: number): string {
  if (count < 0) throw callError('strings: negative Repeat count')
  if (text.length * count > maxText) throw callError('output is larger than 1 MiB')
  return text.repeat(count)
}

/** The library removes white space byte by byte; then each remaining byte is written as a character of its own. */
const spaceBytes = /[\t-\r \x85\xa0]/g

function withoutSpaces(text: string): string {
  const left = text.replace(spaceBytes, '')
  return left.length === text.length ? text : bytesOf(left)
}

const initials = (text: string): string =>
  bytesOf(
    text
      .split(/[\t-\r \x85\xa0]+/)
      .map(word => word.charAt(0))
      .join(''),
  )

function indent(spaces: number, text: string): string {
  const pad = repeat(' ', spaces)
  return pad + replace('\n', `\n${pad}`, text)
}

/** An empty `old` matches before each character and at the end. */
function replace(old: string, replacement: string, text: string): string {
  const parts = old === '' ? ['', ...splitRunes(text), ''] : text.split(old)
  const size = text.length + (parts.length - 1) * (replacement.length - old.length)
  if (size > maxText) throw callError('output is larger than 1 MiB')
  return parts.join(replacement)
}

const cut = (text: string, from: number, to: number): string => text.slice(from, to)

export const strings: FunctionGroup = {
  abbrev: fixed(['int', 'string'], abbreviate),
  abbrevboth: fixed(['int', 'int', 'string'], abbreviateBoth),
  trunc: fixed(['int', 'string'], truncate),
  substr: fixed(['int', 'int', 'string'], substring),
  trim: fixed(['string'], trimSpace),
  trimall: fixed(['string', 'string'], (set, text) => trimSet(text, set)),
  trimAll: fixed(['string', 'string'], (set, text) => trimSet(text, set)),
  trimSuffix: fixed(['string', 'string'], (end, text) =>
    text.endsWith(end) ? cut(text, 0, text.length - end.length) : text,
  ),
  trimPrefix: fixed(['string', 'string'], (start, text) =>
    text.startsWith(start) ? cut(text, start.length, text.length) : text,
  ),
  upper: fixed(['string'], toUpper),
  lower: fixed(['string'], toLower),
  title: fixed(['string'], title),
  untitle: fixed(['string'], untitle),
  swapcase: fixed(['string'], swapCase),
  snakecase: fixed(['string'], toSnakeCase),
  kebabcase: fixed(['string'], toKebabCase),
  camelcase: fixed(['string'], toPascalCase),
  repeat: fixed(['int', 'string'], (count, text) => repeat(text, count)),
  nospace: fixed(['string'], withoutSpaces),
  initials: fixed(['string'], initials),
  wrap: fixed(['int', 'string'], (width, text) =>
    wrap(text, { width, newLine: '', cutWords: false }),
  ),
  wrapWith: fixed(['int', 'string', 'string'], (width, newLine, text) =>
    wrap(text, { width, newLine, cutWords: true }),
  ),
  contains: fixed(['string', 'string'], (part, text) => text.includes(part)),
  hasPrefix: fixed(['string', 'string'], (start, text) => text.startsWith(start)),
  hasSuffix: fixed(['string', 'string'], (end, text) => text.endsWith(end)),
  indent: fixed(['int', 'string'], indent),
  nindent: fixed(['int', 'string'], (spaces, text) => `\n${indent(spaces, text)}`),
  replace: fixed(['string', 'string', 'string'], replace),
  plural: fixed(['string', 'string', 'int'], (one, many, count) => (count === 1 ? one : many)),
  hello: fixed([], () => 'Hello!'),
}
