/** Connections of an HTTP/2 server whose session is over: Node waits for the client to close them, without end. */
import type { ServerHttp2Session } from 'node:http2'
import type { Server, Socket } from 'node:net'
import { guarded } from './guarded.ts'

const sweep = 1000

/**
 * Ends each connection one to two seconds after its session has. `opened` is the server's event for a
 * connection that can be used: `connection` in clear, `secureConnection` over TLS.
 */
export function followSessions(
  server: Server,
  opened: 'connection' | 'secureConnection',
  onSession: (session: ServerHttp2Session) => void = () => undefined,
): { readonly all: () => Iterable<ServerHttp2Session> } {
  const open = new Map<Socket, ServerHttp2Session>()
  const over = new Set<Socket>()
  let latest: ServerHttp2Session | undefined
  server.on(
    'session',
    guarded((session: ServerHttp2Session) => {
      latest = session
      onSession(session)
    }),
  )
  // Node makes the session within this event, in a listener that stands before this one.
  server.on(
    opened,
    guarded((socket: Socket) => {
      if (latest !== undefined) open.set(socket, latest)
      latest = undefined
      socket.once('close', () => {
        open.delete(socket)
        over.delete(socket)
      })
    }),
  )
  const look = (): void => {
    for (const [socket, session] of open) {
      if (over.has(socket)) socket.destroy()
      else if (session.destroyed) over.add(socket)
    }
  }
  const timer = setInterval(guarded(look), sweep).unref()
  server.once('close', () => clearInterval(timer))
  return { all: () => open.values() }
}
