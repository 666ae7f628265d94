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
  const position = createLineFinder(source)(offsetOf(error, source))
  return syntaxProblem(reasonOf(error), 'JSON', position)
}

/** Without the piece of the file that some messages quote: it may hold a secret. */
const reasonOf = ({ message }: SyntaxError): string =>
  message.replace(/ in JSON at position.*|, (?:\.\.\.)?".*/s, '').replace(/\s+/g, ' ')

/** Where the parser stopped. Not every message says so: then it is the longest beginning that could go on. */
function offsetOf(error: SyntaxError, source: string): number {
  const said = /at position (\d+)/.exec(error.message)?.[1]
  if (said !== undefined) return Number(said)
  let [fine, broken] = [0, source.length + 1]
  while (broken - fine > 1) {
    const middle = (fine + broken) >> 1
    if (couldGoOn(source.slice(0, middle))) fine = middle
    else broken = middle
  }
  return Math.min(fine, source.trimEnd().length)
}

function couldGoOn(beginning: string): boolean {
  try {
    JSON.parse(beginning)
    return true
  } catch (error) {
    const { message } = error as SyntaxError
    const at = /at position (\d+)/.exec(message)?.[1]
    return at === undefined
      ? /^Unexpected end/.test(message)
      : Number(at) >= beginning.length || /^Unterminated string/.test(message)
  }
}
