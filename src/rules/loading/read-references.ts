/** Reads the handlers of a rule. A mistake in one of the keys that Oathkeeper does not have makes the rule invalid. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { AuthorizerEntry, HandlerReference, RuleDefinition } from '../definition.ts'
import { found, nearMiss, type Reader } from './reader.ts'

const oldKeys = ['handler', 'config']
const authenticatorKeys = ['on_failure', 'remove_credential']
const whenKeys = ['when']
const groupKeys = ['any', 'all', ...whenKeys]
const handlerKeys = [...oldKeys, ...whenKeys]
const allNewKeys = [...authenticatorKeys, ...groupKeys]

/** The rule that is read. */
export interface Reading {
  /** Throws for values of a wrong type in Oathkeeper's own keys. */
  readonly reader: Reader
  /** The beginning of all places, such as `rule "orders"`. */
  readonly rule: string
  /** What makes the rule invalid; places in it are without the rule. */
  readonly problems: string[]
}

type ReadOne<T> = (reading: Reading, value: JsonValue, place: string) => T

export const readReference: ReadOne<HandlerReference> = (reading, value, place) => {
  const entry = readEntry(reading, { value, place, newKeys: whenKeys })
  return { ...toReference(reading, entry, place), ...readWhen(reading, entry, place) }
}

export const readReferences = listOf((reading, value, place) => {
  expectHandler(reading, value, place)
  return readReference(reading, value, place)
})

export const readAuthenticators = listOf((reading, value, place) => {
  expectHandler(reading, value, place)
  const entry = readEntry(reading, { value, place, newKeys: authenticatorKeys })
  return {
    ...toReference(reading, entry, place),
    ...readOnFailure(reading, entry, place),
    ...readRemoval(reading, entry, place),
  }
})

/** undefined: the rule has an `authorizer`. */
export function readAuthorizers(
  reading: Reading,
  rule: JsonObject,
): Pick<RuleDefinition, 'authorizers'> | undefined {
  const list = rule['authorizers']
  if (list === undefined) return undefined
  if ((rule['authorizer'] ?? null) !== null) {
    reading.problems.push('found authorizer and authorizers, expected one of them')
  }
  return { authorizers: readGroup(reading, list, 'authorizers') }
}

function listOf<T>(readOne: ReadOne<T>) {
  return (reading: Reading, value: JsonValue | undefined, place: string): readonly T[] | null =>
    reading.reader
      .list(value, `${reading.rule}: ${place}`)
      ?.map((item, i) => readOne(reading, item, `${place}[${i}]`)) ?? null
}

/** Says which entry of a list names no handler. */
function expectHandler({ problems }: Reading, value: JsonValue, place: string): void {
  if (!hasKey(value, ['handler'])) {
    problems.push(`${place}: found ${found(value)}, expected a handler`)
  }
}

const hasKey = (value: JsonValue, names: readonly string[]): boolean =>
  isJsonObject(value) && Object.keys(value).some(key => names.includes(key.toLowerCase()))

const readGroup: ReadOne<readonly AuthorizerEntry[]> = (reading, value, place) => {
  if (Array.isArray(value) && value.length > 0) {
    return value.map((item: JsonValue, i: number) =>
      readAuthorizer(reading, item, `${place}[${i}]`),
    )
  }
  reading.problems.push(
    `${place}: found ${found(value)}, expected a list of at least one authorizer`,
  )
  return []
}

/** `authorizers` is a section that Oathkeeper does not have: no key in it is ignored. */
const readAuthorizer: ReadOne<AuthorizerEntry> = (reading, value, place) => {
  const isKnown = hasKey(value, ['handler', 'any', 'all'])
  if (!isKnown) {
    reading.problems.push(`${place}: found ${found(value)}, expected handler, any or all`)
  }
  const all = hasKey(value, ['any', 'all']) ? groupKeys : handlerKeys
  const entry = readEntry(reading, {
    value,
    place,
    newKeys: groupKeys,
    ...(isKnown ? { all } : {}),
  })
  const [of, ...others] = ['any', 'all', 'handler'].filter(key => key in entry)
  if (others.length > 0) {
    reading.problems.push(`${place}: found ${of} and ${others.join(' and ')}, expected one of them`)
  }
  const when = readWhen(reading, entry, place)
  if (of !== 'any' && of !== 'all') return { ...toReference(reading, entry, place), ...when }
  return { of, entries: readGroup(reading, entry[of] ?? null, `${place}.${of}`), ...when }
}

interface Entry {
  readonly value: JsonValue
  readonly place: string
  /** The keys of this kind of entry that Oathkeeper does not have. */
  readonly newKeys: readonly string[]
  /** No other key is accepted. Without it unknown keys are ignored, as in Oathkeeper. */
  readonly all?: readonly string[]
}

function readEntry(reading: Reading, entry: Entry): JsonObject {
  const { value, place, newKeys } = entry
  const known = [...oldKeys, ...newKeys]
  const at = `${reading.rule}: ${place}`
  if (value === null) return {}
  if (!isJsonObject(value)) return reading.reader.object(value, at, known)
  const wrong = new Map(Object.keys(value).map(key => [key, wrongKey(key, entry)]))
  reading.problems.push(...[...wrong.values()].flat())
  // What is an error is not reported as ignored, too.
  const right = Object.entries(value).filter(([key]) => wrong.get(key)?.length === 0)
  return reading.reader.object(Object.fromEntries(right), at, known)
}

function wrongKey(key: string, { place, newKeys, all }: Entry): readonly string[] {
  const isUnknown = all !== undefined && !['handler', ...all].includes(key.toLowerCase())
  if (newKeys.includes(key) && !isUnknown) return []
  if (allNewKeys.includes(key)) return [`${place}: the key "${key}" does not belong here`]
  const meant = nearMiss(key, { oldKeys, newKeys })
  if (meant !== undefined) return [`${place}: found the key "${key}", expected "${meant}"`]
  if (!isUnknown) return []
  return [`${place}: found the key "${key}", expected one of ${all.join(', ')}`]
}

const toReference = (
  { reader, rule }: Reading,
  entry: JsonObject,
  place: string,
): HandlerReference => ({
  handler: reader.text(entry['handler'], `${rule}: ${place}.handler`),
  config: entry['config'] ?? null,
})

function readWhen(
  { problems }: Reading,
  { when: value }: JsonObject,
  place: string,
): Pick<HandlerReference, 'when'> {
  if (typeof value === 'string') return { when: value }
  if (value !== undefined)
    problems.push(`${place}.when: found ${found(value)}, expected an expression`)
  return {}
}

function readOnFailure(
  { problems }: Reading,
  { on_failure: value }: JsonObject,
  place: string,
): Pick<HandlerReference, 'onFailure'> {
  if (value === 'next' || value === 'stop') return { onFailure: value }
  if (value !== undefined) {
    problems.push(`${place}.on_failure: found ${found(value)}, expected next or stop`)
  }
  return {}
}

function readRemoval(
  { problems }: Reading,
  { remove_credential: value }: JsonObject,
  place: string,
): Pick<HandlerReference, 'removeCredential'> {
  if (value === true) return { removeCredential: true }
  if (value !== undefined && value !== false) {
    problems.push(`${place}.remove_credential: found ${found(value)}, expected true or false`)
  }
  return {}
}
