/** The condition of a GJSON query: `path op value`, or only a path, which must exist. */
import { isJsonObject, type JsonValue, tryJson } from '../json.ts'
import { compileWildcard } from './wildcard.ts'

type Find = (value: JsonValue) => JsonValue | undefined
type Holds = (item: JsonValue) => boolean

const operator = /==|!=|<=|>=|!%|[=<>%]/y

interface Parts {
  readonly left: string
  readonly operator: string | undefined
  readonly right: string
}

/** Splits at the first operator outside brackets and quotes. */
function split(source: string): Parts {
  let depth = 0
  for (const { 0: text, index } of source.matchAll(/\\[\s\S]|"(?:\\[\s\S]|[^"\\])*"|[\s\S]/g)) {
    if (text === '(') depth++
    if (text === ')') depth--
    operator.lastIndex = index
    const [found] = (depth === 0 && operator.exec(source)) || []
    if (found !== undefined) {
      const right = source.slice(index + found.length).trim()
      return { left: source.slice(0, index).trim(), operator: found, right }
    }
  }
  return { left: source.trim(), operator: undefined, right: '' }
}

export function compileQuery(source: string, compilePath: (path: string) => Find): Holds {
  const { left, operator: name, right } = split(source)
  const find: Find =
    left === '' ? item => (isJsonObject(item) ? undefined : item) : compilePath(left)
  if (name === undefined) return item => find(item) !== undefined
  const compare = comparisonOf(name, literalOf(right))
  return item => {
    const found = find(item)
    return found !== undefined && compare(found)
  }
}

function literalOf(text: string): JsonValue {
  const value = tryJson(text, JSON.parse)
  return value === undefined ? text : value
}

type Compare = (found: JsonValue) => boolean

function comparisonOf(name: string, wanted: JsonValue): Compare {
  switch (name) {
    case '=':
    case '==':
      return found => found === wanted
    case '!=':
      return found => found !== wanted
    case '%':
    case '!%': {
      const matches = compileWildcard(String(wanted))
      const like = name === '%'
      return found => typeof found === 'string' && matches(found) === like
    }
    default:
      return orderOf(name, wanted)
  }
}

function orderOf(name: string, wanted: JsonValue): Compare {
  const isLess = name.startsWith('<')
  const orEqual = name.endsWith('=')
  return found => {
    if (typeof found !== typeof wanted || found === null || wanted === null) return false
    if (found === wanted) return orEqual
    return isLess ? found < wanted : found > wanted
  }
}
