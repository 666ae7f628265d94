/**
 * What an upstream answers, checked before any part of it is handed to Node: Node throws on what it cannot
 * send, and what it sends unchecked could break the framing of the client's connection.
 */
import { isHeaderName, isHeaderValue } from '../../lib/header-name.ts'
import type { AnswerHead } from '../../outbound/upstream/call.ts'

export interface CheckedAnswer {
  readonly kind: 'answer'
  readonly status: number
  /** Flat `[name, value, …]`. */
  readonly headers: readonly string[]
  /** The length of the body that the upstream announced. */
  readonly length: number | undefined
}

/** Why an answer cannot be passed on. */
export interface BadAnswer {
  readonly kind: 'bad_answer'
  readonly reason: string
}

/** A final answer, whose status is 200 to 599. */
export function checkAnswer({ status, headers }: AnswerHead): CheckedAnswer | BadAnswer {
  if (!(status >= 200 && status <= 599)) return bad(`found status ${status}, expected 200 to 599`)
  const problem = checkHeaders(headers)
  if (problem !== undefined) return bad(problem)
  const lengths = new Set<string>()
  for (let i = 0; i < headers.length; i += 2) {
    const unfit = checkFraming(headers[i]?.toLowerCase() ?? '', headers[i + 1] ?? '', lengths)
    if (unfit !== undefined) return bad(unfit)
  }
  return { kind: 'answer', status, headers, length: lengthOf(lengths) }
}

/** Why header lines cannot be passed on; undefined: they can. */
export function checkHeaders(flat: readonly string[]): string | undefined {
  for (let i = 0; i < flat.length; i += 2) {
    if (!isHeaderName(flat[i] ?? '')) return 'a header name has a character that is not allowed'
    if (!isPlain(flat[i + 1] ?? ''))
      return `the header ${flat[i]} has a character that is not allowed`
  }
  return undefined
}

const bad = (reason: string): BadAnswer => ({ kind: 'bad_answer', reason })

/** Node takes bytes only: texts of HTTP/2 may have other characters. */
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

/** Names that a trailer may not have: they frame the message, or say how it is read (RFC 9110 §6.5.1). */
const neverTrailing = new Set([
  'content-length',
  'transfer-encoding',
  'trailer',
  'content-encoding',
  'content-type',
  'host',
  'set-cookie',
])

/** Flat; without what cannot be sent. */
export function checkTrailers(flat: readonly string[]): readonly string[] {
  const kept: string[] = []
  for (let i = 0; i < flat.length; i += 2) {
    const [name = '', value = ''] = [flat[i], flat[i + 1]]
    const isFit = isHeaderName(name) && isPlain(value) && !neverTrailing.has(name.toLowerCase())
    if (isFit) kept.push(name, value)
  }
  return kept
}

const longestLink = 4096
/** What Node's `writeEarlyHints` takes: a target and parameters without blanks in them. */
const link = /^<[^>]*>(?:\s?;\s?[^;"\s=]+(?:=(?:"[^;"\s]*"|[^;"\s]*))?)*$/

/** The links of an interim 103 answer, one text each; empty when there is nothing that can be passed on. */
export function earlyLinks({ status, headers }: AnswerHead): readonly string[] {
  if (status !== 103) return []
  const links: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value = ''] = [headers[i], headers[i + 1]]
    if (name.toLowerCase() === 'link' && value.length <= longestLink) links.push(...split(value))
  }
  return links.filter(text => link.test(text) && isPlain(text))
}

/** A link up to the comma behind it: those in `<…>` and in quotes are part of it. */
const nextLink = /(?:<[^>]*>?|"[^"]*"?|[^<",])+/g

const split = (value: string): readonly string[] =>
  (value.match(nextLink) ?? []).map(text => text.trim())
