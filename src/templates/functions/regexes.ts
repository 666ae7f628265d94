/** Regular expressions. The `must` functions return Go's error where the others panic with another text. */
import { bytesOf, textOf } from '../../lib/bytes.ts'
import { callError } from '../go/call-error.ts'
import { fixed } from '../go/callable.ts'
import { quoteText } from '../go/quote.ts'
import { maxText } from '../go/size.ts'
import { nilStrings, strings, type Value } from '../go/value.ts'
import {
  compileExpression,
  type Expression,
  expand,
  type Found,
  findAll,
} from '../text/expression.ts'
import type { FunctionGroup } from './function.ts'

type Use = (source: string) => Expression

const must: Use = source => {
  const made = compileExpression(source)
  if (made instanceof Error) throw callError(made.message)
  return made
}

const panicking: Use = source => {
  const made = compileExpression(source)
  if (made instanceof Error) throw callError(`regexp: Compile(${quoted(source)}): ${made.message}`)
  return made
}

const quoted = (source: string): string =>
  source.includes('`') ? quoteText(source) : `\`${source}\``

const matches = (expression: Expression, text: string): boolean =>
  findAll(expression, textOf(text), 1).length > 0

const whole = ({ groups }: Found): string => bytesOf(groups[0] ?? '')

function allOf(expression: Expression, text: string, most: number): Value {
  const found = findAll(expression, textOf(text), most)
  return found.length === 0 ? nilStrings : strings(found.map(whole))
}

function firstOf(expression: Expression, text: string): string {
  const [found] = findAll(expression, textOf(text), 1)
  return found === undefined ? '' : whole(found)
}

type Replacement = (found: Found, expression: Expression) => string

function replaced(expression: Expression, bytes: string, replacement: Replacement): string {
  const text = textOf(bytes)
  let out = ''
  let at = 0
  for (const found of findAll(expression, text, -1)) {
    out += text.slice(at, found.start) + replacement(found, expression)
    at = found.end
    if (out.length > maxText) throw callError('output is larger than 1 MiB')
  }
  return bytesOf(out + text.slice(at))
}

function split(source: string, expression: Expression, [bytes, most]: [string, number]): Value {
  if (most === 0) return nilStrings
  if (source !== '' && bytes === '') return strings([''])
  const text = textOf(bytes)
  const parts: string[] = []
  let [start, end] = [0, 0]
  for (const found of findAll(expression, text, most)) {
    if (most > 0 && parts.length === most - 1) break
    end = found.start
    if (found.end !== 0) parts.push(text.slice(start, end))
    start = found.end
  }
  if (end !== text.length) parts.push(text.slice(start))
  return strings(parts.map(bytesOf))
}

const find = (use: Use) => fixed(['string', 'string'], (source, text) => firstOf(use(source), text))
const findEvery = (use: Use) =>
  fixed(['string', 'string', 'int'], (source, text, most) => allOf(use(source), text, most))
const replaceAll = (use: Use) =>
  fixed(['string', 'string', 'string'], (source, text, replacement) => {
    const template = textOf(replacement)
    return replaced(use(source), text, (found, expression) => expand(template, found, expression))
  })
const replaceLiterally = (use: Use) =>
  fixed(['string', 'string', 'string'], (source, text, replacement) => {
    const literal = textOf(replacement)
    return replaced(use(source), text, () => literal)
  })
const splitBy = (use: Use) =>
  fixed(['string', 'string', 'int'], (source, text, most) =>
    split(source, use(source), [text, most]),
  )

export const regexes: FunctionGroup = {
  regexMatch: fixed(['string', 'string'], (source, text) => {
    const made = compileExpression(source)
    return !(made instanceof Error) && matches(made, text)
  }),
  mustRegexMatch: fixed(['string', 'string'], (source, text) => matches(must(source), text)),
  regexFind: find(panicking),
  mustRegexFind: find(must),
  regexFindAll: findEvery(panicking),
  mustRegexFindAll: findEvery(must),
  regexReplaceAll: replaceAll(panicking),
  mustRegexReplaceAll: replaceAll(must),
  regexReplaceAllLiteral: replaceLiterally(panicking),
  mustRegexReplaceAllLiteral: replaceLiterally(must),
  regexSplit: splitBy(panicking),
  mustRegexSplit: splitBy(must),
  regexQuoteMeta: fixed(['string'], text => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')),
}
