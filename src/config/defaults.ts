import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { propertiesOf, type SchemaNode } from './schema/walk.ts'

/** The value with every default of the schema; sections without defaults are not added. */
export function withDefaults(value: JsonObject, schema: SchemaNode): JsonObject {
  const members = new Map<string, JsonValue>(Object.entries(value))
  for (const [key, node] of Object.entries(propertiesOf(schema))) {
    const filled = filledMember(members.get(key), node)
    if (filled !== undefined) members.set(key, filled)
  }
  return Object.fromEntries(members)
}

function filledMember(value: JsonValue | undefined, node: SchemaNode): JsonValue | undefined {
  if (isJsonObject(value)) return withDefaults(value, node)
  if (value !== undefined) return value
  if (node.default !== undefined) return node.default as JsonValue
  const section = withDefaults({}, node)
  return Object.keys(section).length > 0 ? section : undefined
}
