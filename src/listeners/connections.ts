/** The connections of one port, whatever became of them: requests, tunnels, refusals, half a handshake. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export interface Connections {
  /** Ends all of them at once. */
  readonly destroy: () => void
}

/**
 * Node's server forgets connections that it hands out (upgrades, CONNECT, refusals), and would wait for
 * them without end when it stops.
 *
 * A connection whose address cannot be read was reset before it was accepted: nobody is there to be
 * answered, and nothing that it sent may be decided about. Only on a unix socket do peers have none.
 */
export function followConnections(server: Server, isUnixSocket: boolean): Connections {
  const open = new Set<Socket>()
  const follow = (socket: Socket): void => {
    // Read here it is remembered: after a reset it could not be read any more.
    if (!isUnixSocket && socket.remoteAddress === undefined) socket.destroy()
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  }
  server.on('connection', follow)
  // Over TLS Node makes a second socket, which reads the address anew.
  server.on('secureConnection', follow)
  return {
    destroy: () => {
      for (const socket of open) socket.destroy()
    },
  }
}
