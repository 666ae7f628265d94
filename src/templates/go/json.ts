/** Go's encoding/json for values of templates. */
import { encodeJsonNumber, encodeJsonString } from '../../lib/json.ts'
import { formatFloat } from '../fmt/float.ts'
import { entryOf, itemsOf, sortedKeysOf } from './collections.ts'
import { isNil } from './nil.ts'
import { checkSize } from './size.ts'
import {
  type GoMap,
  type GoObject,
  type GoStruct,
  go,
  isGoObject,
  type Value,
  type ValueMap,
} from './value.ts'

/** One encoding: its style, and the first value that JSON cannot represent. */
interface Encoding {
  readonly escapeHtml: boolean
  failure: Error | undefined
}

/** Compact JSON; returns an Error when a number is not finite. Throws `callError` when the result is too long. */
export function encodeValue(value: Value, { escapeHtml } = { escapeHtml: true }): string | Error {
  const encoding: Encoding = { escapeHtml, failure: undefined }
  const text = encode(value, encoding)
  return encoding.failure ?? text
}

function encode(value: Value, encoding: Encoding): string {
  switch (typeof value) {
    case 'string':
      return encodeJsonString(value, encoding.escapeHtml)
    case 'number':
      return encodeNumber(value, encoding)
    case 'boolean':
      return value ? 'true' : 'false'
    default:
      return value === null || value === undefined ? 'null' : encodeContainer(value, encoding)
  }
}

function encodeNumber(value: number, encoding: Encoding): string {
  if (!Number.isFinite(value)) {
    encoding.failure ??= new Error(`json: unsupported value: ${formatFloat(value, 'g', -1)}`)
  }
  return encodeJsonNumber(value)
}

function encodeContainer(value: Exclude<Value, undefined | null>, encoding: Encoding): string {
  if (Array.isArray(value)) return encodeList(value, encoding)
  if (isGoObject(value)) return isNil(value) ? 'null' : encodeGoObject(value, encoding)
  return encodeMap(value as ValueMap, encoding)
}

function encodeGoObject(value: GoObject, encoding: Encoding): string {
  switch (value[go]) {
    case 'int':
      return String(value.value)
    case 'list':
      return encodeList(itemsOf(value), encoding)
    case 'map':
      return encodeMap(value, encoding)
    case 'struct':
    case 'pointer':
      return encodeStruct(value, encoding)
  }
}

function encodeList(items: readonly Value[], encoding: Encoding): string {
  let text = ''
  for (const item of items)
    text = checkSize(text + (text === '' ? '' : ',') + encode(item, encoding))
  return `[${text}]`
}

function encodeMap(map: ValueMap | GoMap, encoding: Encoding): string {
  let text = ''
  for (const key of sortedKeysOf(map)) {
    const name = encodeJsonString(key, encoding.escapeHtml)
    text = checkSize(
      `${text}${text === '' ? '' : ','}${name}:${encode(entryOf(map, key), encoding)}`,
    )
  }
  return `{${text}}`
}

function encodeStruct({ type, target }: GoStruct, encoding: Encoding): string {
  if (type.json !== undefined) return encode(type.json(target), encoding)
  let text = ''
  for (const { json, read } of type.fields.values()) {
    text += `${text === '' ? '' : ','}"${json}":${encode(read(target), encoding)}`
  }
  return `{${text}}`
}
