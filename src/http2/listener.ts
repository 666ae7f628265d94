/** Listens for HTTP/2 connections: in clear with prior knowledge, or over TLS with ALPN `h2` (RFC 9113, 3.2 and 3.3). */
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { createWriteBatch } from '../lib/batch-writes.ts'
import { guarded } from '../lib/guarded.ts'
import { closeWithin, listenOn, openSockets } from '../lib/net-server.ts'
import { type Session, type SessionOptions, serveSession } from './session.ts'

export interface ListenerOptions extends Omit<SessionOptions, 'schedule'> {
  /** Certificate, key and what clients must show; undefined: without TLS. */
  readonly tls: TlsOptions | undefined
  /** Time limits are checked this often, in milliseconds. */
  readonly sweepPeriod: number
}

export interface Listener {
  readonly listen: (where: ListenOptions) => Promise<void>
  readonly server: Server
  /** Accepts no connection, lets open streams finish within that time (milliseconds), then ends them. */
  readonly close: (graceMilliseconds: number) => Promise<void>
}

/** Milliseconds for a TLS handshake. */
const handshakeTimeout = 10_000

export function createListener(options: ListenerOptions): Listener {
  const sessions = new Set<Session>()
  const schedule = createWriteBatch()
  const serve = (socket: Socket): void => {
    const session = serveSession(socket, { ...options, schedule }, () => sessions.delete(session))
    sessions.add(session)
    if (isClosing) session.leave()
  }
  let isClosing = false
  const server = createServerFor(options.tls, guarded(serve, options.onBug))
  const sockets = openSockets(server)
  const sweep = setInterval(
    guarded(() => {
      const now = performance.now()
      options.bounds.sweep(now)
      for (const session of sessions) session.check(now)
    }, options.onBug),
    options.sweepPeriod,
  ).unref()
  server.once('close', () => clearInterval(sweep))
  return {
    server,
    listen: where => listenOn(server, where),
    close: grace => {
      isClosing = true
      for (const session of sessions) session.leave()
      return closeWithin(server, sockets, grace)
    },
  }
}

function createServerFor(tls: TlsOptions | undefined, serve: (socket: Socket) => void): Server {
  if (tls === undefined) return createServer({ noDelay: true }, serve)
  const options = { handshakeTimeout, ...tls, ALPNProtocols: ['h2'] }
  const server = createTlsServer(options, (socket: TLSSocket) => {
    // Renegotiation is not allowed in HTTP/2 (RFC 9113, 9.2.1).
    socket.disableRenegotiation()
    socket.setNoDelay(true)
    if (socket.alpnProtocol === 'h2') serve(socket)
    else socket.destroy()
  })
  // Node leaves the socket of a failed handshake open: also one that took too long.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return server
}
