/** The connections of a gRPC server. */
import type { Server as NetServer, Socket } from 'node:net'
import type { Server } from '@grpc/grpc-js'
import { followSessions } from '../../../lib/http2-sessions.ts'

/** An internal map of grpc-js: its HTTP/2 servers. */
interface Inner {
  readonly http2Servers?: ReadonlyMap<NetServer, unknown>
}

/** Call it after the server is bound. The returned function ends all connections immediately. */
export function trackSockets(server: Server, isSecure: boolean): () => void {
  const open = new Set<Socket>()
  for (const listener of (server as unknown as Inner).http2Servers?.keys() ?? []) {
    listener.on('connection', (socket: Socket) => {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
    })
    followSessions(listener, isSecure ? 'secureConnection' : 'connection')
  }
  return () => {
    for (const socket of open) socket.destroy()
  }
}
