/** Closes connections of an HTTP/2 server whose session has ended: Node would wait for the client without a limit. */
import type { ServerHttp2Session } from 'node:http2'
import type { Server, Socket } from 'node:net'
import { guarded } from './guarded.ts'

const sweep = 1000

/**
 * Closes each connection one to two seconds after its session has ended. `opened` is the server's event for a
 * usable connection: `connection` without TLS, `secureConnection` with TLS.
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
  // Node creates the session during this event, in a listener that was added before this one.
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
