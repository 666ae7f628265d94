/**
 * JSON as Oathkeeper reads and writes it: strings are byte strings (lib/bytes.ts), objects are written with
 * sorted keys, and `<`, `>`, `&`, U+2028 and U+2029 are escaped by default.
 */
import { bytesOf, isAscii, textOf } from './bytes.ts'

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [key: string]: JsonValue
}

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value if it is an object, else an empty one. */
export const objectOf = (value: JsonValue | undefined): JsonObject =>
  isJsonObject(value) ? value : {}

/** Parses a JSON text (a byte string); the strings of the value are byte strings. Throws a SyntaxError. */
export function parseJson(bytes: string): JsonValue {
  const ascii = isAscii(bytes)
  const value = JSON.parse(ascii ? bytes : textOf(bytes)) as JsonValue
  const isPlain = ascii && !(bytes.includes('\\u') && escapesMore.test(bytes))
  return isPlain ? value : toByteStrings(value)
}

/**
 * The value of a JSON text, or undefined when the text is not JSON or is nested too deeply for the stack.
 * Parses byte strings; for Unicode text pass `JSON.parse`.
 */
export function tryJson(
  text: string,
  parse: (text: string) => JsonValue = parseJson,
): JsonValue | undefined {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

/** An escape of a character beyond ASCII. Go also escapes `<`, `>` and `&`, which need no conversion. */
const escapesMore = /\\u(?!00[0-7])/

/** Converts the UTF-16 strings of a value (from YAML, TOML or JavaScript) to byte strings. */
export function toByteStrings(value: JsonValue): JsonValue {
  if (typeof value === 'string') return bytesOf(value)
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(toByteStrings)
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [bytesOf(key), toByteStrings(item)]),
  )
}

export interface JsonStyle {
  /** Escape `<`, `>` and `&` (Go's default). */
  readonly escapeHtml?: boolean
  /** Write members in byte order of their keys, as Go does for a map (the default); else in their own order. */
  readonly sortKeys?: boolean
}

/** Go's encoding/json: compact, keys in byte order, numbers as JavaScript prints them. Byte string in and out. */
export function encodeJson(value: JsonValue, style: JsonStyle = {}): string {
  const escapeHtml = style.escapeHtml ?? true
  const ordered = style.sortKeys === false ? (keys: string[]) => keys : sorted
  const encode = (item: JsonValue): string => {
    if (typeof item === 'string') return encodeJsonString(item, escapeHtml)
    if (typeof item === 'number') return encodeJsonNumber(item)
    if (item === null || typeof item !== 'object') return String(item)
    if (Array.isArray(item)) return `[${item.map(encode).join(',')}]`
    const object = item as JsonObject
    const members = ordered(Object.keys(object)).map(
      key => `${encodeJsonString(key, escapeHtml)}:${encode(object[key] ?? null)}`,
    )
    return `{${members.join(',')}}`
  }
  return encode(value)
}

const sorted = (keys: string[]): string[] => keys.sort(inByteOrder)

/** Byte strings compare by their characters, which are their bytes. */
export const inByteOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Go writes -0 as -0 and uses exponents outside 1e-6 ≤ |x| < 1e21, as JavaScript does. */
export const encodeJsonNumber = (value: number): string =>
  Object.is(value, -0) ? '-0' : String(value)

const short: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}
const plainHtml = /^[ !#-%'-;=?-[\]-~]*$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be escaped
const special = /["\\\0-\x1f\x7f]|[<>&]|\u2028|\u2029|\ufffd/g

/** One JSON string literal from a byte string; bytes that are not valid UTF-8 become `\ufffd`. */
export function encodeJsonString(bytes: string, escapeHtml = true): string {
  if (plainHtml.test(bytes)) return `"${bytes}"`
  const ascii = isAscii(bytes)
  const text = ascii ? bytes : textOf(bytes)
  const lossless = ascii || bytesOf(text) === bytes
  const escaped = text.replace(special, character =>
    escapeCharacter(character, escapeHtml, lossless),
  )
  return `"${ascii ? escaped : bytesOf(escaped)}"`
}

function escapeCharacter(character: string, escapeHtml: boolean, lossless: boolean): string {
  if (character === '\x7f' || (character === '\ufffd' && lossless)) return character
  if (!escapeHtml && (character === '<' || character === '>' || character === '&')) return character
  return short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
