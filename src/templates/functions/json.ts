import { callError } from '../go/call-error.ts'
import { fixed } from '../go/callable.ts'
import { decodeValue } from '../go/decode-json.ts'
import { encodeValue } from '../go/json.ts'
import { prettyJson } from '../go/pretty-json.ts'
import type { Callable, Value } from '../go/value.ts'
import type { FunctionGroup } from './function.ts'

type Encode = (value: Value) => string | Error

const lenient = (encode: Encode): Callable =>
  fixed(['any'], value => {
    const text = encode(value)
    return typeof text === 'string' ? text : ''
  })

const strict = (encode: Encode): Callable =>
  fixed(['any'], value => {
    const text = encode(value)
    if (typeof text === 'string') return text
    throw callError(text.message)
  })

const compact: Encode = value => encodeValue(value)
const raw: Encode = value => encodeValue(value, { escapeHtml: false })

const pretty: Encode = value => {
  const text = encodeValue(value)
  return typeof text === 'string' ? prettyJson(text) : text
}

function mustDecode(text: string): Value {
  const value = decodeValue(text)
  if (value instanceof Error) throw callError(value.message)
  return value
}

export const json: FunctionGroup = {
  toJson: lenient(compact),
  toPrettyJson: lenient(pretty),
  toRawJson: strict(raw),
  mustToJson: strict(compact),
  mustToPrettyJson: strict(pretty),
  mustToRawJson: strict(raw),
  fromJson: fixed(['string'], text => {
    const value = decodeValue(text)
    return value instanceof Error ? null : value
  }),
  mustFromJson: fixed(['string'], mustDecode),
}
