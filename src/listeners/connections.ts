/** All connections of one port: with requests, tunnels, refusals, or an unfinished TLS handshake. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export interface Connections {
  /** Ends all of them at once. */
  readonly destroy: () => void
}

/**
 * Node's server does not track connections that it gives away (upgrades, CONNECT, refusals), and waits for them
 * without end when it stops.
 *
 * A connection whose address cannot be read was reset before it was accepted. It is closed, because without an
 * address nothing may be decided. Only peers of a unix socket have no address.
 */
export function followConnections(server: Server, isUnixSocket: boolean): Connections {
  const open = new Set<Socket>()
  const follow = (socket: Socket): void => {
    // Node keeps the address after the first read; after a reset it could not be read.
    if (!isUnixSocket && socket.remoteAddress === undefined) socket.destroy()
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  }
  server.on('connection', follow)
  // Over TLS Node makes a second socket, which reads the address again.
  server.on('secureConnection', follow)
  return {
    destroy: () => {
      for (const socket of open) socket.destroy()
    },
  }
}
