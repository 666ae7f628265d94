/** Reads `match` of a rule. A mistake in one of the keys that Oathkeeper does not have makes the match invalid. */
import { foldedName, isHeaderName } from '../../lib/header-name.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { Match, Narrowing, PartsMatch, RuleDefinition, ValueCondition } from '../definition.ts'
import { found, nearMiss, type Reader } from './reader.ts'

const urlKeys = ['url', 'methods']
const rpcKeys = ['authority', 'full_method', 'allow_http_get']
const partKeys = ['schemes', 'hosts', 'paths']
const narrowingKeys = ['headers', 'query', 'context', 'default']
const oldKeys = [...urlKeys, ...rpcKeys]
const newKeys = [...partKeys, ...narrowingKeys]

export function readMatch(
  reader: Reader,
  value: JsonValue,
  place: string,
): RuleDefinition['match'] {
  if (value === null) return null
  try {
    if (isJsonObject(value)) refuseNearMisses(value)
    return readKnown(reader, reader.object(value, place, [...oldKeys, ...newKeys]), place)
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    return { kind: 'invalid', written: value as JsonObject, problem: error.message }
  }
}

const onlyFound = (key: string): Mistake =>
  new Mistake(`match: found ${key} only, expected hosts, paths or url too`)

/** What is wrong with a match; the rest of the document is not affected. */
class Mistake extends Error {}

const mistake = (key: string, value: JsonValue | undefined, expected: string): Mistake =>
  new Mistake(`match.${key}: found ${found(value)}, expected ${expected}`)

/**
 * A misspelt condition would make the rule match more than was meant. Without `methods` a rule with a URL matches nothing,
 * but one with hosts or paths matches every method: there the keys of Oathkeeper count, too.
 */
function refuseNearMisses(written: JsonObject): void {
  const refused = isOfParts(written) ? [...oldKeys, ...newKeys] : newKeys
  for (const key of Object.keys(written)) {
    const meant = nearMiss(key, { oldKeys, newKeys, refused })
    if (meant !== undefined) throw new Mistake(`match: found the key "${key}", expected "${meant}"`)
  }
}

/** A key with nothing behind its colon may be a condition whose lines were removed: without it the rule would match more. */
function refuseNothing(match: JsonObject): void {
  const empty = newKeys.find(key => match[key] === null)
  if (empty !== undefined) throw mistake(empty, null, `${expectedValues[empty]}, or no ${empty}`)
  if (match['methods'] === null && isOfParts(match)) throw mistake('methods', null, someMethods)
}

const someTexts = 'a list of at least one text'
const someMethods = `${someTexts}, or no methods for any`
const someConditions = 'an object of at least one text'

const expectedValues: Readonly<Record<string, string>> = {
  schemes: someTexts,
  hosts: someTexts,
  paths: someTexts,
  headers: someConditions,
  query: someConditions,
  context: someConditions,
  default: 'true or false',
}

function readKnown(reader: Reader, match: JsonObject, place: string): Match {
  refuseNothing(match)
  const narrowing = readNarrowing(match)
  const parts = partKeys.filter(key => given(match, key))
  if ('full_method' in match) {
    refuse(parts, 'full_method')
    return { kind: 'rpc', ...readRpc(reader, match, place), ...narrowing }
  }
  const methods = readMethods(reader, match, place)
  if (parts.length === 0) {
    const alone = narrowingKeys.find(key => given(match, key))
    if (alone !== undefined && !given(match, 'url')) throw onlyFound(alone)
    return { kind: 'url', methods, url: reader.text(match['url'], `${place}.url`), ...narrowing }
  }
  if (given(match, 'url')) refuse(parts, 'url')
  if (methods?.length === 0) {
    throw mistake('methods', [], someMethods)
  }
  return { kind: 'parts', methods, ...readParts(match), ...narrowing }
}

const isOfParts = (written: JsonObject): boolean => {
  const has = (...keys: readonly string[]): boolean =>
    Object.keys(written).some(key => keys.includes(key.toLowerCase()) && given(written, key))
  return has(...partKeys) && !has('url', 'full_method')
}

const given = (match: JsonObject, key: string): boolean => (match[key] ?? null) !== null

function refuse([part]: readonly string[], other: string): void {
  if (part === undefined) return
  throw new Mistake(`match: found ${other} and ${part}, expected one of them`)
}

const readMethods = (reader: Reader, match: JsonObject, place: string): readonly string[] | null =>
  reader
    .list(match['methods'], `${place}.methods`)
    ?.map((method, i) => reader.text(method, `${place}.methods[${i}]`)) ?? null

const readRpc = (reader: Reader, match: JsonObject, place: string) => ({
  authority: reader.text(match['authority'], `${place}.authority`),
  fullMethod: reader.text(match['full_method'], `${place}.full_method`),
  allowHttpGet: reader.boolean(match['allow_http_get'], `${place}.allow_http_get`),
})

const schemes = ['http', 'https', 'ws', 'wss']

function readParts(match: JsonObject): Pick<PartsMatch, 'schemes' | 'hosts' | 'paths'> {
  if (!given(match, 'hosts') && !given(match, 'paths')) {
    throw onlyFound('schemes')
  }
  const chosen = readTexts(match, 'schemes')
  for (const scheme of chosen ?? []) {
    if (!schemes.includes(scheme)) throw mistake('schemes', scheme, `one of ${schemes.join(', ')}`)
  }
  return { schemes: chosen, hosts: readTexts(match, 'hosts'), paths: readTexts(match, 'paths') }
}

function readTexts(match: JsonObject, key: string): readonly string[] | null {
  const list = match[key] ?? null
  if (list === null) return null
  const isList = Array.isArray(list) && list.length > 0
  if (!isList) throw mistake(key, list, someTexts)
  return list.map((item: JsonValue, i: number) => {
    if (typeof item === 'string' && item !== '') return item
    throw mistake(`${key}[${i}]`, item, 'a text')
  })
}

function readNarrowing(match: JsonObject): Narrowing {
  const headers = hasNoHeaders(match) ? undefined : readConditions(match, 'headers')
  const query = readConditions(match, 'query')
  const context = readConditions(match, 'context')
  checkHeaders(headers ?? [])
  return {
    ...(headers && { headers }),
    ...(query && { query }),
    ...(context && { context }),
    ...(readDefault(match) ? { isDefault: true } : {}),
  }
}

/** Oathkeeper's documentation has an empty object beside `url`. */
const hasNoHeaders = (match: JsonObject): boolean =>
  isJsonObject(match['headers'] ?? null) &&
  Object.keys(match['headers'] as JsonObject).length === 0 &&
  !isOfParts(match)

/** A condition reads every spelling of its name. */
function checkHeaders(headers: readonly ValueCondition[]): void {
  const known = new Map<string, string>()
  for (const [name] of headers) {
    if (isHost(name)) throw mistake('headers', name, 'hosts for the host of a request')
    if (!isHeaderName(name)) throw mistake('headers', name, 'names of headers')
    const other = known.get(foldedName(name))
    if (other !== undefined) throw mistake('headers', `${other}, ${name}`, 'each name once')
    known.set(foldedName(name), name)
  }
}

/** Not every door has it among the headers: a condition on it would depend on who asks. */
const isHost = (name: string): boolean =>
  foldedName(name) === 'host' || name.toLowerCase() === ':authority'

function readDefault(match: JsonObject): boolean {
  const value = match['default'] ?? false
  if (typeof value !== 'boolean') throw mistake('default', value, 'true or false')
  return value
}

function readConditions(match: JsonObject, key: string): readonly ValueCondition[] | undefined {
  const conditions = match[key]
  if (conditions === undefined) return undefined
  const entries = isJsonObject(conditions) ? Object.entries(conditions) : []
  if (entries.length === 0) throw mistake(key, conditions, someConditions)
  return entries.map(([name, value]) => {
    if (value === null || typeof value === 'string') return [name, value] as const
    throw mistake(`${key}.${name}`, value, 'a text in quotes, or null for absent')
  })
}
