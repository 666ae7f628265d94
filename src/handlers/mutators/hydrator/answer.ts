/** Reads the session from a hydrator's answer. */
import { canonicalHeaderName } from '../../../lib/header-name.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import type { HeaderMap } from '../../../model/headers.ts'
import type { MatchContext, MatchUrl, Session } from '../../../model/session.ts'

/** Throws a TypeError that names the member with a wrong type. An absent match context is kept. */
export function readSession(before: Session, answer: JsonValue): Session {
  const reply = objectOf(answer, 'the answer')
  const context = member(reply, 'match_context')
  return {
    kind: 'session',
    subject: stringOf(member(reply, 'subject'), 'subject'),
    extra: readExtra(member(reply, 'extra')),
    headers: readHeaders(member(reply, 'header'), 'header'),
    echoed: undefined,
    matchContext: context === null ? before.matchContext : readContext(context, before),
    credential: before.credential,
    ...(before.edits && { edits: before.edits }),
  }
}

/** As Go reads JSON: a name counts in any case, an exact match first. An absent member is the same as null. */
function member(object: JsonObject, name: string): JsonValue {
  if (Object.hasOwn(object, name)) return object[name] ?? null
  const wanted = name.toLowerCase()
  const key = Object.keys(object).find(candidate => candidate.toLowerCase() === wanted)
  return key === undefined ? null : (object[key] ?? null)
}

function objectOf(value: JsonValue, name: string): JsonObject {
  if (!isJsonObject(value)) throw new TypeError(`${name} is not an object`)
  return value
}

function stringOf(value: JsonValue, name: string): string {
  if (value === null) return ''
  if (typeof value !== 'string') throw new TypeError(`${name} is not a string`)
  return value
}

const readExtra = (value: JsonValue): JsonObject | null =>
  value === null ? null : objectOf(value, 'extra')

function textsOf(value: JsonValue, name: string): readonly string[] {
  if (value === null) return []
  if (!Array.isArray(value)) throw new TypeError(`${name} is not a list`)
  return value.map((item: JsonValue) => stringOf(item, name))
}

/** Several spellings of a name are one header. */
function readHeaders(value: JsonValue, name: string): HeaderMap | null {
  if (value === null) return null
  const headers = new Map<string, readonly string[]>()
  for (const [key, values] of Object.entries(objectOf(value, name))) {
    const canonical = canonicalHeaderName(key)
    const known = headers.get(canonical) ?? []
    headers.set(canonical, [...known, ...textsOf(values, `${name}.${key}`)])
  }
  return headers
}

function readContext(value: JsonValue, before: Session): MatchContext {
  const context = objectOf(value, 'match_context')
  return {
    regexpCaptureGroups: textsOf(member(context, 'regexp_capture_groups'), 'regexp_capture_groups'),
    url: readUrl(member(context, 'url')),
    method: stringOf(member(context, 'method'), 'method'),
    header: readHeaders(member(context, 'header'), 'match_context.header') ?? new Map(),
    contextExtensions: before.matchContext.contextExtensions,
    namedCaptures: before.matchContext.namedCaptures,
    client: before.matchContext.client,
    metadata: before.matchContext.metadata,
    rule: before.matchContext.rule,
    body: before.matchContext.body,
  }
}

function readUrl(value: JsonValue): MatchUrl {
  const url = value === null ? {} : objectOf(value, 'match_context.url')
  return {
    scheme: stringOf(member(url, 'Scheme'), 'Scheme'),
    host: stringOf(member(url, 'Host'), 'Host'),
    path: stringOf(member(url, 'Path'), 'Path'),
    rawPath: stringOf(member(url, 'RawPath'), 'RawPath'),
    rawQuery: stringOf(member(url, 'RawQuery'), 'RawQuery'),
    forceQuery: member(url, 'ForceQuery') === true,
  }
}
