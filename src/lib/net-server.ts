/** Opening and closing of servers of sockets. */
import type { ListenOptions, Server, Socket } from 'node:net'

/** Rejects when the server cannot listen there. */
export const listenOn = (server: Server, where: ListenOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.removeListener('error', reject)
      // Later errors concern one connection, such as too many open files: the server goes on.
      server.on('error', () => undefined)
      resolve()
    })
  })

/** The open sockets of a server. */
export function openSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

/** Accepts no connection any more; destroys those that are still open after the grace (milliseconds). */
export const closeWithin = (
  server: Server,
  sockets: ReadonlySet<Socket>,
  grace: number,
): Promise<void> =>
  new Promise(resolve => {
    const last = setTimeout(() => {
      for (const socket of sockets) socket.destroy()
    }, grace)
    server.close(() => {
      clearTimeout(last)
      resolve()
    })
  })
