import { parseEvents } from 'js-yaml'
import { createLineFinder } from './lines.ts'
import { type Parsed, type Positions, type SyntaxProblem, syntaxProblem } from './source.ts'
import { positionsOf } from './yaml.ts'

const maxDepth = 50

/** JSON is YAML, as far as positions go; where the YAML reader disagrees, positions are missing. */
export function parseJsonFile(source: string): Parsed | SyntaxProblem {
  if (source.trim() === '') return { kind: 'parsed', value: undefined, positions: new Map() }
  try {
    return { kind: 'parsed', value: JSON.parse(source), positions: jsonPositions(source) }
  } catch (error) {
    return jsonProblem(source, error)
  }
}

function jsonPositions(source: string): Positions {
  try {
    // Tabs may not indent in YAML; a space is as wide.
    const text = source.replaceAll('\t', ' ')
    return positionsOf(text, parseEvents(text, { maxDepth }))
  } catch {
    return new Map()
  }
}

function jsonProblem(source: string, error: unknown): SyntaxProblem {
  if (!(error instanceof SyntaxError)) throw error
  const [, offset] = /at position (\d+)/.exec(error.message) ?? []
  const end = source.trimEnd().length
  const position = createLineFinder(source)(offset === undefined ? end : Number(offset))
  const what = error.message.replace(/ in JSON at position.*/s, '').replace(/\s+/g, ' ')
  return syntaxProblem(what.slice(0, 120), 'JSON', position)
}
