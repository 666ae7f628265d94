/** Decodes a token: three base64url parts, a JSON header, JSON claims. Nothing here is verified yet. */
import { isJsonObject, type JsonObject, type JsonValue, tryJson } from '../../../lib/json.ts'

/** Why a token cannot be decoded, and its claims if the header could be. */
export interface Unreadable {
  readonly kind: 'unreadable'
  readonly reason: string
  readonly claims?: JsonObject
}

export interface CompactToken {
  readonly kind: 'compact'
  readonly header: JsonObject
  readonly claims: JsonObject
  /** The signed text: header and claims as sent. */
  readonly signed: string
  readonly signature: Buffer
}

/** Longer tokens are refused without decoding. */
const longest = 65_536

/** True when the text has exactly two dots. */
export function hasThreeParts(token: string): boolean {
  const first = token.indexOf('.')
  const second = first < 0 ? -1 : token.indexOf('.', first + 1)
  return second > 0 && !token.includes('.', second + 1)
}

/** `token` has three parts. */
export function parseCompact(token: string): CompactToken | Unreadable {
  if (token.length > longest) return unreadable('token is malformed: too long')
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  const header = parseHeader(token.slice(0, first))
  if (typeof header === 'string') return unreadable(header)
  const claims = parseClaims(token.slice(first + 1, second))
  if (typeof claims === 'string') return unreadable(claims, {})
  const signature = decodePart(token.slice(second + 1))
  if (signature === undefined) return unreadable(notBase64('signature'), claims)
  return { kind: 'compact', header, claims, signed: token.slice(0, second), signature }
}

const unreadable = (reason: string, claims?: JsonObject): Unreadable =>
  claims ? { kind: 'unreadable', reason, claims } : { kind: 'unreadable', reason }

const notBase64 = (part: string): string =>
  `token is malformed: ${part} is not base64url without padding`

function parseHeader(part: string): JsonObject | string {
  const text = decodePart(part)?.toString('latin1')
  if (text === undefined) return notBase64('header')
  const header = tryJson(text)
  if (!isJsonObject(header)) return 'token is malformed: header is not a JSON object'
  if (!isPlain(header, deepest)) return tooMuch('header')
  return membersOf(text) === Object.keys(header).length
    ? header
    : 'token is malformed: header contains a member twice'
}

function parseClaims(part: string): JsonObject | string {
  const text = decodePart(part)?.toString('latin1')
  if (text === undefined) return notBase64('claims')
  const claims = tryJson(text)
  if (!isJsonObject(claims)) return 'token is malformed: claims are not a JSON object'
  return isPlain(claims, deepest) ? claims : tooMuch('claims')
}

const tooMuch = (part: string): string =>
  `token is malformed: ${part} has a number too large or is nested too deep`

const deepest = 100

/** True when the depth is limited and every number fits into a double, so that later steps can process the value. */
function isPlain(value: JsonValue, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every(item => isPlain(item, depth - 1))
}

const alphabet = /^[\w-]*$/
/** With two or three characters left over, the last one has bits beyond the last byte. They must be zero, so that each token has only one spelling. */
const lastOfTwo = /[AQgw]$/
const lastOfThree = /[AEIMQUYcgkosw048]$/

/** Strict base64url: no padding, no blanks, no extra bits. */
function decodePart(part: string): Buffer | undefined {
  const left = part.length % 4
  if (left === 1 || !alphabet.test(part)) return undefined
  if (left === 2 && !lastOfTwo.test(part)) return undefined
  if (left === 3 && !lastOfThree.test(part)) return undefined
  return Buffer.from(part, 'base64url')
}

/** The number of members of a JSON object's text, counting each duplicate. */
function membersOf(text: string): number {
  let depth = 0
  let members = 0
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/gs)) {
    if (token[0] === '{' || token[0] === '[') depth++
    if (token[0] === '}' || token[0] === ']') depth--
    if (token[0] === ':' && depth === 1) members++
  }
  return members
}
