/** Query strings as Go reads them. Byte strings in and out. */
import type { NameTest } from './name-patterns.ts'

/**
 * The first value of that name, decoded (`+` is a space). A pair with a malformed escape or a semicolon
 * is ignored.
 */
export function readQueryValue(query: string, name: string): string | undefined {
  if (query === '') return undefined
  for (const pair of query.split('&')) {
    const value = readFromPair(pair, name)
    if (value !== undefined) return value
  }
  return undefined
}

/** The parameters, decoded, in order; malformed pairs are ignored. */
export function readQuery(query: string): readonly (readonly [name: string, value: string])[] {
  return query.split('&').flatMap(pair => {
    const read = pair === '' ? undefined : readPair(pair)
    return read === undefined ? [] : [read]
  })
}

/**
 * The names of the query that mean one of the names, as they are written: `to%6ben` is `token`, and so are the names
 * that some programs read as `token`. Each once. Some programs separate parameters with a semicolon, too: where one of
 * its parts has the name, that of the whole pair is listed.
 */
export function namesInQuery(query: string, isMeant: NameTest): readonly string[] {
  if (query === '') return none
  const written = new Set<string>()
  for (const pair of query.split('&')) {
    if (pair !== '' && pair.split(';').some(part => readingsOf(readName(part)).some(isMeant))) {
      written.add(writtenName(pair))
    }
  }
  return [...written]
}

/** The name of a pair, as it is written. */
export const writtenName = (pair: string): string => pair.split('=', 1)[0] ?? ''

/**
 * What programs make of a name, each form once: `token[]`, `token[a]` and `[token]` are lists and objects named `token`;
 * PHP leaves out white space before a name, ends it at a NUL, and writes `_` for a space or a dot.
 */
export function readingsOf(name: string): readonly string[] {
  if (!odd.test(name)) return [name]
  const [text = ''] = name.split('\0', 1)
  const plain = text.replace(/^[\s[]+/, '').replace(/[[\]].*$/s, '')
  return [...new Set([name, text, plain, plain.replace(/[ .]/g, '_')])]
}

const odd = /[\s.[\]\0]/

/** The name of a pair, decoded; a malformed escape stays as it is, because programs differ in how they read it. */
const readName = (pair: string): string => unescapeLeniently(writtenName(pair))

/** Decodes `+` and the escapes that are well-formed. */
export const unescapeLeniently = (text: string): string =>
  text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    )

const none: readonly string[] = []

/** All values by name, decoded; undefined when a part cannot be decoded, because others may read it in another way. */
export const readWholeQuery = (query: string): Parameters | undefined =>
  readPairs(query, name => [name])

/** The same, where each value counts for every name that some program may read it under: `t[]=1` for `t`, too. */
export const readEveryReading = (query: string): Parameters | undefined =>
  readPairs(query, readingsOf)

export type Parameters = ReadonlyMap<string, readonly string[]>

function readPairs(
  query: string,
  namesOf: (name: string) => readonly string[],
): Parameters | undefined {
  const parameters = new Map<string, string[]>()
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const read = readPair(pair)
    if (read === undefined) return undefined
    const [written, value] = read
    for (const name of namesOf(written)) append(parameters, name, value)
  }
  return parameters
}

function append(lists: Map<string, string[]>, name: string, value: string): void {
  const values = lists.get(name)
  if (values === undefined) lists.set(name, [value])
  else values.push(value)
}

function readPair(pair: string): readonly [name: string, value: string] | undefined {
  if (pair.includes(';')) return undefined
  const end = pair.indexOf('=')
  const name = unescapeQuery(end < 0 ? pair : pair.slice(0, end))
  const value = end < 0 ? '' : unescapeQuery(pair.slice(end + 1))
  return name === undefined || value === undefined ? undefined : [name, value]
}

/** As Go's url.Values.Encode: sorted by name, values of one name in their order. */
export const writeQuery = (
  parameters: readonly (readonly [name: string, value: string])[],
): string =>
  parameters
    .toSorted(([one], [other]) => (one < other ? -1 : Number(one > other)))
    .map(([name, value]) => `${escapeQuery(name)}=${escapeQuery(value)}`)
    .join('&')

/** Escapes everything that RFC 3986 does not call unreserved: a space is `%20`. */
export const percentEncode = (text: string): string =>
  text.replace(
    /[^A-Za-z0-9_.~-]/g,
    byte => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )

/** As Go's url.QueryEscape: a space is `+`. */
export const escapeQuery = (text: string): string =>
  text.replace(/[^A-Za-z0-9\-_.~]/g, byte =>
    byte === ' ' ? '+' : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )

function readFromPair(pair: string, name: string): string | undefined {
  if (pair === '' || pair.includes(';')) return undefined
  const end = pair.indexOf('=')
  const key = unescapeQuery(end < 0 ? pair : pair.slice(0, end))
  if (key !== name) return undefined
  return end < 0 ? '' : unescapeQuery(pair.slice(end + 1))
}

const malformed = /%(?![0-9a-fA-F]{2})/

/** As Go's url.QueryUnescape; undefined for a malformed escape. */
export function unescapeQuery(text: string): string | undefined {
  if (malformed.test(text)) return undefined
  return text
    .replaceAll('+', ' ')
    .replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
