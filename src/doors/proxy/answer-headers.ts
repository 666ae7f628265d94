/** The headers of the upstream's answer for the client. Flat: `[name, value, …]`. */
import type { ServerResponse } from 'node:http'
import { filterHeaders } from '../../lib/header-pairs.ts'
import { connectionNames, hopByHop } from './hop-by-hop.ts'

export interface AnswerHeaders {
  readonly flat: string[]
  /** True: the type of the body must not be detected. */
  readonly hasType: boolean
}

/** Removes Content-Length, which is not allowed with status 204 (RFC 9110 §8.6); HTTP/2 refuses it. */
export const withoutLength = (flat: readonly string[]): readonly string[] =>
  filterHeaders(flat, name => name.toLowerCase() !== 'content-length')

/** `lines` is flat, as the upstream sent them. */
export function answerHeaders(
  lines: readonly string[],
  response: ServerResponse,
  announcesTrailers: boolean,
): AnswerHeaders {
  const listed = connectionNames(lines)
  let hasType = false
  const flat = filterHeaders(lines, written => {
    const name = written.toLowerCase()
    hasType ||= name === 'content-type' || name === 'content-encoding'
    return name === 'trailer' ? announcesTrailers : !(hopByHop.has(name) || listed?.has(name))
  })
  return { flat: withOwn(flat, response), hasType }
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
