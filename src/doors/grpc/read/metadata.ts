/** Converts protobuf's Struct to JSON with byte strings, and back. */
import type protobuf from 'protobufjs'
import { textOf } from '../../../lib/bytes.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { metadataMessage } from '../messages.ts'
import { byteStringReader } from './decode.ts'

interface Struct {
  readonly fields: Readonly<Record<string, Value>>
}

/** Exactly one of these is set. */
type Value =
  | { readonly nullValue: 0 }
  | { readonly numberValue: number }
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly structValue: Struct }
  | { readonly listValue: { readonly values: readonly Value[] } }

/** Decodes a Metadata message to its filter metadata by namespace. Throws when it cannot be decoded. */
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

/** Decoded messages inherit a default for each field: only own properties were sent. */
const has = <Key extends string>(
  value: Value,
  key: Key,
): value is Extract<Value, Readonly<Record<Key, unknown>>> => Object.hasOwn(value, key)

/** Wire tags: field number and type. */
const tag = {
  entry: 10,
  key: 10,
  value: 18,
  null: 8,
  number: 17,
  string: 26,
  bool: 32,
  struct: 42,
  list: 50,
  listed: 10,
} as const

/** Writes a JSON object as the fields of a Struct, without an intermediate object per value: those dominated the cost. */
export function writeStruct(writer: protobuf.Writer, object: JsonObject): void {
  for (const [key, value] of Object.entries(object)) writeEntry(writer, key, value)
}

/** Adds one field to the Struct that is being written. */
export function writeEntry(writer: protobuf.Writer, key: string, value: JsonValue): void {
  writer.uint32(tag.entry).fork().uint32(tag.key).string(textOf(key)).uint32(tag.value).fork()
  writeValue(writer, value)
  writer.ldelim().ldelim()
}

function writeValue(writer: protobuf.Writer, value: JsonValue): void {
  if (typeof value === 'string') writer.uint32(tag.string).string(textOf(value))
  else if (typeof value === 'number') writer.uint32(tag.number).double(value)
  else if (typeof value === 'boolean') writer.uint32(tag.bool).bool(value)
  else if (value === null) writer.uint32(tag.null).int32(0)
  else writeNested(writer, value)
}

function writeNested(writer: protobuf.Writer, value: JsonObject | readonly JsonValue[]): void {
  writer.uint32(isJsonObject(value) ? tag.struct : tag.list).fork()
  if (isJsonObject(value)) writeStruct(writer, value)
  else {
    for (const item of value) {
      writer.uint32(tag.listed).fork()
      writeValue(writer, item)
      writer.ldelim()
    }
  }
  writer.ldelim()
}

/** `Object.fromEntries` defines properties, so `__proto__` is an ordinary key. */
const mapValues = <From, To>(
  object: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))
