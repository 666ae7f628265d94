import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { type Dispatcher, request } from 'undici'
import { canonicalHeaderName } from '../../lib/header-name.ts'
import type { HeaderMap } from '../../model/headers.ts'
import type { BodyStream, OutboundHeaders } from './call.ts'
import type { Ending } from './deadline.ts'

/** One request and its answer, redirects apart. */
export interface Exchange {
  readonly method: string
  readonly url: URL
  readonly headers: OutboundHeaders
  readonly body: Buffer | BodyStream | undefined
  /** A packed answer is unpacked. */
  readonly unpacks: boolean
}

export interface Answer {
  readonly status: number
  readonly headers: HeaderMap
  /** undefined: longer than the limit. */
  readonly body: Buffer | undefined
}

export interface ExchangeOptions {
  readonly dispatcher: Dispatcher
  readonly signal: Ending
  /** The largest answer that is read, in bytes. */
  readonly bytes: number
}

/** Rejects with undici's error when no whole answer came. */
export async function exchangeOnce(
  { method, url, headers, body, unpacks }: Exchange,
  { dispatcher, signal, bytes }: ExchangeOptions,
): Promise<Answer> {
  const response = await request(url, {
    method: method as Dispatcher.HttpMethod,
    headers: headers as Record<string, string | string[]>,
    body: body === undefined || Buffer.isBuffer(body) ? (body ?? null) : Readable.from(body),
    dispatcher,
    signal,
  })
  const answer = {
    status: response.statusCode,
    headers: toHeaderMap(response.headers),
    body: await readBounded(response.body, bytes),
  }
  const isPacked = unpacks && answer.headers.get('Content-Encoding')?.[0]?.toLowerCase() === 'gzip'
  return isPacked && answer.body?.length ? unpacked(answer, answer.body, bytes) : answer
}

const unzip = promisify(gunzip)

/** Rejects when the bytes are no gzip; what unpacks to more than the limit is too long. */
async function unpacked({ status, headers }: Answer, body: Buffer, limit: number): Promise<Answer> {
  const kept = new Map(headers)
  kept.delete('Content-Encoding')
  kept.delete('Content-Length')
  try {
    return { status, headers: kept, body: await unzip(body, { maxOutputLength: limit }) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error
    return { status, headers: kept, body: undefined }
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
