/** Converts ajv's errors to issues: one per mistake, at its place. */
import { withoutNoise } from './alternatives.ts'
import {
  describeEnum,
  describeFormat,
  describePattern,
  describeSchema,
  describeValue,
  type Path,
} from './describe.ts'
import type { SchemaError, SchemaIssue } from './issue.ts'
import { nearest } from './nearest.ts'

/** The most issues that are reported for one value: a hostile file could cause millions. */
const most = 100

export function toIssues(value: unknown, errors: readonly SchemaError[]): readonly SchemaIssue[] {
  const issues = new Map<string, SchemaIssue>()
  for (const error of withoutNoise(errors)) {
    if (issues.size >= most) break
    const issue = toIssue(error, pathOf(error.instancePath, value))
    issues.set(JSON.stringify([issue.path, issue.expected]), issue)
  }
  return [...issues.values()]
}

/** Numbers for list items, else keys. */
function pathOf(pointer: string, value: unknown): Path {
  const path: (string | number)[] = []
  let current = value
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(current) ? Number(key) : key)
    current = (current as Record<string, unknown> | undefined)?.[key]
  }
  return path
}

function toIssue(error: SchemaError, path: Path): SchemaIssue {
  const { keyword, params, parentSchema = {}, data } = error
  if (keyword === 'additionalProperties') return unknownKey(params, parentSchema, path)
  if (keyword === 'required') return missingKey(params, parentSchema, path)
  const found = keyword === 'uniqueItems' ? 'the same entry twice' : describeValue(data, path)
  return { path, found, expected: expectedBy(error) }
}

function unknownKey(
  { additionalProperty }: SchemaError['params'],
  schema: object,
  path: Path,
): SchemaIssue {
  const name = String(additionalProperty)
  const known = Object.keys((schema as { properties?: object }).properties ?? {})
  const meant = nearest(name, known)
  const hint = meant === undefined ? listed(known) : `; did you mean "${meant}"?`
  return { path: [...path, name], found: 'an unknown key', expected: `no such key${hint}` }
}

const listed = (known: readonly string[]): string =>
  known.length === 0 || known.length > 12 ? '' : `; there are ${known.join(', ')}`

function missingKey(
  { missingProperty }: SchemaError['params'],
  schema: object,
  path: Path,
): SchemaIssue {
  const name = String(missingProperty)
  const { properties = {} } = schema as { properties?: Readonly<Record<string, unknown>> }
  const expected = `${describeSchema(properties[name])}: this key is required here`
  return { path: [...path, name], found: 'nothing', expected }
}

const numberWords: Readonly<Record<string, string>> = {
  minimum: 'at least',
  maximum: 'at most',
  exclusiveMinimum: 'more than',
  exclusiveMaximum: 'less than',
}

const countWords: Readonly<Record<string, readonly [string, string]>> = {
  minItems: ['at least', 'entries'],
  maxItems: ['at most', 'entries'],
  minLength: ['at least', 'characters'],
  maxLength: ['at most', 'characters'],
  minProperties: ['at least', 'keys'],
  maxProperties: ['at most', 'keys'],
}

function expectedBy({ keyword, params, parentSchema, message }: SchemaError): string {
  const limit = numberWords[keyword]
  const count = countWords[keyword]
  if (limit !== undefined) return `${limit} ${params['limit']}`
  if (count !== undefined) return `${count[0]} ${params['limit']} ${count[1]}`
  switch (keyword) {
    case 'enum':
      return describeEnum(params['allowedValues'] as readonly unknown[])
    case 'format':
      return describeFormat(String(params['format']))
    case 'pattern':
      return describePattern(String(params['pattern']))
    case 'uniqueItems':
      return 'every entry once'
    case 'not':
      return notWanted(parentSchema)
    case 'type':
    case 'const':
    case 'oneOf':
    case 'anyOf':
      return describeSchema(parentSchema)
    default:
      return message ?? 'another value'
  }
}

/** A schema that forbids something says in its `$comment` what is expected. */
const notWanted = (schema: object | undefined): string =>
  (schema as { $comment?: string } | undefined)?.$comment ?? 'another value'
