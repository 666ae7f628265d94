/**
 * Requests of one HTTP/1 connection one after the other. A client may send many before it has read an answer
 * (pipelining), and Node hands over all of them at once: one connection would take every place of a door.
 */
import type { IncomingMessage } from 'node:http'
import type { RequestListener } from '../doors/http/listener.ts'

/** Most requests of a connection that wait for their turn; with more, the connection is closed. */
const mostWaiting = 100

/** Calls the listener once the answers before it are sent. What it throws leaves this function's callback: guard it. */
export function inTurn(listener: RequestListener): RequestListener {
  const waiting = new WeakMap<IncomingMessage['socket'], number>()
  return (incoming, response) => {
    // Node assigns the connection to a response when the one before is sent.
    if (response.socket !== null) return listener(incoming, response)
    const { socket } = incoming
    const before = waiting.get(socket) ?? 0
    if (before >= mostWaiting) return void socket.destroy()
    waiting.set(socket, before + 1)
    response.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1)
      // Node still works on the response in this turn.
      process.nextTick(listener, incoming, response)
    })
  }
}
