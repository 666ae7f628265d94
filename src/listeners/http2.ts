/**
 * HTTP/2 in front of doors that use the forms of HTTP/1: headers in the same flat lists, `:authority` as Host,
 * Cookie fields joined into one line. Headers of a connection are not sent.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  constants,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Stream,
} from 'node:http2'
import type { RequestListener } from '../doors/http/listener.ts'
import { guarded, reportBug } from '../lib/guarded.ts'
import { filterHeaders } from '../lib/header-pairs.ts'
import { type Http2Headers, http2Headers } from '../lib/http2-headers.ts'

/** Tested by its class, not by its version: the version of HTTP/1 is text of the client. */
export const isHttp2 = (incoming: IncomingMessage): boolean => 'stream' in incoming

/** A listener for requests of both versions. */
export const forBothVersions =
  (listener: RequestListener, readTimeout: number): RequestListener =>
  (incoming, response) => {
    if (isHttp2(incoming)) {
      adapt(incoming as never, response as never)
      boundBody(incoming as never, readTimeout)
    }
    listener(incoming, response)
  }

function adapt(incoming: Http2ServerRequest, response: Http2ServerResponse): void {
  const rawHeaders = flatHeaders(incoming)
  Object.defineProperty(incoming, 'rawHeaders', { value: rawHeaders })
  tellEnd(response)
  const writeHead = response.writeHead.bind(response)
  Object.defineProperties(response, {
    destroyed: { get: () => response.stream?.destroyed !== false },
    writeHead: {
      value: (status: number, flat: readonly string[] = []): ServerResponse => {
        for (const [name, values] of Object.entries(http2Headers(flat))) {
          response.setHeader(name, values)
        }
        return writeHead(status) as never
      },
    },
    addTrailers: {
      value: (lines: readonly (readonly [string, string])[]): void =>
        sendTrailers(response.stream, http2Headers(lines.flat())),
    },
  })
}

/** In place of Node's own callback, from which an exception would end the process. */
function sendTrailers(stream: ServerHttp2Stream, trailers: Http2Headers): void {
  stream.removeAllListeners('wantTrailers')
  stream.once(
    'wantTrailers',
    guarded(
      () => stream.sendTrailers(trailers),
      bug => {
        stream.close(constants.NGHTTP2_INTERNAL_ERROR)
        reportBug(bug)
      },
    ),
  )
}

/** Node emits no `close` for an answer to HEAD whose stream ends before the answer. */
function tellEnd(response: Http2ServerResponse): void {
  let isTold = false
  response.once('close', () => {
    isTold = true
  })
  response.stream.once('close', () => {
    if (!isTold) response.emit('close')
  })
}

function flatHeaders(incoming: Http2ServerRequest): readonly string[] {
  const { rawHeaders, authority, headers, stream } = incoming
  const others = filterHeaders(rawHeaders, (name, value) => !isReplaced(name, value, incoming))
  const flat = authority ? ['host', authority, ...others] : others
  if (headers.cookie !== undefined) flat.push('cookie', headers.cookie)
  // The form in which HTTP/1 announces a body of unknown length.
  const isOpen = headers['content-length'] === undefined && !stream.endAfterHeaders
  if (isOpen) flat.push('transfer-encoding', 'chunked')
  return flat
}

/** Pseudo headers, Cookie, and a Host that repeats `:authority`; a different Host stays as a second one. */
const isReplaced = (name: string, value: string, { authority }: Http2ServerRequest): boolean =>
  name.startsWith(':') || name === 'cookie' || (name === 'host' && value === authority)

/** Milliseconds that the reset of a stream may take to be sent. */
const resetTime = 1000

/**
 * Closes a stream whose body is not complete within the read timeout, as Node does for HTTP/1. After a protocol
 * error nothing can be sent on the connection, not even the reset: then the stream is destroyed.
 */
function boundBody({ stream, complete }: Http2ServerRequest, readTimeout: number): void {
  if (stream.endAfterHeaders || complete) return
  const reset = (): void => {
    stream.close(constants.NGHTTP2_CANCEL)
    timer = setTimeout(() => stream.destroy(), resetTime).unref()
  }
  let timer = setTimeout(reset, readTimeout).unref()
  stream.once('end', () => clearTimeout(timer))
  stream.once('close', () => clearTimeout(timer))
}
