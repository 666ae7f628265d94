/** Converts values and lists to texts: `toString`, `quote`, `join`, `split`, `cat`. */
import { textOfValue } from '../fmt/print-value.ts'
import { fixed, variadic } from '../go/callable.ts'
import { itemsOf } from '../go/collections.ts'
import { kinded, typeName } from '../go/kind.ts'
import { quoteText } from '../go/quote.ts'
import { replaceItems } from '../go/rendering.ts'
import { checkSize } from '../go/size.ts'
import { stringMap } from '../go/string-map.ts'
import { type GoList, strings, type Value } from '../go/value.ts'
import { split } from '../text/split.ts'
import type { FunctionGroup } from './function.ts'

const present = (values: readonly Value[]): readonly Value[] =>
  values.filter(value => value !== null && value !== undefined)

function joined(texts: readonly string[], separator: string): string {
  let out = ''
  texts.forEach((text, i) => {
    out = checkSize(out + (i > 0 ? separator : '') + text)
  })
  return out
}

/** The items as texts, without nil; any other value becomes a list of its own text. */
export function textsOf(value: Value): readonly string[] {
  const it = kinded(value)
  if (it.kind === 'nil') return []
  return it.kind === 'list' ? present(itemsOf(it.value)).map(textOfValue) : [textOfValue(value)]
}

/** Sorts a `[]string` in place, as Oathkeeper does. */
function sortAlpha(value: Value): Value {
  const it = kinded(value)
  if (it.kind !== 'list') return strings([textOfValue(value ?? null)])
  const sorted = textsOf(value).toSorted()
  if (typeName(value) !== '[]string') return strings(sorted)
  replaceItems((it.value as GoList).items, sorted)
  return value
}

const numbered = (parts: readonly string[]): Value =>
  stringMap(new Map(parts.map((part, i) => [`_${i}`, part])))

export const joining: FunctionGroup = {
  toString: fixed(['any'], textOfValue),
  toStrings: fixed(['any'], value =>
    typeName(value) === '[]string' ? value : strings(textsOf(value)),
  ),
  quote: variadic([], 'any', (...values) =>
    joined(
      present(values).map(value => quoteText(textOfValue(value))),
      ' ',
    ),
  ),
  squote: variadic([], 'any', (...values) =>
    joined(
      present(values).map(value => `'${textOfValue(value)}'`),
      ' ',
    ),
  ),
  cat: variadic([], 'any', (...values) => joined(present(values).map(textOfValue), ' ')),
  join: fixed(['string', 'any'], (separator, value) => joined(textsOf(value), separator)),
  sortAlpha: fixed(['any'], sortAlpha),
  split: fixed(['string', 'string'], (separator, text) => numbered(split(text, separator))),
  splitn: fixed(['string', 'int', 'string'], (separator, count, text) =>
    numbered(split(text, separator, count)),
  ),
  splitList: fixed(['string', 'string'], (separator, text) => strings(split(text, separator))),
}
