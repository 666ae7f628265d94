import type { Duplex } from 'node:stream'

/** Milliseconds for the peer to receive the rest and to close. */
const lingering = 1000

/** Closes a connection after pending data (and `last`) is sent, and destroys it when the peer does not close in time. */
export function closeSoon(socket: Duplex, last?: string): void {
  const timer = setTimeout(() => socket.destroy(), lingering)
  socket.once('close', () => clearTimeout(timer))
  // Incoming data is read and dropped; otherwise the peer's end of the stream would not be noticed.
  socket.resume()
  socket.end(last)
}
