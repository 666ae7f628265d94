/** Describes values and schemas in plain words. */
import { durationPattern } from '../duration.ts'
import type { SchemaIssue } from './issue.ts'

export type Path = SchemaIssue['path']
export type SchemaObject = Readonly<Record<string, unknown>>

const secretName =
  /secret|password|^authorization(?!_servers|_details)|base64|redis|api.?key|^x-.*token/i
const shown = 60

/** Describes what was found, without the text of secrets. */
export function describeValue(value: unknown, path: Path): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null (nothing after the colon)'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return describeObject(value)
  const kind = kinds[typeof value] ?? typeof value
  if (path.slice(-2).some(part => secretName.test(String(part)))) return `${kind} (hidden)`
  return typeof value === 'string' ? `${JSON.stringify(shorten(value))} (string)` : String(value)
}

function describeObject(value: object): string {
  const keys = Object.keys(value)
  if (keys.length === 0) return 'an empty object'
  return keys.length > 4 ? 'an object' : `an object (${shorten(keys.join(', '))})`
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
}

const shorten = (text: string): string => (text.length > shown ? `${text.slice(0, shown)}…` : text)

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
}

const formatNames: Readonly<Record<string, string>> = {
  uri: 'a URL with a scheme, such as https://example.com/path',
  'uri-reference': 'a URL or a path, without backslash',
  cidr: 'a network, such as 10.0.0.0/8',
}

/** Describes what a schema expects. */
export function describeSchema(schema: unknown): string {
  if (typeof schema !== 'object' || schema === null) return 'a value'
  const { enum: values, const: only, oneOf, anyOf, type, $comment } = schema as SchemaObject
  if (Array.isArray(values)) return describeEnum(values)
  if (only !== undefined) return JSON.stringify(only)
  const branches = oneOf ?? anyOf
  if (Array.isArray(branches) && typeof $comment === 'string') return $comment
  if (Array.isArray(branches)) return orList(branches.map(describeSchema))
  return type === 'string' ? describeText(schema as SchemaObject) : describeTypes(type, schema)
}

export const describeEnum = (values: readonly unknown[]): string =>
  `${values.length === 1 ? '' : 'one of '}${values.map(value => JSON.stringify(value)).join(', ')}`

function describeText({ pattern, format, minLength }: SchemaObject): string {
  if (typeof format === 'string') return describeFormat(format)
  if (typeof pattern === 'string') return describePattern(pattern)
  return minLength === 1 ? 'a string that is not empty' : 'a string'
}

function describeTypes(type: unknown, schema: object): string {
  const types = Array.isArray(type) ? type : [type]
  const { required, minimum } = schema as SchemaObject
  const members = Array.isArray(required) ? ` with ${required.join(' and ')}` : ''
  const least = !minimum ? '' : ` of at least ${minimum}`
  return orList(types.map(name => `${typeNames[String(name)] ?? 'a value'}${members}${least}`))
}

export const describeFormat = (format: string): string => formatNames[format] ?? format

export const describePattern = (pattern: string): string =>
  pattern === durationPattern
    ? 'a duration: a whole number and one unit, such as 500ms or 5s'
    : `a string of the form ${pattern}`

const orList = (parts: readonly string[]): string => [...new Set(parts)].join(' or ')
