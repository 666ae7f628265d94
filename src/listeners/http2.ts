/**
 * HTTP/2 in front of doors that use the forms of HTTP/1: headers in the same flat lists, `:authority` as Host,
 * Cookie fields joined into one line. Headers of a connection are not sent.
 */
import type { ServerResponse } from 'node:http'
import {
  constants,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Stream,
} from 'node:http2'
import { flatHeaders, isHttp2 } from '../doors/http/http2-lines.ts'
import type { RequestListener } from '../doors/http/listener.ts'
import { guarded, reportBug } from '../lib/guarded.ts'
import { type Http2Headers, http2Headers } from '../lib/http2-headers.ts'

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
