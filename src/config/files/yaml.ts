/** YAML 1.2: `yes` and `on` are strings, duplicate keys are refused, nesting and aliases are limited. */
import {
  CORE_SCHEMA,
  constructFromEvents,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml'
import { createLineFinder } from './lines.ts'
import {
  type Parsed,
  type Position,
  type Positions,
  positionKey,
  type SyntaxProblem,
  syntaxProblem,
} from './source.ts'

const maxDepth = 50
const maxAliases = 1000

export function parseYaml(source: string): Parsed | SyntaxProblem {
  try {
    const events = parseEvents(source, { maxDepth })
    const documents = constructFromEvents(events, { source, schema: CORE_SCHEMA, maxAliases })
    if (documents.length > 1) {
      return syntaxProblem(`${documents.length} documents`, 'one document in a file')
    }
    return { kind: 'parsed', value: documents[0], positions: positionsOf(source, events) }
  } catch (error) {
    return yamlProblem(error)
  }
}

/** Throws what is not an error of the text. */
export function yamlProblem(error: unknown): SyntaxProblem {
  if (!(error instanceof YAMLException)) throw error
  const { reason, mark } = error
  const position = mark && { line: mark.line + 1, column: mark.column + 1 }
  return syntaxProblem(reason, 'YAML', position)
}

interface Open {
  readonly path: readonly string[]
  readonly isList: boolean
  /** In a mapping: the key whose value comes next. In a list: the index of the next item. */
  next: string | number | undefined
}

/** The position of each value, by its path. Keys that are not plain scalars have no position. */
export function positionsOf(source: string, events: readonly Event[]): Positions {
  const find = createLineFinder(source)
  const positions = new Map<string, Position>()
  const open: Open[] = []
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) open.push({ path: [], isList: false, next: '' })
    else if (event.type === EVENT_ID.POP) open.pop()
    else place(event, open, { source, find, positions })
  }
  return positions
}

interface Sink {
  readonly source: string
  readonly find: (offset: number) => Position
  readonly positions: Map<string, Position>
}

type NodeEvent = Exclude<Event, { readonly type: typeof EVENT_ID.DOCUMENT | typeof EVENT_ID.POP }>

function place(event: NodeEvent, open: Open[], sink: Sink): void {
  const parent = open.at(-1)
  if (parent === undefined) return
  const isDocument = open.length === 1
  const isKey = !isDocument && !parent.isList && parent.next === undefined
  const path = isKey ? [] : pathIn(parent, isDocument)
  if (isKey) placeKey(event, parent, sink)
  else placeValue(event, { ...parent, path }, sink)
  if (!isKey) advance(parent)
  if (event.type === EVENT_ID.MAPPING) open.push({ path, isList: false, next: undefined })
  if (event.type === EVENT_ID.SEQUENCE) open.push({ path, isList: true, next: 0 })
}

function placeKey(event: NodeEvent, parent: Open, { source, find, positions }: Sink): void {
  parent.next = event.type === EVENT_ID.SCALAR ? getScalarValue(source, event) : ''
  positions.set(positionKey([...parent.path, parent.next]), find(startOf(event)))
}

/** A list item has no key, so its position is that of its value. */
function placeValue(event: NodeEvent, { path, isList }: Open, { find, positions }: Sink): void {
  if (isList) positions.set(positionKey(path), find(startOf(event)))
}

const pathIn = ({ path, next }: Open, isDocument: boolean): readonly string[] =>
  isDocument ? path : [...path, String(next ?? '')]

function advance(parent: Open): void {
  parent.next = typeof parent.next === 'number' ? parent.next + 1 : undefined
}

function startOf(event: NodeEvent): number {
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart
  if (event.type === EVENT_ID.SCALAR) return startOfScalar(event)
  return Math.max(0, event.start)
}

/** The position includes the quote; the value begins after it. */
const startOfScalar = ({ valueStart, style }: ScalarEvent): number =>
  Math.max(0, style === 2 || style === 3 ? valueStart - 1 : valueStart)
