/**
 * JSON that every program reads in the same way: no member twice, no number that a double cannot hold, no half of a
 * character. For texts that one program checks and another one uses.
 */
import { isUtf8 } from 'node:buffer'
import { type JsonValue, toByteStrings } from './json.ts'

/** `reason` says what was found, without any text of the document. */
export type StrictJson =
  | { readonly kind: 'json'; readonly value: JsonValue }
  | { readonly kind: 'not_strict'; readonly reason: string }

const notStrict = (reason: string): StrictJson => ({
  kind: 'not_strict',
  reason,
})

export const mostLevels = 64

/** Takes UTF-8; the strings of the value are byte strings (lib/bytes.ts). Linear in the length. */
export function parseStrictJson(bytes: Buffer): StrictJson {
  if (!isUtf8(bytes)) return notStrict('it is not UTF-8')
  const text = bytes.toString('utf8')
  const parsed = tryParse(text)
  if (parsed === undefined) return notStrict('it is not JSON')
  const { value } = parsed
  const isPlain = !beyondAscii.test(text)
  const found: Found = { members: 0, isTooDeep: false, isWellFormed: true }
  inspect(found, value, mostLevels)
  if (found.isTooDeep) return notStrict(`it has more than ${mostLevels} levels`)
  if (!found.isWellFormed) return notStrict('it has half of a surrogate pair')
  const written = scan(text)
  if (!written.areNumbersExact) return notStrict('it has a number that a double cannot hold')
  if (written.members !== found.members) return notStrict('it has a member twice')
  return { kind: 'json', value: isPlain ? value : toByteStrings(value) }
}

/** A character that is more than one byte, or an escape that may be one. */
const beyondAscii = /[^\0-\x7f]|\\u/

/** `null` is a value, too. */
function tryParse(text: string): { readonly value: JsonValue } | undefined {
  try {
    return { value: JSON.parse(text) as JsonValue }
  } catch {
    return undefined
  }
}

const halfCharacter = /\p{Surrogate}/u

interface Found {
  members: number
  isTooDeep: boolean
  isWellFormed: boolean
}

/** Stops at the deepest allowed level, so that it needs little stack. */
function inspect(found: Found, value: JsonValue, levels: number): void {
  if (typeof value === 'string') inspectText(found, value)
  if (typeof value !== 'object' || value === null) return
  if (levels === 0) {
    found.isTooDeep = true
    return
  }
  const names = Array.isArray(value) ? none : Object.keys(value)
  found.members += names.length
  for (const name of names) inspectText(found, name)
  for (const item of Object.values(value)) inspect(found, item, levels - 1)
}

const none: readonly string[] = []

function inspectText(found: Found, text: string): void {
  if (halfCharacter.test(text)) found.isWellFormed = false
}

interface Written {
  /** Each member that is written, duplicates included. */
  members: number
  areNumbersExact: boolean
}

const tokens = /[":\-0-9]/g
const numberPart = /[-+.0-9eE]/

/** Counts what the parsed value no longer shows. The text is valid JSON. */
function scan(text: string): Written {
  const written: Written = { members: 0, areNumbersExact: true }
  tokens.lastIndex = 0
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    if (token[0] === ':') written.members += 1
    else tokens.lastIndex = token[0] === '"' ? endOfString(text, token.index) : number(token.index)
  }
  return written

  function number(start: number): number {
    const end = endOfNumber(text, start)
    if (!isExact(text.slice(start, end))) written.areNumbersExact = false
    return end
  }
}

/** After the closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1
  while (numberPart.test(text[at] ?? '')) at += 1
  return at
}

/** Whole numbers must be the same in every program, others fit into a double. */
const isExact = (token: string): boolean =>
  /^-?\d+$/.test(token) ? Number.isSafeInteger(Number(token)) : Number.isFinite(Number(token))
