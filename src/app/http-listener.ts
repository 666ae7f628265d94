/** One HTTP port: Node's server with the limits of the configuration in front of a door. */
import { chmod } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { AddressInfo, ListenOptions } from 'node:net'
import type { Duplex } from 'node:stream'
import type { RequestListener, UpgradeListener } from '../doors/listener.ts'
import type { ServerTls } from '../doors/server-tls.ts'
import { removeStaleSocket } from '../doors/stale-socket.ts'
import { statusText } from '../lib/http-status.ts'
import { caughtRequest, caughtUpgrade, type OnBug } from './caught.ts'
import { forBothVersions } from './http2.ts'
import { createTlsServer, type TlsServer } from './tls-server.ts'

export interface HttpListenerOptions {
  /** Also of requests that expect 100 Continue: who wants their body says so. */
  readonly onRequest: RequestListener
  /** Without it, `Upgrade` has no effect. */
  readonly onUpgrade?: UpgradeListener
  /** Told of what these two throw; without it that is thrown on. */
  readonly onBug?: OnBug
  readonly listen: ListenOptions
  /** Of the file of a unix socket, such as 0o660; by default what the process's umask leaves. */
  readonly socketMode?: number
  /** HTTP/1.1 and HTTP/2 over TLS; without it HTTP/1.1 in clear. */
  readonly tls?: ServerTls
  /** Milliseconds. */
  readonly readTimeout: number
  readonly idleTimeout: number
  readonly headerBytes: number
  /** A connection on which nothing moves for so long is ended; by default none is. */
  readonly silenceTimeout?: number
}

export interface HttpListener {
  /** `host:port`, or the path of the unix socket. */
  readonly address: string
  /** Stops accepting, lets what is under way finish within the grace (milliseconds), then ends it. */
  close(grace: number): Promise<void>
}

const headersTimeout = 5000
/** How often Node looks for requests that are too slow: at its default of 30 s they would live that much longer. */
const connectionsCheckingInterval = 1000

/** Rejects when the address cannot be had. */
export async function listenHttp(options: HttpListenerOptions): Promise<HttpListener> {
  const { listen, onBug } = options
  const onUpgrade =
    options.onUpgrade && onBug ? caughtUpgrade(options.onUpgrade, onBug) : options.onUpgrade
  const made = createFor(options)
  const { server } = made
  const tunnels = onUpgrade && followUpgrades(server, onUpgrade)
  if (listen.path !== undefined) await removeStaleSocket(listen.path)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(listen, resolve)
  })
  if (listen.path !== undefined && options.socketMode !== undefined) {
    await chmod(listen.path, options.socketMode)
  }
  return { address: addressOf(server), close: grace => closeServer(made, tunnels, grace) }
}

function createFor(options: HttpListenerOptions): Made {
  const { tls, readTimeout, onBug } = options
  const both = tls ? forBothVersions(options.onRequest, readTimeout) : options.onRequest
  const onRequest = onBug ? caughtRequest(both, onBug) : both
  const limits = {
    maxHeaderSize: options.headerBytes,
    requestTimeout: options.readTimeout,
    headersTimeout: Math.min(headersTimeout, options.readTimeout),
    keepAliveTimeout: options.idleTimeout,
    connectionsCheckingInterval,
  }
  const made: Made = tls
    ? createTlsServer(tls, limits, onRequest)
    : { server: createServer(limits, onRequest) }
  const { server } = made
  // Node would silently leave out headers beyond its default count; their bytes are bounded.
  server.maxHeadersCount = 0
  // The answer may come before the body: no 100 Continue is sent unasked.
  if (options.silenceTimeout !== undefined) server.timeout = options.silenceTimeout
  server.on('checkContinue', onRequest)
  server.on('connect', refuseTunnel)
  server.on('clientError', refuseMalformed)
  return made
}

interface Made extends Partial<Omit<TlsServer, 'server'>> {
  readonly server: Server
}

/** Sockets that Node's server has let go of: it would wait for them without end. */
function followUpgrades(server: Server, onUpgrade: UpgradeListener): ReadonlySet<Duplex> {
  const open = new Set<Duplex>()
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    onUpgrade(incoming, socket, head)
  })
  return open
}

/** A tunnel is never opened here, and the connection is not used again. */
const refuseTunnel = (_incoming: IncomingMessage, socket: Duplex | ServerResponse): void => {
  if ('writeHead' in socket) socket.writeHead(400).end()
  else socket.end(plainAnswer(400))
}

const statusOfError: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** What Node's parser refuses never becomes a request; the connection ends with the answer. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  const isLost = error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)
  if (isLost) socket.destroy()
  else socket.end(plainAnswer(statusOfError[error.code ?? ''] ?? 400))
}

/** A second answer in the middle of one would be taken for a part of it. */
function isAnswering(socket: Duplex & { readonly _httpMessage?: unknown }): boolean {
  const { _httpMessage: response } = socket
  return response instanceof ServerResponse && response.headersSent
}

function plainAnswer(status: number): string {
  const text = `${status} ${statusText(status)}`
  return `HTTP/1.1 ${text}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`
}

export function addressOf(server: { address(): AddressInfo | string | null }): string {
  const address = server.address()
  if (address === null || typeof address === 'string') return address ?? ''
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `${host}:${address.port}`
}

const sweep = 50

/** Connections that are kept alive are ended as soon as nothing is under way on them. */
async function closeServer(
  { server, endSessions, destroyConnections }: Made,
  tunnels: ReadonlySet<Duplex> | undefined,
  grace: number,
): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  endSessions?.()
  server.closeIdleConnections()
  const idle = setInterval(() => server.closeIdleConnections(), sweep)
  const end = setTimeout(() => {
    if (destroyConnections) destroyConnections()
    else server.closeAllConnections()
    for (const socket of tunnels ?? []) socket.destroy()
  }, grace)
  await closed
  clearInterval(idle)
  clearTimeout(end)
}
