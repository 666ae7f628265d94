/** The modifiers of GJSON that change the value; those that only change its format return it unchanged. */
import { encodeJson, isJsonObject, type JsonValue, tryJson } from '../json.ts'

type Modify = (value: JsonValue) => JsonValue | undefined

const asIs: Modify = value => value

const reverse: Modify = value => {
  if (Array.isArray(value)) return value.toReversed()
  return isJsonObject(value) ? Object.fromEntries(Object.entries(value).reverse()) : value
}

const keysOf: Modify = value => (isJsonObject(value) ? Object.keys(value) : [])

const valuesOf: Modify = value => (isJsonObject(value) ? Object.values(value) : [value])

const flatten: Modify = value => (Array.isArray(value) ? (value.flat() as JsonValue) : value)

const fromText: Modify = value => (typeof value === 'string' ? tryJson(value) : undefined)

const join: Modify = value =>
  Array.isArray(value)
    ? Object.assign({}, ...(value as readonly JsonValue[]).filter(isJsonObject))
    : value

export const modifiers: Readonly<Record<string, Modify>> = {
  this: asIs,
  valid: asIs,
  ugly: asIs,
  pretty: asIs,
  reverse,
  keys: keysOf,
  values: valuesOf,
  flatten,
  join,
  tostr: value => encodeJson(value, { escapeHtml: false, sortKeys: false }),
  fromstr: fromText,
}
