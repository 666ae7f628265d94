import { createHash } from 'node:crypto'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type { Duplex } from 'node:stream'
import type { Cleanup } from './cleanup.ts'
import { listen } from './listen.ts'

/** One request as the upstream received it: raw target, header lines in order (latin1-coded), body. */
export interface Received {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** All values of a lower-case name. */
  readonly all: (name: string) => readonly string[]
  readonly body: Buffer
  readonly trailers: Received['headers']
}

/** The upstream of the proxy under test: it answers everything with 200 and records it. */
export interface Upstream {
  readonly port: number
  /** Requests since the last `take`. */
  readonly take: () => readonly Received[]
  /** The only request since the last `take`; throws if there was not exactly one. */
  readonly only: () => Received
}

/** Middleware that runs before its handlers, in the same process. */
export interface Guard {
  readonly request: (handler: RequestListener) => RequestListener
  readonly upgrade: (handler: Upgraded) => Upgraded
}

type Upgraded = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

const unguarded: Guard = { request: handler => handler, upgrade: handler => handler }

export type Respond = (response: ServerResponse, received: Received) => void

const hello: Respond = response => response.end('upstream')

/**
 * `respond` answers; by default with 200 and the text `upstream`. WebSocket handshakes are accepted, and all data is
 * sent back.
 */
export async function startUpstream(
  t: Cleanup,
  respond: Respond = hello,
  guard: Guard = unguarded,
): Promise<Upstream> {
  let received: Received[] = []
  const server = createServer(
    { insecureHTTPParser: true, maxHeaderSize: 1 << 20 },
    guard.request(async (request, response) => {
      const one = await read(request)
      received.push(one)
      respond(response, one)
    }),
  )
  const tunnels = new Set<Duplex>()
  t.after(() => tunnels.forEach(socket => void socket.destroy()))
  const tunnel: Upgraded = (request, socket) => {
    tunnels.add(socket)
    received.push(toReceived(request, Buffer.alloc(0)))
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.end())
    socket.write(accepted(request.headers['sec-websocket-key'] ?? ''))
    socket.pipe(socket, { end: false })
  }
  server.on('upgrade', guard.upgrade(tunnel))
  const port = await listen(t, server)
  const take = () => {
    const taken = received
    received = []
    return taken
  }
  const only = () => {
    const taken = take()
    const [first] = taken
    if (first === undefined || taken.length > 1) throw new Error(`${taken.length} requests came`)
    return first
  }
  return { port, take, only }
}

/** For a request that broke off: the part that arrived. */
async function read(request: IncomingMessage): Promise<Received> {
  const parts: Buffer[] = []
  try {
    for await (const part of request) parts.push(part as Buffer)
  } catch (error) {
    if (!request.destroyed) throw error
  }
  return toReceived(request, Buffer.concat(parts))
}

function toReceived(
  { method = '', url = '', rawHeaders, rawTrailers }: IncomingMessage,
  body: Buffer,
): Received {
  const headers = pairsOf(rawHeaders)
  const all = (name: string) =>
    headers.filter(([found]) => found.toLowerCase() === name).map(([, value]) => value)
  return { method, target: url, headers, all, body, trailers: pairsOf(rawTrailers) }
}

function pairsOf(raw: readonly string[]): Received['headers'] {
  const pairs: (readonly [string, string])[] = []
  for (let i = 0; i < raw.length; i += 2) pairs.push([raw[i] ?? '', raw[i + 1] ?? ''])
  return pairs
}

const handshake = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

const accepted = (key: string): string =>
  [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${createHash('sha1')
      .update(key + handshake)
      .digest('base64')}`,
    '\r\n',
  ].join('\r\n')
