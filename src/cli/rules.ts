/** `rules list` and `rules get`: the rules of a running server, in Oathkeeper's output format. */
import { isJsonObject, type JsonObject, type JsonValue, tryJson } from '../lib/json.ts'
import { askServer, type EndpointOption } from './ask.ts'
import type { Output } from './output.ts'

export interface ListOptions extends EndpointOption {
  readonly limit: string
  readonly page: string
}

export async function listRules(options: ListOptions, output: Output): Promise<number> {
  const limit = countOf('--limit', options.limit, output)
  const page = countOf('--page', options.page, output)
  if (limit === undefined || page === undefined) return 1
  const path = `/rules?limit=${limit}&offset=${limit * (page - 1)}`
  const reply = await askServer(options, path, output)
  if (reply === undefined) return 1
  const rules = reply.status === 200 ? tryJson(reply.body.toString('utf8'), JSON.parse) : undefined
  if (!Array.isArray(rules)) {
    output.err(`Could not list rules: ${options.endpoint} answered ${reply.status}\n`)
    return 1
  }
  output.out(`${indented(rules.map(withoutEmpty))}\n`)
  return 0
}

export async function getRule(
  id: string,
  options: EndpointOption,
  output: Output,
): Promise<number> {
  const reply = await askServer(options, `/rules/${encodeURIComponent(id)}`, output)
  if (reply === undefined) return 1
  const rule = reply.status === 200 ? tryJson(reply.body.toString('utf8'), JSON.parse) : undefined
  if (!isJsonObject(rule)) {
    const reason = reply.status === 404 ? 'no rule has this id' : `answered ${reply.status}`
    output.err(`Could not get rule "${id}": ${reason}\n`)
    return 1
  }
  output.out(`${indented(withoutEmpty(rule))}\n`)
  return 0
}

function countOf(flag: string, text: string, output: Output): number | undefined {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  output.err(`${flag}: found "${text}", expected a number above 0\n`)
  return undefined
}

/** Empty fields of the rule are left out; a handler's `config` is not changed. */
function withoutEmpty(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (!isJsonObject(value)) return value
  const members = Object.entries(value)
    .map(([key, item]) => [key, key === 'config' ? item : withoutEmpty(item)] as const)
    .filter(([, item]) => item !== null && item !== '' && item !== false)
  return Object.fromEntries(members)
}

const html = /[<>&\u2028\u2029]/g

/** Tabs, keys in order, and `<`, `>`, `&` as escapes. */
const indented = (value: JsonValue): string =>
  JSON.stringify(inOrder(value), null, '\t').replace(
    html,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

function inOrder(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(inOrder)
  if (!isJsonObject(value)) return value
  const object: JsonObject = value
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map(key => [key, inOrder(object[key] ?? null)]),
  )
}
