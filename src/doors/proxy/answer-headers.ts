/** The headers of the upstream's answer for the client. Flat: `[name, value, …]`. */
import type { ServerResponse } from 'node:http'
import { foldedName, trimBlanks } from '../../lib/header-name.ts'
import { filterHeaders } from '../../lib/header-pairs.ts'
import type { HeaderMap } from '../../model/headers.ts'
import { foldedNames } from './answer-check.ts'
import { connectionNames, hopByHop } from './hop-by-hop.ts'

export interface AnswerHeaders {
  readonly flat: string[]
  /** True: the type of the body must not be detected. */
  readonly hasType: boolean
}

/** Removes Content-Length, which is not allowed with status 204 (RFC 9110 §8.6); HTTP/2 refuses it. */
export const withoutLength = (flat: readonly string[]): readonly string[] =>
  filterHeaders(flat, name => name.toLowerCase() !== 'content-length')

export interface AnswerOptions {
  readonly response: ServerResponse
  readonly announcesTrailers: boolean
  /** What the rule sets in the answer. */
  readonly own: HeaderMap
}

/** `lines` is flat, as the upstream sent them. */
export function answerHeaders(
  lines: readonly string[],
  { response, announcesTrailers, own }: AnswerOptions,
): AnswerHeaders {
  const { flat, hasType } = passedHeaders(lines, announcesTrailers)
  const whole = withOwn(flat, response)
  if (own.size === 0) return { flat: whole, hasType }
  return { flat: withRuleHeaders(whole, own), hasType: hasType || own.has('Content-Type') }
}

function passedHeaders(lines: readonly string[], announcesTrailers: boolean): AnswerHeaders {
  const listed = connectionNames(lines)
  let hasType = false
  const flat = filterHeaders(lines, written => {
    const name = written.toLowerCase()
    hasType ||= name === 'content-type' || name === 'content-encoding'
    return name === 'trailer' ? announcesTrailers : !(hopByHop.has(name) || listed?.has(name))
  })
  return { flat, hasType }
}

/** The rule's headers replace the upstream's, in every spelling, and those of CORS. Cookies are added. */
function withRuleHeaders(flat: readonly string[], own: HeaderMap): string[] {
  const replaced = foldedNames(own)
  replaced.delete('set-cookie')
  const kept = filterHeaders(flat, name => !replaced.has(foldedName(name)))
  for (const [name, values] of own) for (const value of values) kept.push(name, trimBlanks(value))
  return kept
}

/**
 * Headers that were set before (CORS) replace the upstream's, because browsers refuse duplicate CORS headers. `Vary`
 * keeps both values.
 */
function withOwn(flat: string[], response: ServerResponse): string[] {
  const names = response.getHeaderNames()
  if (names.length === 0) return flat
  const kept = names.flatMap(name => linesOf(name, response))
  kept.push(...filterHeaders(flat, name => !isReplaced(name.toLowerCase(), names)))
  for (const name of names) response.removeHeader(name)
  return kept
}

const linesOf = (name: string, response: ServerResponse): string[] =>
  [response.getHeader(name)].flat().flatMap(value => [name, String(value)])

const isReplaced = (name: string, set: readonly string[]): boolean =>
  name !== 'vary' && (set.includes(name) || (set.includes('vary') && isCors(name)))

const isCors = (name: string): boolean => name.startsWith('access-control-')
