/** The API port: `/decisions` is answered by a plain listener before Express sees the request. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, ListenOptions } from 'node:net'
import type { Duplex } from 'node:stream'
import type { RequestListener } from '../doors/decisions/door.ts'
import { behindPrefix } from '../doors/decisions/read.ts'

export interface ApiListenerOptions {
  readonly decisions: RequestListener
  readonly admin: RequestListener
  readonly listen: ListenOptions
  /** Milliseconds. */
  readonly readTimeout: number
  readonly idleTimeout: number
  readonly headerBytes: number
}

export interface ApiListener {
  /** `host:port`, or the path of the unix socket. */
  readonly address: string
  /** Stops accepting, lets what is under way finish within the grace (milliseconds), then ends it. */
  close(grace: number): Promise<void>
}

const headersTimeout = 5000

/** Rejects when the address cannot be had. */
export async function listenApi(options: ApiListenerOptions): Promise<ApiListener> {
  const { decisions, admin } = options
  const onRequest = (incoming: IncomingMessage, response: ServerResponse): void => {
    const door = behindPrefix(incoming.url ?? '') === undefined ? admin : decisions
    door(incoming, response)
  }
  const server = createServer(
    {
      maxHeaderSize: options.headerBytes,
      requestTimeout: options.readTimeout,
      headersTimeout: Math.min(headersTimeout, options.readTimeout),
      keepAliveTimeout: options.idleTimeout,
    },
    onRequest,
  )
  // Node would silently leave out headers beyond its default count; their bytes are bounded.
  server.maxHeadersCount = 0
  // The answer comes before the body: no 100 Continue is sent.
  server.on('checkContinue', onRequest)
  server.on('connect', refuseTunnel)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.listen, resolve)
  })
  return { address: addressOf(server), close: grace => closeServer(server, grace) }
}

/** A tunnel is never opened here, and the connection is not used again. */
const refuseTunnel = (_incoming: IncomingMessage, socket: Duplex): void => {
  socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
}

export function addressOf(server: { address(): AddressInfo | string | null }): string {
  const address = server.address()
  if (address === null || typeof address === 'string') return address ?? ''
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `${host}:${address.port}`
}

async function closeServer(server: Server, grace: number): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), grace)
  await closed
  clearTimeout(timer)
}
