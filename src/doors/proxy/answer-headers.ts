/** The headers of the upstream's answer as the client gets them. Flat: `[name, value, name, value, …]`. */
import type { ServerResponse } from 'node:http'
import { connectionNames, hopByHop } from './hop-by-hop.ts'

export interface AnswerHeaders {
  readonly flat: string[]
  /** Nothing is to be guessed about the body. */
  readonly hasType: boolean
}

/** A status 204 has no body, and says no length of one (RFC 9110 §8.6); HTTP/2 refuses it. */
export const withoutLength = (flat: readonly string[]): readonly string[] =>
  flat.filter((_, i) => flat[i - (i % 2)]?.toLowerCase() !== 'content-length')

/** `lines` is flat, as the upstream sent them. */
export function answerHeaders(
  lines: readonly string[],
  response: ServerResponse,
  announcesTrailers: boolean,
): AnswerHeaders {
  const names = lines.map((line, i) => (i % 2 === 0 ? line.toLowerCase() : ''))
  const listed = connectionNames(lines)
  const flat: string[] = []
  for (let i = 0; i < lines.length; i += 2) {
    const name = names[i] ?? ''
    const isKept =
      name === 'trailer' ? announcesTrailers : !(hopByHop.has(name) || listed?.has(name))
    if (isKept) flat.push(lines[i] ?? '', lines[i + 1] ?? '')
  }
  return {
    flat: withOwn(flat, response),
    hasType: names.includes('content-type') || names.includes('content-encoding'),
  }
}

/**
 * What was set before (the CORS headers) wins over the upstream's: a browser refuses an answer that has
 * two of one. Only `Vary` is added to.
 */
function withOwn(flat: string[], response: ServerResponse): string[] {
  const names = response.getHeaderNames()
  if (names.length === 0) return flat
  const kept = names.flatMap(name => linesOf(name, response))
  for (let i = 0; i < flat.length; i += 2) {
    if (!isReplaced(flat[i]?.toLowerCase() ?? '', names))
      kept.push(flat[i] ?? '', flat[i + 1] ?? '')
  }
  for (const name of names) response.removeHeader(name)
  return kept
}

const linesOf = (name: string, response: ServerResponse): string[] =>
  [response.getHeader(name)].flat().flatMap(value => [name, String(value)])

const isReplaced = (name: string, set: readonly string[]): boolean =>
  name !== 'vary' && (set.includes(name) || (set.includes('vary') && isCors(name)))

const isCors = (name: string): boolean => name.startsWith('access-control-')
