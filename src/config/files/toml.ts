import { parse, TomlDate, TomlError } from 'smol-toml'
import {
  type Parsed,
  type Position,
  type Positions,
  positionKey,
  type SyntaxProblem,
  syntaxProblem,
} from './source.ts'

const maxDepth = 50

export function parseToml(source: string): Parsed | SyntaxProblem {
  try {
    const value = withoutDates(parse(source, { maxDepth }))
    return { kind: 'parsed', value, positions: tomlPositions(source) }
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [summary = error.message] = error.message.split('\n', 1)
    return syntaxProblem(summary.replace('Invalid TOML document: ', ''), 'TOML', {
      line: error.line,
      column: error.column,
    })
  }
}

/** Dates become strings, because no key of the configuration is a date. */
function withoutDates(value: unknown): unknown {
  if (value instanceof TomlDate) return value.toISOString()
  if (Array.isArray(value)) return value.map(withoutDates)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutDates(item)]))
}

const header = /^\s*\[\[?\s*([^\]]+?)\s*\]/
const member = /^\s*([A-Za-z0-9_."'-][A-Za-z0-9_."' -]*?)\s*=/

/** Finds keys line by line, approximately: the library does not report positions. */
function tomlPositions(source: string): Positions {
  const positions = new Map<string, Position>()
  let table: readonly string[] = []
  for (const [i, line] of source.split('\n').entries()) {
    const position = { line: i + 1, column: line.search(/\S/) + 1 }
    const name = header.exec(line)?.[1]
    const key = member.exec(line)?.[1]
    if (name !== undefined) table = keysOf(name)
    if (name !== undefined) positions.set(positionKey(table), position)
    else if (key !== undefined) positions.set(positionKey([...table, ...keysOf(key)]), position)
  }
  return positions
}

const keysOf = (dotted: string): readonly string[] =>
  [...dotted.matchAll(/"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  )
