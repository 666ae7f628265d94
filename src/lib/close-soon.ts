import type { Duplex } from 'node:stream'

/** Milliseconds that the other side has to take what was written and to close. */
const lingering = 1000

/** Ends a connection after what was written (and `last`) is sent; one whose other side never closes is cut. */
export function closeSoon(socket: Duplex, last?: string): void {
  const timer = setTimeout(() => socket.destroy(), lingering)
  socket.once('close', () => clearTimeout(timer))
  // What still comes is thrown away: unread, the end of the other side would never be seen.
  socket.resume()
  socket.end(last)
}
