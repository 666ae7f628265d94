import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { closeAnsweredStream } from '../lib/close-answered-stream.ts'

const lingering = 1000

/**
 * To be called before an answer that does not wait for the body: one that is too long to be drained ends the
 * connection, and the client's next request must not come behind it.
 */
export function beforeEarlyAnswer(
  incoming: IncomingMessage,
  response: ServerResponse,
  limit: number,
): void {
  const length = Number(incoming.headers['content-length'])
  if (!incoming.complete && !(length <= limit)) endAfter(incoming, response)
}

/** The connection of HTTP/1.1 is not used again after this answer. */
export function endAfter(incoming: IncomingMessage, response: ServerResponse): void {
  // Streams of HTTP/2 have one connection together.
  if ('stream' in incoming) return
  const { socket } = incoming
  response.shouldKeepAlive = false
  // Node closes it at once, and the reset that follows unread bytes would take the answer with it.
  socket.destroySoon = () => {
    const timer = setTimeout(() => socket.destroy(), lingering)
    socket.once('close', () => clearTimeout(timer))
    socket.end()
  }
}

/**
 * The answer does not wait for the body: what is left of it is drained within bounds. Then the request ends,
 * but not before the client has taken the answer.
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
    // Not ended at once: the reset of a connection with unread bytes would take the answer with it.
    if (left < 0) incoming.pause()
  })
  incoming.once('close', () => clearTimeout(timer))
  incoming.once('end', () => clearTimeout(timer))
  incoming.once('error', end)
  incoming.resume()
}

/** Of HTTP/2 the stream, of HTTP/1.1 the connection: nothing else can follow half a body. */
function endRequest(incoming: IncomingMessage | Http2ServerRequest): void {
  if ('stream' in incoming) closeAnsweredStream(incoming.stream)
  else incoming.socket.destroy()
}
