/** Masks secrets in JSON before it is shown. Secrets are recognized by the names of their members, at any depth. */
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'

const mask = '***'

const secretMember =
  /^(?:token|authorization_header|base64)$|secret|password|passphrase|private.?key|api.?key/i
const secretHeader =
  /^(?:authorization|proxy-authorization|cookie)$|api.?key|token|secret|password/i
/** The header usually has a secret. */
export const isSecretHeaderName = (name: string): boolean => secretHeader.test(name)

/** The member of an object usually has a secret. */
export const isSecretMemberName = (name: string): boolean => secretMember.test(name)

const secretParameter =
  /token|secret|passw|api.?key|session|signature|credential|^(?:code|sig|jwt)$/i

/** The parameter of a query usually has a secret. */
export const isSecretParameterName = (name: string): boolean => secretParameter.test(name)

const headerSection = /headers$/i
/** A template that prints data of the session is not a secret. */
const ofTheSession = /\{\{[^{}]*[.$]/
const userInfo = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i
/** Keys that are part of the URL may be private or shared ones. */
const inline = /^inline:\/\//i

/** The value with `***` in place of secrets, of users and passwords in URLs, and of keys that are part of a URL. */
export const maskSecrets = (value: JsonValue): JsonValue => maskWithin(value)

function maskMembers(object: JsonObject, areHeaders: boolean): JsonObject {
  const masked = Object.entries(object).map(([name, value]) => {
    const isSecret = areHeaders ? isSecretHeader(name, value) : secretMember.test(name)
    const shown = isSecret ? hidden(value) : maskWithin(value, headerSection.test(name))
    return [name, shown] as const
  })
  return Object.fromEntries(masked)
}

const isSecretHeader = (name: string, value: JsonValue): boolean =>
  secretHeader.test(name) && !(typeof value === 'string' && ofTheSession.test(value))

function maskWithin(value: JsonValue, areHeaders = false): JsonValue {
  if (typeof value === 'string') return withoutCredentials(value)
  if (Array.isArray(value)) return value.map(item => maskWithin(item, areHeaders))
  return isJsonObject(value) ? maskMembers(value, areHeaders) : value
}

/** Masks a value of any type; a section with the name of a secret keeps its members, which are masked one by one. */
function hidden(value: JsonValue): JsonValue {
  if (value === null || value === '') return value
  if (Array.isArray(value)) return value.map(hidden)
  return isJsonObject(value) ? maskMembers(value, false) : mask
}

const withoutCredentials = (text: string): string =>
  inline.test(text) ? `inline://${mask}` : text.replace(userInfo, `$1${mask}@`)
