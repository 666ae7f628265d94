/** Reads the JSON answer of an introspection endpoint (RFC 7662) with the types that Oathkeeper requires. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'

/** An answer, as it came and as it was read. */
export interface Answered {
  /** None for a null. */
  readonly members: JsonObject
  readonly read: Introspection
}

export interface Introspection {
  readonly active: boolean
  readonly subject: string
  readonly username: string
  readonly clientId: string
  readonly scope: string
  readonly audience: readonly string[]
  readonly issuer: string
  /** Seconds since the epoch; 0: no expiry. */
  readonly expiresAt: number
  readonly tokenUse: string
  readonly ext: JsonObject
}

/** Throws a TypeError that names the member with a wrong type. */
export function readAnswer(answer: JsonValue): Answered {
  if (answer !== null && !isJsonObject(answer)) throw new TypeError('the answer is not an object')
  const members = answer ?? {}
  return { members, read: readMembers(members) }
}

function readMembers(members: JsonObject): Introspection {
  const text = (name: string): string => readText(members[name], name)
  const { active = false, exp, aud, ext } = members
  if (active !== null && typeof active !== 'boolean') throw new TypeError('active is not a boolean')
  return {
    active: active === true,
    subject: text('sub'),
    username: text('username'),
    clientId: text('client_id'),
    scope: text('scope'),
    audience: readAudience(aud),
    issuer: text('iss'),
    expiresAt: readTime(exp),
    tokenUse: text('token_use'),
    ext: readExt(ext),
  }
}

function readText(value: JsonValue | undefined, name: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw new TypeError(`${name} is not a string`)
  return value
}

function readTime(value: JsonValue | undefined): number {
  if (value === undefined || value === null) return 0
  if (!Number.isSafeInteger(value)) throw new TypeError('exp is not a whole number')
  return value as number
}

function readAudience(value: JsonValue | undefined): readonly string[] {
  if (value === undefined) return []
  if (typeof value === 'string') return [value]
  const isList = Array.isArray(value) && value.every((item: JsonValue) => typeof item === 'string')
  if (!isList) throw new TypeError('aud is neither a string nor a list of strings')
  return value as readonly string[]
}

function readExt(value: JsonValue | undefined): JsonObject {
  if (value === undefined || value === null) return {}
  if (!isJsonObject(value)) throw new TypeError('ext is not an object')
  return value
}
