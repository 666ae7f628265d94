/** Parses the text of a rule document: JSON or YAML 1.1 (the first document), of bounded depth and size. */
import { loadAll, YAML11_SCHEMA, YAMLException } from 'js-yaml'
import { type JsonValue, toByteStrings, tryJson } from '../../lib/json.ts'

/** Lists and objects in each other; a configuration may have as many. */
const mostLevels = 100
const mostValues = 5_000_000

/**
 * The value, with byte strings; undefined or null: the text has none. Throws an Error that says what is wrong. `warn` gets
 * the first key that an object of YAML has twice: the last one counts, as in Oathkeeper.
 */
export function parseText(
  text: string,
  warn: (message: string) => void = () => undefined,
): JsonValue | undefined {
  if (text.trim() === '') return null
  const value = tryJson(text, JSON.parse) ?? parseYaml(text, warn)
  if (value === undefined) return undefined
  countValues(value, { left: mostValues, within: [] })
  return toByteStrings(value)
}

function parseYaml(text: string, warn: (message: string) => void): JsonValue | undefined {
  try {
    return firstDocument(text, false)
  } catch (error) {
    if (!(error instanceof YAMLException) || error.reason !== 'duplicated mapping key') {
      throw new SyntaxError(reasonOf(error))
    }
    warn(`found a key twice in one object${placeOf(error)}, of which only the last one counts`)
  }
  try {
    return firstDocument(text, true)
  } catch (error) {
    throw new SyntaxError(reasonOf(error))
  }
}

function firstDocument(text: string, allowsTwins: boolean): JsonValue | undefined {
  // The parser counts what a list or object contains as a level, too.
  const maxDepth = mostLevels + 1
  const [yaml] = loadAll(text, { schema: YAML11_SCHEMA, json: allowsTwins, maxDepth })
  return yaml as JsonValue | undefined
}

const placeOf = ({ mark }: YAMLException): string =>
  mark ? ` at line ${mark.line + 1}, column ${mark.column + 1}` : ''

/** The YAML parser's reason, since JSON is also YAML. Leaves out the lines that its message quotes: a rule may contain a secret. */
function reasonOf(error: unknown): string {
  if (!(error instanceof YAMLException)) {
    return `neither JSON nor YAML: ${error instanceof Error ? error.message : error}`
  }
  const { reason } = error
  const at = placeOf(error)
  if (reason.startsWith('nesting exceeded')) return tooDeep(at)
  return `neither JSON nor YAML: ${reason}${at}`
}

const tooDeep = (at: string): string =>
  `found more than ${mostLevels} levels${at}, expected at most ${mostLevels}`

interface Count {
  left: number
  /** The lists and objects around the value. */
  readonly within: JsonValue[]
}

/** Throws when there are too many levels or values: aliases make a few lines of YAML endless, or larger than the memory. */
function countValues(value: JsonValue, count: Count): void {
  count.left -= 1
  if (count.left < 0) throw new RangeError(`found more than ${mostValues} values, expected fewer`)
  if (typeof value !== 'object' || value === null) return
  const { within } = count
  if (within.length === mostLevels) throw new RangeError(depthProblem([...within, value]))
  within.push(value)
  for (const item of Object.values(value)) countValues(item, count)
  within.pop()
}

const depthProblem = (within: readonly JsonValue[]): string =>
  new Set(within).size < within.length
    ? 'found an alias inside its own anchor, expected no cycle'
    : tooDeep('')
