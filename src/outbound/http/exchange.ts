import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Dispatcher } from 'undici'
import { canonicalHeaderName } from '../../lib/header-name.ts'
import { createKeptBytes } from '../../lib/kept-bytes.ts'
import type { Signal } from '../../lib/signal.ts'
import { type HeaderMap, noHeaders } from '../../model/headers.ts'
import type { BodyStream } from './call.ts'

/** One request, without redirects. */
export interface Exchange {
  readonly method: string
  readonly url: URL
  /** `[name, value, name, value, …]` */
  readonly headers: readonly string[]
  readonly body: Buffer | BodyStream | undefined
  /** True: decompress a gzip answer. */
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
  readonly signal: Signal
  /** The largest answer that is read, in bytes. */
  readonly bytes: number
}

/** Rejects with undici's error when the answer is not complete, and with an Error when the signal aborts. */
export async function exchangeOnce(exchange: Exchange, options: ExchangeOptions): Promise<Answer> {
  const answer = await dispatched(exchange, options)
  const isPacked =
    exchange.unpacks && answer.headers.get('Content-Encoding')?.[0]?.toLowerCase() === 'gzip'
  return isPacked && answer.body?.length ? unpacked(answer, answer.body, options.bytes) : answer
}

/** Uses undici's `dispatch`, its lowest level: docs/decisions/0009-answers-without-streams.md. */
function dispatched(
  { method, url, headers, body }: Exchange,
  { dispatcher, signal, bytes }: ExchangeOptions,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // undici does not report an abort before the connection is open.
    if (signal.aborted) return reject(ended())
    const receiver = new Receiver({ resolve, reject, signal, bytes })
    dispatcher.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method: method as Dispatcher.HttpMethod,
        headers: headers as string[],
        body: body === undefined || Buffer.isBuffer(body) ? (body ?? null) : Readable.from(body),
      },
      receiver,
    )
  })
}

const ended = (): Error => new Error('the call was ended')

interface ReceiverOptions {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
  readonly signal: Signal
  readonly bytes: number
}

/** Collects one answer. Closes the connection when the limit is exceeded or the signal aborts. */
class Receiver implements Dispatcher.DispatchHandler {
  readonly #options: ReceiverOptions
  readonly #end = (): void => {
    this.#fail(ended())
    this.#controller?.abort(ended())
  }
  readonly #kept = createKeptBytes()
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #headers: HeaderMap = noHeaders

  constructor(options: ReceiverOptions) {
    this.#options = options
    options.signal.addEventListener('abort', this.#end)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#options.signal.aborted) controller.abort(ended())
  }

  onResponseStart(_: unknown, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return
    this.#status = status
    this.#headers = toHeaderMap(headers)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#kept.add(chunk)
    if (this.#kept.length() <= this.#options.bytes) return
    this.#settle(undefined)
    controller.abort(new Error('the answer is too long'))
  }

  onResponseEnd(): void {
    this.#settle(this.#kept.joined())
  }

  onResponseError(_: unknown, error: Error): void {
    this.#fail(error)
  }

  #settle(body: Buffer | undefined): void {
    this.#options.signal.removeEventListener('abort', this.#end)
    this.#options.resolve({ status: this.#status, headers: this.#headers, body })
  }

  /** Has no effect after a complete answer. */
  #fail(error: Error): void {
    this.#options.signal.removeEventListener('abort', this.#end)
    this.#options.reject(error)
  }
}

const unzip = promisify(gunzip)

/** Rejects when the bytes are not gzip. The body is undefined when it is longer than the limit. */
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

const toHeaderMap = (headers: Readonly<Record<string, string | string[] | undefined>>): HeaderMap =>
  new Map(
    Object.entries(headers).map(([name, value]) => [
      canonicalHeaderName(name),
      value === undefined ? [] : typeof value === 'string' ? [value] : value,
    ]),
  )
