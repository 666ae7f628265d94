import { firstOf } from './headers.ts'
import type { Pair } from './types.ts'

/** An HTTP/1 answer as received: header names and values latin1-coded, the body without its framing. */
export interface Answered {
  readonly kind: 'answer'
  readonly status: number
  readonly headers: readonly Pair[]
  readonly body: Buffer
}
export type Reading = Answered | { readonly kind: 'more' } | { readonly kind: 'broken' }

const more = { kind: 'more' } as const
const broken = { kind: 'broken' } as const

/** Reads an answer from what has arrived so far. `ended`: the other side will send no more. */
export function readAnswer(bytes: Buffer, method: string, ended: boolean): Reading {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return ended ? broken : more
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1])
  if (Number.isNaN(status)) return broken
  const rest = bytes.subarray(end + 4)
  if (status === 100) return readAnswer(rest, method, ended)
  const headers = lines.map(toPair)
  const body = isBare(method, status) ? Buffer.alloc(0) : readBody(rest, headers, ended)
  return Buffer.isBuffer(body) ? { kind: 'answer', status, headers, body } : body
}

const isBare = (method: string, status: number): boolean =>
  method === 'HEAD' || status < 200 || status === 204 || status === 304

function toPair(line: string): Pair {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+/, '')]
}

function readBody(
  rest: Buffer,
  headers: readonly Pair[],
  ended: boolean,
): Buffer | typeof more | typeof broken {
  if (firstOf(headers, 'transfer-encoding').toLowerCase() === 'chunked') return readChunks(rest)
  const length = firstOf(headers, 'content-length')
  if (length === '') return ended ? rest : more
  return rest.length < Number(length) ? more : rest.subarray(0, Number(length))
}

function readChunks(rest: Buffer): Buffer | typeof more | typeof broken {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const chunk = chunkAt(rest, at)
    if ('kind' in chunk) return chunk
    if (chunk.size === 0) return Buffer.concat(parts)
    parts.push(rest.subarray(chunk.start, chunk.start + chunk.size))
    at = chunk.start + chunk.size + 2
  }
}

/** A chunk that has arrived completely; the last one, of size 0, with the end of its trailer. */
function chunkAt(rest: Buffer, at: number) {
  const lineEnd = rest.indexOf('\r\n', at)
  if (lineEnd < 0) return more
  const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16)
  if (Number.isNaN(size)) return broken
  const start = lineEnd + 2
  const whole = size === 0 ? rest.includes('\r\n', start) : rest.length >= start + size + 2
  return whole ? { size, start } : more
}
