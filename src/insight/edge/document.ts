/** Documents in YAML or JSON whose members have places. Members of Envoy's messages have two spellings. */
import { CORE_SCHEMA, constructFromEvents, EVENT_ID, type Event, parseEvents } from 'js-yaml'
import { type Positions, positionKey, type SyntaxProblem } from '../../config/files/source.ts'
import { positionsOf, yamlProblem } from '../../config/files/yaml.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { Place } from '../lint/finding.ts'
import type { Path } from '../lint/linted.ts'

export interface Located {
  readonly value: JsonValue
  readonly path: Path
  readonly at: Place
  /** The member, in snake_case or in camelCase. Of a missing one the value is null and the place the nearest. */
  readonly get: (...keys: readonly (string | number)[]) => Located
  readonly items: () => readonly Located[]
}

const maxDepth = 200
const maxAliases = 1000

/** The documents of a text, or why it is neither YAML nor JSON. */
export function locatedDocuments(file: string, text: string): readonly Located[] | SyntaxProblem {
  try {
    const source = text.replaceAll('\t', ' ')
    const events = parseEvents(source, { maxDepth })
    const values = constructFromEvents(events, { source, schema: CORE_SCHEMA, maxAliases })
    const parts = documentEvents(events)
    return values.map((value, i) => {
      let positions: Positions | undefined
      const find = (): Positions => {
        positions ??= positionsOf(source, parts[i] ?? [])
        return positions
      }
      return located({ file, find }, value as JsonValue, [])
    })
  } catch (error) {
    return yamlProblem(error)
  }
}

/** The events of each document. */
function documentEvents(events: readonly Event[]): readonly (readonly Event[])[] {
  const starts = events.flatMap((event, i) => (event.type === EVENT_ID.DOCUMENT ? [i] : []))
  return starts.map((start, i) => events.slice(start, starts[i + 1]))
}

interface Document {
  readonly file: string
  readonly find: () => Positions
}

function located(document: Document, value: JsonValue, path: Path): Located {
  return {
    value,
    path,
    get at() {
      return placeIn(document, path)
    },
    get: (...keys) => keys.reduce<Located>(memberOf, located(document, value, path)),
    items: () =>
      Array.isArray(value)
        ? value.map((item, i) => located(document, item as JsonValue, [...path, i]))
        : [],
  }

  function memberOf(parent: Located, key: string | number): Located {
    const name = nameIn(parent.value, key)
    const member = (parent.value as JsonObject | null)?.[name] ?? null
    return located(document, member as JsonValue, [...parent.path, name])
  }
}

/** `normalize_path` may be written `normalizePath`. */
function nameIn(value: JsonValue, key: string | number): string | number {
  if (typeof key === 'number' || !isJsonObject(value) || Object.hasOwn(value, key)) return key
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function placeIn({ file, find }: Document, path: Path): Place {
  const positions = find()
  for (let length = path.length; length > 0; length -= 1) {
    const found = positions.get(positionKey(path.slice(0, length)))
    if (found !== undefined) return { file, line: found.line, column: found.column }
  }
  return { file, line: 1, column: 1 }
}

/** Every object below, the outermost first. */
export function objectsIn(root: Located): readonly Located[] {
  const found: Located[] = []
  const open = [root]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (isJsonObject(next.value)) found.push(next)
    open.push(...membersIn(next))
  }
  return found
}

/** The last one first. */
function membersIn(located: Located): readonly Located[] {
  const { value } = located
  if (Array.isArray(value)) return located.items().toReversed()
  return isJsonObject(value)
    ? Object.keys(value)
        .reverse()
        .map(key => located.get(key))
    : []
}

export const textIn = ({ value }: Located): string => (typeof value === 'string' ? value : '')

export const textsIn = (list: Located): readonly string[] =>
  list
    .items()
    .map(textIn)
    .filter(text => text !== '')

export const isSet = ({ value }: Located): boolean => value !== null

/** A duration such as `1.5s`, `500ms`, `1m30s` or the number of milliseconds; undefined: it is not one. */
export function millisecondsOf({ value }: Located): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return undefined
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|us|ns|h|m|s)/g)]
  if (parts.length === 0) return undefined
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0)
}

const units: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  ns: 0.000_001,
}

export const listOf = (
  list: Located,
): { readonly test: (name: string) => boolean; readonly at: Place } => {
  const names = new Set(textsIn(list).map(name => name.toLowerCase()))
  return { test: name => names.has(name), at: list.at }
}
