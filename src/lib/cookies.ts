/** Cookies of a request as Go reads them. Byte strings in and out. */
import { isHeaderName } from './header-name.ts'
import type { NameTest } from './name-patterns.ts'
import { readingsOf, unescapeLeniently } from './query.ts'

/** Printable ASCII without quote, semicolon and backslash. */
const cookieValue = /^[ !#-:<-[\]-~]*$/

/**
 * The value of the first cookie with that name in the given `Cookie` header values. Names are compared with case,
 * and surrounding quotes are removed. A cookie with other bytes in its value is ignored.
 */
export function readCookie(lines: readonly string[], name: string): string | undefined {
  if (!isHeaderName(name)) return undefined
  for (const line of lines) {
    const value = line.includes(name) ? readFromLine(line, name) : undefined
    if (value !== undefined) return value
  }
  return undefined
}

/** A cookie of the header; `quoted`: it was in quotes, which are removed from `value`. */
export interface Cookie {
  readonly name: string
  readonly value: string
  readonly quoted: boolean
}

/** All cookies in order; those that Go would not read are ignored. */
export const readCookies = (lines: readonly string[]): readonly Cookie[] =>
  lines.flatMap(line => line.split(';')).flatMap(toCookie)

function toCookie(pair: string): readonly Cookie[] {
  const end = pair.indexOf('=')
  const name = trimmed(end < 0 ? pair : pair.slice(0, end))
  const raw = end < 0 ? '' : withoutTrailingBlanks(pair.slice(end + 1))
  const value = unquoted(raw)
  if (!isHeaderName(name) || !cookieValue.test(value)) return []
  return [{ name, value, quoted: value !== raw }]
}

/**
 * The cookies of all lines in one, byte for byte, without the removed ones: also malformed ones, which another
 * program may read. A cookie is removed under each name that some program reads it under: PHP takes `a[b]` and `a.b`
 * for names of query parameters.
 */
export const withoutCookies = (lines: readonly string[], isRemoved: NameTest): string =>
  lines
    .flatMap(line => line.split(';'))
    .filter(pair => trimmed(pair) !== '' && !readings(pair).some(isRemoved))
    .join(';')
    .replace(/^[ \t]+/, '')

function readings(pair: string): readonly string[] {
  const end = pair.indexOf('=')
  const name = trimmed(end < 0 ? pair : pair.slice(0, end))
  return isPlain(name) ? [name] : [name, ...readingsOf(unescapeLeniently(name))]
}

const isPlain = (name: string): boolean => /^[\w-]*$/.test(name)

/** `name=value` for a Cookie header: bytes that are not allowed are left out; blanks and commas need quotes. */
export function writeCookie({ name, value, quoted }: Cookie): string {
  const clean = value.replace(/[^ !#-:<-[\]-~]/g, '')
  return quoted || /[ ,]/.test(clean) ? `${name}="${clean}"` : `${name}=${clean}`
}

function readFromLine(line: string, name: string): string | undefined {
  for (const pair of line.split(';')) {
    const value = readFromPair(pair, name)
    if (value !== undefined && cookieValue.test(value)) return value
  }
  return undefined
}

function readFromPair(pair: string, name: string): string | undefined {
  const end = pair.indexOf('=')
  if (trimmed(end < 0 ? pair : pair.slice(0, end)) !== name) return undefined
  return end < 0 ? '' : unquoted(withoutTrailingBlanks(pair.slice(end + 1)))
}

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t'

/** A loop, because an expression for trailing blanks takes quadratic time on many blanks. */
function withoutTrailingBlanks(text: string): string {
  let end = text.length
  while (end > 0 && isBlank(text[end - 1])) end--
  return text.slice(0, end)
}

function trimmed(text: string): string {
  let start = 0
  while (isBlank(text[start])) start++
  return withoutTrailingBlanks(text.slice(start))
}

const unquoted = (value: string): string =>
  value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
