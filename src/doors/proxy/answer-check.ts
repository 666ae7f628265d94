/**
 * Checks an upstream's answer before Node gets it: Node throws for headers that it cannot send, and other invalid
 * headers could break the framing of the client's connection.
 */
import { foldedName, isHeaderName, isHeaderValue } from '../../lib/header-name.ts'
import { filterHeaders, forEachHeader } from '../../lib/header-pairs.ts'
import type { HeaderMap } from '../../model/headers.ts'
import type { AnswerHead } from '../../outbound/upstream/call.ts'
import { hopByHop } from './hop-by-hop.ts'

export interface CheckedAnswer {
  readonly kind: 'answer'
  readonly status: number
  /** Flat `[name, value, …]`. */
  readonly headers: readonly string[]
  /** Content-Length in bytes; undefined: not sent. */
  readonly length: number | undefined
}

/** Why an answer cannot be passed on. */
export interface BadAnswer {
  readonly kind: 'bad_answer'
  readonly reason: string
}

/** Checks a final answer, with status 200 to 599. */
export function checkAnswer({ status, headers }: AnswerHead): CheckedAnswer | BadAnswer {
  if (!(status >= 200 && status <= 599)) return bad(`found status ${status}, expected 200 to 599`)
  const problem = checkHeaders(headers)
  if (problem !== undefined) return bad(problem)
  const lengths = new Set<string>()
  // A plain loop, because it returns early.
  for (let i = 0; i < headers.length; i += 2) {
    const unfit = checkFraming(headers[i]?.toLowerCase() ?? '', headers[i + 1] ?? '', lengths)
    if (unfit !== undefined) return bad(unfit)
  }
  return { kind: 'answer', status, headers, length: lengthOf(lengths) }
}

/** Why headers cannot be passed on; undefined: they can. A plain loop, because it returns early. */
export function checkHeaders(flat: readonly string[]): string | undefined {
  for (let i = 0; i < flat.length; i += 2) {
    if (!isHeaderName(flat[i] ?? '')) return 'a header name has a character that is not allowed'
    if (!isPlain(flat[i + 1] ?? ''))
      return `the header ${flat[i]} has a character that is not allowed`
  }
  return undefined
}

const bad = (reason: string): BadAnswer => ({ kind: 'bad_answer', reason })

/** Node sends only bytes; HTTP/2 headers may have other characters. */
const isPlain = (value: string): boolean => isHeaderValue(value) && !/[^\0-\xff]/.test(value)

function checkFraming(lower: string, value: string, lengths: Set<string>): string | undefined {
  if (lower === 'content-length') {
    if (!/^\d{1,15}$/.test(value)) return 'Content-Length is not a number'
    lengths.add(value)
    return lengths.size > 1 ? 'there are several Content-Length headers that differ' : undefined
  }
  const isOtherCoding = lower === 'transfer-encoding' && value.trim().toLowerCase() !== 'chunked'
  return isOtherCoding ? `found the transfer coding ${value}, expected chunked` : undefined
}

function lengthOf(lengths: ReadonlySet<string>): number | undefined {
  const [length] = lengths
  return length === undefined ? undefined : Number(length)
}

/**
 * Names that are not allowed in trailers: they frame the message, describe its content or belong to the connection
 * (RFC 9110 §6.5.1).
 */
const neverTrailing: ReadonlySet<string> = new Set([
  ...hopByHop,
  'content-length',
  'content-encoding',
  'content-type',
  'host',
  'set-cookie',
])

/**
 * The trailers that can be sent. Flat. A client may treat them as headers, so `own`, which the rule sets in the answer,
 * is not among them in any spelling.
 */
export function checkTrailers(flat: readonly string[], own: HeaderMap): readonly string[] {
  if (flat.length === 0) return flat
  const owned = foldedNames(own)
  return filterHeaders(flat, (name, value) => {
    const folded = foldedName(name)
    const isForbidden = neverTrailing.has(folded) || owned.has(folded)
    return isHeaderName(name) && isPlain(value) && !isForbidden
  })
}

export const foldedNames = (own: HeaderMap): Set<string> => new Set([...own.keys()].map(foldedName))

const longestLink = 4096
/** The links that Node's `writeEarlyHints` accepts: a target, and parameters without spaces in them. */
const link = /^<[^>]*>(?:\s?;\s?[^;"\s=]+(?:=(?:"[^;"\s]*"|[^;"\s]*))?)*$/

/** The links of a 103 answer that can be passed on. */
export function earlyLinks({ status, headers }: AnswerHead): readonly string[] {
  if (status !== 103) return []
  const links: string[] = []
  forEachHeader(headers, (name, value) => {
    if (name.toLowerCase() === 'link' && value.length <= longestLink) links.push(...split(value))
  })
  return links.filter(text => link.test(text) && isPlain(text))
}

/** A link, up to the next comma outside `<…>` and quotes. */
const nextLink = /(?:<[^>]*>?|"[^"]*"?|[^<",])+/g

const split = (value: string): readonly string[] =>
  (value.match(nextLink) ?? []).map(text => text.trim())
