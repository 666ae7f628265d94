/**
 * Requests of one HTTP/1 connection one after the other. A client may send many before it has read an answer
 * (pipelining), and Node hands over all of them at once: one connection would take every place of a door.
 */
import type { IncomingMessage } from 'node:http'
import type { RequestListener } from '../doors/http/listener.ts'

/** Most requests of a connection that wait for their turn; with more, the connection is closed. */
const mostWaiting = 100
/** Most bytes that they keep. One request may wait with a longer head. */
const mostBytes = 65_536

interface Waiting {
  count: number
  bytes: number
}

/** Calls the listener, which must not throw, once the answers before it are sent. */
export function inTurn(listener: RequestListener): RequestListener {
  const connections = new WeakMap<IncomingMessage['socket'], Waiting>()
  return (incoming, response) => {
    // Node assigns the connection to a response when the one before is sent.
    if (response.socket !== null) return listener(incoming, response)
    const { socket } = incoming
    const waiting = connections.get(socket) ?? { count: 0, bytes: 0 }
    const bytes = bytesOf(incoming)
    const isFull = waiting.count >= mostWaiting || waiting.bytes + bytes > mostBytes
    if (isFull && waiting.count > 0) return void socket.destroy()
    connections.set(socket, waiting)
    waiting.count += 1
    waiting.bytes += bytes
    response.once('socket', () => {
      waiting.count -= 1
      waiting.bytes -= bytes
      // Node still works on the response in this turn.
      process.nextTick(listener, incoming, response)
    })
  }
}

/** What Node keeps of a request that nobody reads: the head, and the body up to the size of its buffer. */
function bytesOf({
  url = '',
  rawHeaders,
  headers,
  readableHighWaterMark,
}: IncomingMessage): number {
  const { 'content-length': length, 'transfer-encoding': coding } = headers
  const body = coding === undefined ? Number(length ?? 0) : readableHighWaterMark
  const head = rawHeaders.reduce((sum, text) => sum + text.length, url.length)
  return head + Math.min(body, readableHighWaterMark)
}
