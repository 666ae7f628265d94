import { Readable } from 'node:stream'
import { type Dispatcher, request } from 'undici'
import { canonicalHeaderName } from '../../lib/header-name.ts'
import type { HeaderMap } from '../../model/headers.ts'
import type { BodyStream, OutboundHeaders } from './call.ts'

/** One request and its answer, redirects apart. */
export interface Exchange {
  readonly method: string
  readonly url: URL
  readonly headers: OutboundHeaders
  readonly body: Buffer | BodyStream | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: HeaderMap
  /** undefined: longer than the limit. */
  readonly body: Buffer | undefined
}

export interface ExchangeOptions {
  readonly dispatcher: Dispatcher
  readonly signal: AbortSignal
  /** The largest answer that is read, in bytes. */
  readonly bytes: number
}

/** Rejects with undici's error when no whole answer came. */
export async function exchangeOnce(
  { method, url, headers, body }: Exchange,
  { dispatcher, signal, bytes }: ExchangeOptions,
): Promise<Answer> {
  const response = await request(url, {
    method: method as Dispatcher.HttpMethod,
    headers: headers as Record<string, string | string[]>,
    body: body === undefined || Buffer.isBuffer(body) ? (body ?? null) : Readable.from(body),
    dispatcher,
    signal,
  })
  return {
    status: response.statusCode,
    headers: toHeaderMap(response.headers),
    body: await readBounded(response.body, bytes),
  }
}

/** Leaving the loop destroys the stream, and with it the connection of an endless answer. */
async function readBounded(stream: Readable, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

const toHeaderMap = (headers: Readonly<Record<string, string | string[] | undefined>>): HeaderMap =>
  new Map(
    Object.entries(headers).map(([name, value]) => [
      canonicalHeaderName(name),
      value === undefined ? [] : typeof value === 'string' ? [value] : value,
    ]),
  )
