/** Reads `body` of a rule, which Oathkeeper does not have: a mistake in it makes the rule invalid. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { nearest } from '../../lib/schema/nearest.ts'
import type { BodyDefinition, RuleDefinition } from '../definition.ts'
import { found } from './reader.ts'

const keys = ['parse', 'max_bytes']
const defaultBytes = 65_536

/** `problems` gets what is wrong. */
export function readBody(
  problems: string[],
  value: JsonValue | undefined,
): Pick<RuleDefinition, 'body'> | undefined {
  if (value === undefined) return undefined
  if (!isJsonObject(value)) {
    problems.push(`body: found ${found(value)}, expected an object with parse`)
    return undefined
  }
  const unknown = Object.keys(value).filter(key => !keys.includes(key))
  for (const key of unknown) {
    const meant = nearest(key, keys)
    problems.push(`body: found the key "${key}", expected ${meant ?? keys.join(' or ')}`)
  }
  if (value['parse'] !== 'json') {
    problems.push(`body.parse: found ${found(value['parse'] ?? null)}, expected json`)
  }
  return { body: { parse: 'json', maxBytes: readBytes(problems, value) } }
}

function readBytes(problems: string[], body: JsonObject): BodyDefinition['maxBytes'] {
  const bytes = body['max_bytes'] ?? defaultBytes
  if (typeof bytes === 'number' && Number.isInteger(bytes) && bytes > 0) return bytes
  problems.push(`body.max_bytes: found ${found(bytes)}, expected a number of bytes, at least 1`)
  return defaultBytes
}
