/** Go's encoding/json over the values of templates. */
import { encodeJsonNumber, encodeJsonString } from '../../lib/json.ts'
import { entryOf, itemsOf, sortedKeysOf } from './collections.ts'
import { kinded } from './kind.ts'
import { isNil } from './nil.ts'
import type { GoStruct, Value } from './value.ts'

export interface EncodeStyle {
  /** Escape `<`, `>` and `&`. */
  readonly escapeHtml: boolean
}

/** Compact JSON; undefined when a number is not finite, which JSON cannot say. */
export function encodeValue(value: Value, style = { escapeHtml: true }): string | undefined {
  const it = kinded(value)
  switch (it.kind) {
    case 'string':
      return encodeJsonString(it.value, style.escapeHtml)
    case 'bool':
      return String(it.value)
    case 'float':
      return Number.isFinite(it.value) ? encodeJsonNumber(it.value) : undefined
    case 'int':
      return String(it.value.value)
    default:
      return isNil(value) ? 'null' : encodeContainer(value, style)
  }
}

function encodeContainer(value: Value, style: EncodeStyle): string | undefined {
  const it = kinded(value)
  switch (it.kind) {
    case 'list':
      return wrapped(
        itemsOf(it.value).map(item => encodeValue(item, style)),
        '[]',
      )
    case 'map': {
      const entries = sortedKeysOf(it.value).map(key => member(key, entryOf(it.value, key), style))
      return wrapped(entries, '{}')
    }
    case 'struct':
    case 'pointer':
      return encodeStruct(it.value, style)
    default:
      return undefined
  }
}

function encodeStruct({ type, target }: GoStruct, style: EncodeStyle): string | undefined {
  const members = [...type.fields.values()].map(({ json, read }) =>
    member(json, read(target), style),
  )
  return wrapped(members, '{}')
}

function member(name: string, value: Value, style: EncodeStyle): string | undefined {
  const encoded = encodeValue(value, style)
  return encoded === undefined
    ? undefined
    : `${encodeJsonString(name, style.escapeHtml)}:${encoded}`
}

const wrapped = (
  parts: readonly (string | undefined)[],
  brackets: '[]' | '{}',
): string | undefined =>
  parts.includes(undefined) ? undefined : brackets.charAt(0) + parts.join(',') + brackets.charAt(1)
