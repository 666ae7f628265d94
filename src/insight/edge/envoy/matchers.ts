/** Lists of Envoy's string matchers. */
import { RE2JS } from 're2js'
import type { HeaderList } from '../caller.ts'
import { isSet, type Located, textIn } from '../document.ts'

/** An empty list matches nothing. */
export function headerList(list: Located): HeaderList {
  const tests = list.get('patterns').items().map(toTest)
  return { at: list.at, test: name => tests.some(test => test(name)) }
}

function toTest(pattern: Located): (name: string) => boolean {
  const lower = pattern.get('ignore_case').value === true
  const read = (key: string): string =>
    lower ? textIn(pattern.get(key)).toLowerCase() : textIn(pattern.get(key))
  const regex = textIn(pattern.get('safe_regex', 'regex'))
  if (isSet(pattern.get('exact'))) return name => name === read('exact')
  if (isSet(pattern.get('prefix'))) return name => name.startsWith(read('prefix'))
  if (isSet(pattern.get('suffix'))) return name => name.endsWith(read('suffix'))
  if (isSet(pattern.get('contains'))) return name => name.includes(read('contains'))
  return matcherOf(regex, lower)
}

/** The whole text, in linear time; false where the expression is not valid. */
export function matcherOf(regex: string, ignoreCase = false): (text: string) => boolean {
  if (regex === '') return () => false
  try {
    const expression = RE2JS.compile(regex, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
    return text => expression.matches(text)
  } catch {
    return () => false
  }
}
