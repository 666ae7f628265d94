/** Envoy's Struct to JSON with byte strings, and back. */
import { textOf } from '../../lib/bytes.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { byteStringReader } from './decode.ts'
import { metadataMessage } from './messages.ts'

interface Struct {
  readonly fields: Readonly<Record<string, Value>>
}

/** Exactly one of these is there. */
type Value =
  | { readonly nullValue: 0 }
  | { readonly numberValue: number }
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly structValue: Struct }
  | { readonly listValue: { readonly values: readonly Value[] } }

/** An encoded Metadata message to its filter metadata by namespace. Throws when it does not decode. */
export function readMetadata(message: Buffer): JsonObject {
  const decoded = metadataMessage.decode(byteStringReader(message))
  const { filter_metadata } = decoded as unknown as {
    readonly filter_metadata: Readonly<Record<string, Struct>>
  }
  return mapValues(filter_metadata, readStruct)
}

const readStruct = (struct: Struct): JsonObject => mapValues(struct.fields, readValue)

function readValue(value: Value): JsonValue {
  if (has(value, 'stringValue')) return value.stringValue
  if (has(value, 'numberValue')) return value.numberValue
  if (has(value, 'boolValue')) return value.boolValue
  if (has(value, 'structValue')) return readStruct(value.structValue)
  if (has(value, 'listValue')) return value.listValue.values.map(readValue)
  return null
}

/** The decoder's messages have a default for each field: only an own property was on the wire. */
const has = <Key extends string>(
  value: Value,
  key: Key,
): value is Extract<Value, Readonly<Record<Key, unknown>>> => Object.hasOwn(value, key)

/** A JSON object to what the encoder takes for a Struct. */
export const toStruct = (object: JsonObject): Struct => ({
  fields: mapValues(object, toValue, textOf),
})

function toValue(value: JsonValue): Value {
  if (typeof value === 'string') return { stringValue: textOf(value) }
  if (typeof value === 'number') return { numberValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (isJsonObject(value)) return { structValue: toStruct(value) }
  return value === null ? { nullValue: 0 } : { listValue: { values: value.map(toValue) } }
}

/** `Object.fromEntries` defines its properties, so that a key such as `__proto__` is a key like any other. */
const mapValues = <From, To>(
  object: Readonly<Record<string, From>>,
  change: (value: From) => To,
  rename: (key: string) => string = key => key,
): Record<string, To> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [rename(key), change(value)]))
