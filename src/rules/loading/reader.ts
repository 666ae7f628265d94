import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { nearest } from '../../lib/schema/nearest.ts'

/** Reads values of one type. Throws a TypeError that names the place, what was found and what was expected. */
export interface Reader {
  /** The object's members whose names are in `known`, in any case; others are reported and dropped. */
  object(value: JsonValue, place: string, known: readonly string[]): JsonObject
  list(value: JsonValue | undefined, place: string): readonly JsonValue[] | null
  text(value: JsonValue | undefined, place: string): string
  boolean(value: JsonValue | undefined, place: string): boolean
}

export function createReader(warn: (message: string) => void): Reader {
  return {
    object: (value, place, known) => {
      if (!isJsonObject(value)) throw mismatch(place, value, 'an object')
      return knownMembers(value, known, key => warn(unknownKey(place, key, known)))
    },
    list: (value, place) => {
      if (value === undefined || value === null) return null
      if (!Array.isArray(value)) throw mismatch(place, value as JsonValue, 'a list')
      return value as readonly JsonValue[]
    },
    text: (value, place) => {
      if (value === undefined || value === null) return ''
      if (typeof value === 'string') return value
      // YAML 1.1 reads an unquoted y, no or on as a boolean.
      if (typeof value === 'boolean') {
        warn(`${place}: ${value} is taken as text; put quotes around it`)
        return String(value)
      }
      throw mismatch(place, value, 'a string')
    },
    boolean: (value, place) => {
      if (value === undefined || value === null) return false
      if (typeof value !== 'boolean') throw mismatch(place, value, 'true or false')
      return value
    },
  }
}

function unknownKey(place: string, key: string, known: readonly string[]): string {
  const meant = meantBy(key, known)
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
  return `${place}: unknown key "${key}" is ignored${hint}`
}

/** Ignores case, `_` and `-`, to find the key that was meant by `preserveHost` or `preserve-host`. */
const plain = (name: string): string => name.toLowerCase().replace(/[_-]/g, '')

function knownMembers(
  object: JsonObject,
  known: readonly string[],
  onUnknown: (key: string) => void,
): JsonObject {
  const members: Record<string, JsonValue> = {}
  for (const [key, value] of Object.entries(object)) {
    const name = known.includes(key) ? key : known.find(name => name === key.toLowerCase())
    if (name === undefined) onUnknown(key)
    else members[name] = value
  }
  return members
}

const mismatch = (place: string, value: JsonValue, expected: string): TypeError =>
  new TypeError(`${place}: found ${found(value)}, expected ${expected}`)

/** The value as error messages quote it. */
export const found = (value: JsonValue | undefined): string =>
  JSON.stringify(value ?? null).slice(0, 60)

interface Keys {
  /** Keys of Oathkeeper, which are accepted in any case. */
  readonly oldKeys: readonly string[]
  readonly newKeys: readonly string[]
  /** Those that must not be misspelt; default: the new keys. */
  readonly refused?: readonly string[]
}

/** The key that was probably meant by an unknown one, if it must not be misspelt. Other unknown keys are ignored with a warning. */
export function nearMiss(
  key: string,
  { oldKeys, newKeys, refused = newKeys }: Keys,
): string | undefined {
  if (newKeys.includes(key) || oldKeys.includes(key.toLowerCase())) return undefined
  const meant = meantBy(key, [...oldKeys, ...newKeys], mostWrong)
  return meant !== undefined && refused.includes(meant) ? meant : undefined
}

/** Letters in which a misspelt key differs. */
const mostWrong = 2

const meantBy = (key: string, known: readonly string[], most?: number): string | undefined =>
  known.find(name => plain(name) === plain(key)) ??
  known.find(name => plain(`${name}s`) === plain(key) || plain(name) === plain(`${key}s`)) ??
  nearest(key, known, most)
