/** Servers on free ports that end with the test, and an origin where nothing listens. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { listen } from './listen.ts'
import { loopback } from './ports.ts'

export interface StubServer {
  /** `http://host:port` */
  readonly origin: string
  readonly calls: IncomingMessage[]
}

/** Records each request; the body of a call is not read. */
export async function stubServer(t: TestContext, answer: RequestListener): Promise<StubServer> {
  const calls: IncomingMessage[] = []
  const server = createServer((request, response) => {
    calls.push(request)
    answer(request, response)
  })
  return { origin: `http://127.0.0.1:${await listen(t, server)}`, calls }
}

/** Bytes in, bytes out; returns its origin. */
export async function rawServer(t: TestContext, serve: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createTcpServer(socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    serve(socket)
  })
  const closeAllConnections = () => {
    for (const socket of sockets) socket.destroy()
  }
  return `http://127.0.0.1:${await listen(t, Object.assign(server, { closeAllConnections }))}`
}

/**
 * An origin that refuses connections until the process ends. Its port is the client end of a connection to this
 * process: no server listens there, and the port is not given to another program.
 */
export async function deadOrigin(): Promise<string> {
  const server = createTcpServer(socket => void socket.unref())
  await once(server.listen(0, loopback), 'listening')
  const { port } = server.address() as AddressInfo
  // Bound by address: otherwise a client of that port could get it as its own, and would reach itself.
  const held = connect({ host: loopback, port, localAddress: loopback })
  await once(held, 'connect')
  held.unref()
  server.unref()
  return `http://${loopback}:${held.localPort}`
}
