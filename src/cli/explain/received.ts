/** Checks an explanation that another program sent, and makes one fit for a terminal. */
import type { Explanation } from '../../explain/explanation.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { either, type Is, isNull, isNumber, isText, listOf, mapOf } from '../../lib/shape.ts'
import { withoutControls } from '../../lib/without-controls.ts'

const isFlag: Is = value => typeof value === 'boolean'
const isAbsent: Is = value => value === undefined
const objectOf =
  (members: Readonly<Record<string, Is>>): Is =>
  value =>
    isJsonObject(value) &&
    Object.entries(members).every(([name, is]) =>
      is(Object.hasOwn(value, name) ? value[name] : undefined),
    )
const optional = (is: Is): Is => either(isAbsent, is)

const kinds: readonly unknown[] = ['allow', 'deny', 'error', 'undecided']
const texts = listOf(isText)
const headers = mapOf(isText)

const part = objectOf({ part: isText, hit: isFlag, at: optional(isNumber), expected: isText })
const step = objectOf({
  stage: isText,
  handler: either(isText, isNull),
  branch: optional(isText),
  outcome: isText,
  reason: optional(isText),
  us: isNumber,
  reads: texts,
})
const answer = objectOf({
  status: isNumber,
  headers,
  removed: texts,
  response_headers: headers,
  body: optional(isText),
  target: optional(isText),
})

const hasShape = objectOf({
  request: objectOf({
    door: isText,
    method: isText,
    url: either(isText, isNull),
    sent: isText,
    changes: texts,
  }),
  rule: either(isText, isNull),
  outcome: objectOf({
    kind: value => kinds.includes(value),
    code: optional(isText),
    reason: optional(isText),
    missing: texts,
  }),
  candidates: listOf(objectOf({ rule: isText, parts: listOf(part) })),
  nearest: listOf(objectOf({ rule: isText, misses: texts })),
  steps: listOf(step),
  headers: objectOf({ set: headers, removed: texts, owned: texts }),
  answers: mapOf(answer),
})

/** undefined: the value is not an explanation. */
export const readExplanation = (value: JsonValue | undefined): Explanation | undefined =>
  hasShape(value) ? (value as unknown as Explanation) : undefined

/** Without control characters in any text: rules, services and servers write them. */
export const printable = (explanation: Explanation): Explanation =>
  clean(explanation as unknown as JsonValue) as unknown as Explanation

function clean(value: JsonValue): JsonValue {
  if (typeof value === 'string') return withoutControls(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(clean)
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [withoutControls(name), clean(item)]),
  )
}
