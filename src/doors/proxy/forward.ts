/** An allowed request on its way to the upstream and the answer on its way back, neither of them gathered. */
import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { UpstreamConnections } from '../../outbound/upstreams.ts'
import { answerHeaders } from './answer-headers.ts'
import { tooLongCode } from './bounded-body.ts'
import { sniffContentType } from './sniff.ts'

/** One request as the upstream gets it. */
export interface Outgoing {
  readonly origin: string
  readonly method: string
  readonly target: string
  /** Flat. */
  readonly headers: readonly string[]
  /** Nothing, or what is still to be read. */
  readonly body: Readable | null
}

export interface ForwardOptions {
  readonly connections: UpstreamConnections
  /** The longest wait for the answer to begin, and for a client that takes nothing of it, in milliseconds. */
  readonly writeTimeout: number
  /** Told why no answer, or no whole answer, came; the client has its 502 or 504 by then, or a broken connection. */
  readonly onFailure: (error: Error) => void
}

/** Ends the response in every case. */
export function forward(
  outgoing: Outgoing,
  response: ServerResponse,
  options: ForwardOptions,
): void {
  const { connections, writeTimeout } = options
  const { origin, method, target, headers, body } = outgoing
  const isRepeatable = body === null && safe.has(method)
  const send = (attempt: Attempt): void => {
    connections.dispatch(
      { origin, path: target, method, headers, body, headersTimeout: writeTimeout },
      new Forwarding(response, options, attempt),
    )
  }
  try {
    send({ again: isRepeatable ? () => send({}) : undefined })
  } catch (error) {
    // What undici refuses to send: a header name that is none.
    fail(response, error as Error, options)
  }
}

/** Methods that change nothing: such a request may be sent once more when a pooled connection was closed meanwhile. */
const safe = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

interface Attempt {
  readonly again?: (() => void) | undefined
}

/** Passes one answer on as it comes; a class for the reasons of docs/decisions/0009-answers-without-streams.md. */
class Forwarding implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse
  readonly #options: ForwardOptions
  readonly #attempt: Attempt
  #controller: Dispatcher.DispatchController | undefined
  /** Header lines that wait for the first bytes, which say the type. */
  #waiting: { readonly status: number; readonly flat: string[] } | undefined
  #stalled: NodeJS.Timeout | undefined
  readonly #onClose = (): void => {
    clearTimeout(this.#stalled)
    if (!this.#response.writableFinished) this.#controller?.abort(clientGone)
  }
  readonly #onDrain = (): void => {
    clearTimeout(this.#stalled)
    this.#controller?.resume()
  }

  constructor(response: ServerResponse, options: ForwardOptions, attempt: Attempt) {
    this.#response = response
    this.#options = options
    this.#attempt = attempt
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    const response = this.#response
    response.once('close', this.#onClose)
    response.on('drain', this.#onDrain)
    if (response.destroyed) controller.abort(clientGone)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) earlyHints(this.#response, status, headers)
    else this.#start(status, rawHeadersOf(controller))
  }

  #start(status: number, raw: readonly (Buffer | string)[]): void {
    const { flat, hasType } = answerHeaders(raw, this.#response)
    if (hasType || isBodiless(status)) this.#begin(status, flat)
    else this.#waiting = { status, flat }
  }

  #begin(status: number, flat: readonly string[]): void {
    const response = this.#response
    response.writeHead(status, flat as string[])
    // A stream of events may begin long before its first event.
    setImmediate(() => {
      if (!response.writableEnded && !response.destroyed) response.flushHeaders()
    })
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#waiting !== undefined) {
      const { status, flat } = this.#waiting
      this.#waiting = undefined
      this.#begin(status, [...flat, 'Content-Type', sniffContentType(chunk)])
    }
    if (this.#response.write(chunk)) return
    controller.pause()
    this.#stalled = setTimeout(() => this.#response.destroy(), this.#options.writeTimeout)
  }

  onResponseEnd(
    _: Dispatcher.DispatchController,
    trailers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    const response = this.#response
    this.#leave()
    if (this.#waiting !== undefined) response.writeHead(this.#waiting.status, this.#waiting.flat)
    addTrailers(response, trailers)
    response.end()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#leave()
    const { again } = this.#attempt
    if (again !== undefined && !this.#response.headersSent && wasPooled(error)) again()
    else fail(this.#response, error, this.#options)
  }

  #leave(): void {
    clearTimeout(this.#stalled)
    this.#response.removeListener('close', this.#onClose)
    this.#response.removeListener('drain', this.#onDrain)
  }
}

const clientGone = new Error('the client is gone')

const rawHeadersOf = (controller: Dispatcher.DispatchController): readonly (Buffer | string)[] =>
  (controller as { readonly rawHeaders?: readonly (Buffer | string)[] | null }).rawHeaders ?? []

const isBodiless = (status: number): boolean => status === 204 || status === 304

/** 103 is passed on; other interim answers are between the two of one connection. */
function earlyHints(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): void {
  const { link, ...rest } = headers
  if (status !== 103 || link === undefined) return
  const others = Object.entries(rest).filter(([, value]) => typeof value === 'string')
  response.writeEarlyHints({ link, ...Object.fromEntries(others) })
}

function addTrailers(
  response: ServerResponse,
  trailers: Readonly<Record<string, string | string[] | undefined>>,
): void {
  const lines = Object.entries(trailers).flatMap(([name, value]) =>
    [value ?? ''].flat().map((one): [string, string] => [name, one]),
  )
  if (lines.length > 0 && response.getHeader('content-length') === undefined) {
    response.addTrailers(lines)
  }
}

interface NetworkError extends Error {
  readonly code?: string | undefined
  readonly socket?: { readonly bytesRead?: number }
}

/** A connection that had answered before was closed by the other side. */
function wasPooled({ code, socket }: NetworkError): boolean {
  if (code === 'UND_ERR_SOCKET') return (socket?.bytesRead ?? 0) > 0
  return code === 'ECONNRESET' || code === 'EPIPE'
}

const tooSlow = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'ETIMEDOUT'])

function statusFor({ code = '' }: NetworkError): number {
  if (code === tooLongCode) return 413
  return tooSlow.has(code) ? 504 : 502
}

/** 502 or 504 with an empty body, as recorded; in the middle of an answer only the broken connection can tell. */
export function fail(
  response: ServerResponse,
  error: NetworkError,
  { onFailure }: Pick<ForwardOptions, 'onFailure'>,
): void {
  if (response.destroyed || error === clientGone) return
  onFailure(error)
  if (response.headersSent) {
    response.destroy(error)
    return
  }
  response.writeHead(statusFor(error), ['Content-Length', '0'])
  response.end()
}
