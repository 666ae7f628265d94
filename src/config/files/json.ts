import { parseEvents } from 'js-yaml'
import { createLineFinder } from './lines.ts'
import { type Parsed, type Positions, type SyntaxProblem, syntaxProblem } from './source.ts'
import { positionsOf } from './yaml.ts'

const maxDepth = 50

/** Positions come from the YAML reader, because JSON is also YAML; they are missing where that reader disagrees. */
export function parseJsonFile(source: string): Parsed | SyntaxProblem {
  if (source.trim() === '') return { kind: 'parsed', value: undefined, positions: new Map() }
  try {
    return { kind: 'parsed', value: JSON.parse(source), positions: positionsIn(source) }
  } catch (error) {
    return jsonProblem(source, error)
  }
}

/** The positions in a text in JSON or YAML; none when it is neither. */
export function positionsIn(source: string): Positions {
  try {
    // YAML does not allow tabs for indentation; a space has the same width.
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

/** Without the part of the file that some messages quote, because it may contain a secret. */
const reasonOf = ({ message }: SyntaxError): string =>
  message.replace(/ in JSON at position.*|, (?:\.\.\.)?".*/s, '').replace(/\s+/g, ' ')

/** Where the parser stopped. If the message does not say so, it is the end of the longest valid beginning. */
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
