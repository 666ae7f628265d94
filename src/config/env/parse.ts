/** Parses the text of a variable to a value of the type of its key. */
import { type JsonValue, tryJson } from '../../lib/json.ts'
import { describeSchema, describeValue } from '../../lib/schema/describe.ts'
import type { SchemaNode } from '../schema/walk.ts'
import type { Setting } from './names.ts'

export interface EnvProblem {
  readonly kind: 'env_problem'
  readonly found: string
  readonly expected: string
}

export interface EnvValue {
  readonly kind: 'env_value'
  readonly value: JsonValue
}

const value = (of: JsonValue): EnvValue => ({ kind: 'env_value', value: of })

export function parseSetting(setting: Setting): EnvValue | EnvProblem {
  const { text, schema } = setting
  switch (schema.type) {
    case 'string':
      return value(text)
    case 'boolean':
      return parseBoolean(setting)
    case 'integer':
      return parseNumber(setting, /^[+-]?\d{1,15}$/)
    case 'number':
      return parseNumber(setting, /^[+-]?(?:\d{1,15}(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i)
    case 'array':
      return parseList(setting)
    case 'object':
      return parseObject(setting)
    default:
      return parseAny(text, schema)
  }
}

const problem = ({ text, path }: Setting, expected: string): EnvProblem => ({
  kind: 'env_problem',
  found: describeValue(text, path),
  expected,
})

/** The text is not shown: JSON may contain a secret anywhere. */
const notJson = (expected: string): EnvProblem => ({
  kind: 'env_problem',
  found: 'another text (hidden)',
  expected,
})

const booleans: Readonly<Record<string, boolean>> = {
  '1': true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  '0': false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
}

function parseBoolean(setting: Setting): EnvValue | EnvProblem {
  const parsed = Object.hasOwn(booleans, setting.text) ? booleans[setting.text] : undefined
  return parsed === undefined ? problem(setting, 'true or false') : value(parsed)
}

function parseNumber(setting: Setting, form: RegExp): EnvValue | EnvProblem {
  const isFit = form.test(setting.text)
  return isFit ? value(Number(setting.text)) : problem(setting, describeSchema(setting.schema))
}

/** JSON, or strings separated by commas. */
function parseList(setting: Setting): EnvValue | EnvProblem {
  const text = setting.text.trim()
  if (text.startsWith('[')) {
    const list = tryJson(text, JSON.parse)
    return Array.isArray(list) ? value(list as JsonValue) : notJson('a JSON list')
  }
  if (setting.schema.items?.type !== 'string') return notJson('a JSON list')
  return value(text === '' ? [] : text.split(',').map(item => item.trim()))
}

function parseObject(setting: Setting): EnvValue | EnvProblem {
  const parsed = tryJson(setting.text, JSON.parse)
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
  return isObject ? value(parsed) : notJson('a JSON object')
}

/** A key of several types: JSON when it parses to one of them, else the text. */
function parseAny(text: string, { oneOf = [] }: SchemaNode): EnvValue {
  const parsed = tryJson(text, JSON.parse)
  const wanted = new Set(oneOf.map(({ type }) => type))
  return value(parsed !== undefined && wanted.has(typeOf(parsed)) ? parsed : text)
}

function typeOf(of: JsonValue): string {
  if (of === null) return 'null'
  if (Array.isArray(of)) return 'array'
  return typeof of === 'number' ? 'integer' : typeof of
}
