import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { closeAnsweredStream } from '../../lib/close-answered-stream.ts'

const lingering = 1000

/**
 * Call it before an answer that does not wait for the body. If the body is too long to be drained, the connection
 * ends after the answer, because the next request could not be read from it.
 */
export function beforeEarlyAnswer(
  incoming: IncomingMessage,
  response: ServerResponse,
  limit: number,
): void {
  const length = Number(incoming.headers['content-length'])
  if (!incoming.complete && !(length <= limit)) endAfter(incoming, response)
}

/** Ends an HTTP/1.1 connection after this answer. */
export function endAfter(incoming: IncomingMessage, response: ServerResponse): void {
  // HTTP/2 streams share one connection.
  if ('stream' in incoming) return
  const { socket } = incoming
  response.shouldKeepAlive = false
  // Node would close it immediately, and the TCP reset after unread bytes could lose the answer.
  socket.destroySoon = () => {
    const timer = setTimeout(() => socket.destroy(), lingering)
    socket.once('close', () => clearTimeout(timer))
    socket.end()
  }
}

/**
 * Discards the rest of the body after an early answer, at most `limit` bytes and one second. If that does not
 * suffice, ends the request after the answer was sent.
 */
export function drain(incoming: IncomingMessage, response: ServerResponse, limit: number): void {
  if (incoming.complete || incoming.destroyed) return
  const end = (): void => {
    if (response.writableFinished || response.destroyed) endRequest(incoming)
    else response.once('finish', () => endRequest(incoming))
  }
  const timer = setTimeout(end, lingering)
  let left = limit
  incoming.on('data', (chunk: Buffer) => {
    left -= chunk.length
    // Not ended here: the TCP reset after unread bytes could lose the answer.
    if (left < 0) incoming.pause()
  })
  incoming.once('close', () => clearTimeout(timer))
  incoming.once('end', () => clearTimeout(timer))
  incoming.once('error', end)
  incoming.resume()
}

/** Closes the HTTP/2 stream or the HTTP/1.1 connection: no request can follow an incomplete body. */
function endRequest(incoming: IncomingMessage | Http2ServerRequest): void {
  if ('stream' in incoming) closeAnsweredStream(incoming.stream)
  else incoming.socket.destroy()
}
