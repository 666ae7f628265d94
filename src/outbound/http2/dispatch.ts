/**
 * One request over HTTP/2, told to a handler as undici tells it. undici's own HTTP/2 client ends an answer
 * with whichever comes first, its last bytes or its trailers, and loses the other.
 */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { countStream } from './sessions.ts'

export interface Http2Request {
  readonly method: string
  readonly path: string
  /** Flat. */
  readonly headers: readonly string[]
  readonly body: Readable | null
  /** Milliseconds. */
  readonly headersTimeout: number
}

type Handler = Dispatcher.DispatchHandler

export function dispatchHttp2(
  session: ClientHttp2Session,
  request: Http2Request,
  handler: Handler,
): void {
  const { body } = request
  const stream = session.request(outgoing(request), { endStream: body === null })
  countStream(session, 1)
  stream.once('close', () => countStream(session, -1))
  const controller = controllerOf(stream)
  const state: State = { stream, handler, controller, answered: false, ended: false, trailers: {} }
  follow(state, request)
  handler.onRequestStart?.(controller, {})
  if (body !== null) send(body, stream)
}

interface Controller extends Dispatcher.DispatchController {
  rawHeaders: string[]
}

interface State {
  readonly stream: ClientHttp2Stream
  readonly handler: Handler
  readonly controller: Controller
  answered: boolean
  ended: boolean
  trailers: IncomingHttpHeaders
  error?: Error
}

function follow(state: State, { headersTimeout }: Http2Request): void {
  const { stream, handler, controller } = state
  const timer = setTimeout(() => stream.destroy(tooSlow()), headersTimeout)
  stream.on('headers', headers => handler.onResponseStart?.(controller, statusOf(headers), headers))
  stream.once('response', headers => {
    clearTimeout(timer)
    state.answered = true
    controller.rawHeaders = flatOf(headers)
    handler.onResponseStart?.(controller, statusOf(headers), headers)
  })
  stream.on('data', (chunk: Buffer) => handler.onResponseData?.(controller, chunk))
  stream.once('trailers', trailers => {
    state.trailers = trailers
  })
  stream.once('end', () => {
    state.ended = true
    // An answer that came before the whole body was sent: the rest of it is not wanted.
    if (!stream.writableFinished) stream.close(constants.NGHTTP2_NO_ERROR)
  })
  stream.on('error', error => {
    state.error ??= error
  })
  stream.once('close', () => {
    clearTimeout(timer)
    finish(state)
  })
}

/** Bytes and trailers are both there by now. */
function finish({ stream, handler, controller, answered, ended, trailers, error }: State): void {
  const whole = answered && ended && stream.rstCode === constants.NGHTTP2_NO_ERROR
  if (whole && error === undefined) handler.onResponseEnd?.(controller, plain(trailers))
  else handler.onResponseError?.(controller, error ?? controller.reason ?? broken())
}

const broken = (): Error => new Error('the stream was closed before the answer was complete')

const tooSlow = (): Error =>
  Object.assign(new Error('no answer in time'), { code: 'UND_ERR_HEADERS_TIMEOUT' })

function controllerOf(stream: ClientHttp2Stream): Controller {
  let reason: Error | null = null
  return {
    rawHeaders: [],
    get aborted() {
      return reason !== null
    },
    get paused() {
      return stream.isPaused()
    },
    get reason() {
      return reason
    },
    abort: error => {
      reason ??= error
      stream.destroy(error)
    },
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
  }
}

function send(body: Readable, stream: ClientHttp2Stream): void {
  body.once('error', error => stream.destroy(error))
  stream.once('close', () => body.unpipe(stream))
  body.pipe(stream)
}

function outgoing({ method, path, headers }: Http2Request): OutgoingHttpHeaders {
  const lines: Record<string, string | string[]> = { ':method': method, ':path': path }
  for (let i = 0; i < headers.length; i += 2) {
    const lower = (headers[i] ?? '').toLowerCase()
    const name = lower === 'host' ? ':authority' : lower
    const value = headers[i + 1] ?? ''
    const before = lines[name]
    lines[name] = before === undefined ? value : [before, value].flat()
  }
  return lines
}

const statusOf = (headers: IncomingHttpHeaders): number => Number(headers[':status'])

function flatOf(headers: IncomingHttpHeaders): string[] {
  const flat: string[] = []
  for (const [name, value] of Object.entries(plain(headers))) {
    for (const line of [value ?? ''].flat()) flat.push(name, line)
  }
  return flat
}

/** Without the pseudo headers. */
const plain = (headers: IncomingHttpHeaders): Record<string, string | string[] | undefined> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')))
