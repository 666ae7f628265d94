/** One HTTP port: Node's server with configured limits, in front of a door. */
import { chmod } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, ListenOptions } from 'node:net'
import type { RequestListener, UpgradeListener } from '../doors/http/listener.ts'
import type { ServerTls } from '../doors/server-tls.ts'
import type { OnBug } from '../lib/guarded.ts'
import { removeStaleSocket } from '../lib/stale-socket.ts'
import { caughtRequest, caughtUpgrade } from './catch-errors.ts'
import { type Connections, followConnections } from './connections.ts'
import { forBothVersions } from './http2.ts'
import { inTurn } from './in-turn.ts'
import { afterAnswers, refuseMalformed, refuseTunnel } from './refuse-connection.ts'
import { createTlsServer, type TlsServer } from './tls-server.ts'
import { endUnread, type UnreadResponses } from './unread-responses.ts'

export interface HttpListenerOptions {
  /** Also gets requests that expect 100 Continue: the reader of the body sends it. */
  readonly onRequest: RequestListener
  /** Without it, `Upgrade` is ignored. */
  readonly onUpgrade?: UpgradeListener
  /** Called with exceptions of these two. */
  readonly onBug: OnBug
  readonly listen: ListenOptions
  /** Mode of the file of a unix socket, such as 0o660; default: by the umask of the process. */
  readonly socketMode?: number
  /** HTTP/1.1 and HTTP/2 over TLS; without it, HTTP/1.1 without TLS. */
  readonly tls?: ServerTls
  /** For a whole request, in milliseconds. */
  readonly readTimeout: number
  /** For a client to read a complete answer, in milliseconds. */
  readonly writeTimeout: number
  /** For a connection without a request, in milliseconds. */
  readonly idleTimeout: number
  readonly headerBytes: number
  /** Milliseconds without any data after which a connection is closed; default: never. */
  readonly silenceTimeout?: number
  /** Most connections at once; more are closed. Default: no limit. */
  readonly connections?: number
}

export interface HttpListener {
  /** `host:port`, or the path of the unix socket. */
  readonly address: string
  /** Stops accepting, lets requests finish within that time (milliseconds), then closes all connections. */
  close(grace: number): Promise<void>
}

const headersTimeout = 5000
/** How often Node looks for slow requests; with its default of 30 s they would last up to 30 s longer. */
const connectionsCheckingInterval = 1000

/** Rejects when the address cannot be opened. */
export async function listenHttp(options: HttpListenerOptions): Promise<HttpListener> {
  const { listen, socketMode } = options
  const made = createFor(options)
  const { server } = made
  if (listen.path !== undefined) await removeStaleSocket(listen.path)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(listen, resolve)
  })
  // For example, no free descriptors: open connections continue.
  server.on('error', options.onBug)
  if (listen.path !== undefined && socketMode !== undefined) await chmod(listen.path, socketMode)
  return { address: addressOf(server), close: grace => closeServer(made, grace) }
}

interface Made extends Partial<TlsServer> {
  readonly server: Server
  readonly connections: Connections
  readonly untaken: UnreadResponses
}

function createFor(options: HttpListenerOptions): Made {
  const { tls, onUpgrade, onBug, listen } = options
  const untaken = endUnread(options.writeTimeout, onBug)
  const onRequest = watched(options, untaken)
  const limits = limitsOf(options)
  const made = tls
    ? createTlsServer(tls, limits, onRequest)
    : { server: createServer(limits, onRequest) }
  const { server } = made
  const connections = followConnections(server, listen.path !== undefined)
  // Node silently drops headers beyond its default count. Their bytes are limited instead.
  server.maxHeadersCount = 0
  if (options.connections !== undefined) server.maxConnections = options.connections
  if (options.silenceTimeout !== undefined) server.timeout = options.silenceTimeout
  // The answer may come before the body, so 100 Continue is sent only by the reader of the body.
  server.on('checkContinue', onRequest)
  server.on('connect', refuseTunnel)
  server.on('clientError', refuseMalformed)
  if (onUpgrade) server.on('upgrade', caughtUpgrade(afterAnswers(onUpgrade), onBug))
  return { ...made, connections, untaken }
}

const limitsOf = ({ headerBytes, readTimeout, idleTimeout }: HttpListenerOptions) => ({
  maxHeaderSize: headerBytes,
  requestTimeout: readTimeout,
  headersTimeout: Math.min(headersTimeout, readTimeout),
  keepAliveTimeout: idleTimeout,
  connectionsCheckingInterval,
})

function watched(
  { tls, onRequest, readTimeout, onBug }: HttpListenerOptions,
  { watch }: UnreadResponses,
): RequestListener {
  const both = tls ? forBothVersions(onRequest, readTimeout) : onRequest
  const handle = inTurn(
    caughtRequest((incoming, response) => {
      watch(response)
      both(incoming, response)
    }, onBug),
  )
  return (incoming, response) => {
    // The reader of a body has its own listener. Without any, an error of the client would end the process.
    incoming.on('error', ignore)
    handle(incoming, response)
  }
}

const ignore = (): void => undefined

export function addressOf(server: { address(): AddressInfo | string | null }): string {
  const address = server.address()
  if (address === null || typeof address === 'string') return address ?? ''
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `${host}:${address.port}`
}

const sweep = 50

/** Kept-alive connections are closed as soon as no request runs on them. */
async function closeServer(
  { server, endSessions, connections, untaken }: Made,
  grace: number,
): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  endSessions?.()
  server.closeIdleConnections()
  const idle = setInterval(() => server.closeIdleConnections(), sweep)
  const end = setTimeout(connections.destroy, grace)
  await closed
  clearInterval(idle)
  clearTimeout(end)
  untaken.close()
}
