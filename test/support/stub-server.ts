/** Servers on free ports that end with the test, and an origin where nothing listens. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { listen } from './listen.ts'

export interface StubServer {
  /** `http://host:port` */
  readonly origin: string
  readonly calls: IncomingMessage[]
}

/** Keeps each request it got; the body of a call is not read. */
export async function stubServer(t: TestContext, answer: RequestListener): Promise<StubServer> {
  const calls: IncomingMessage[] = []
  const server = createServer((request, response) => {
    calls.push(request)
    answer(request, response)
  })
  return { origin: `http://127.0.0.1:${await listen(t, server)}`, calls }
}

/** Bytes in, bytes out; gives its origin. */
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

/** An origin whose port was free just now. */
export async function deadOrigin(): Promise<string> {
  const ends: (() => unknown)[] = []
  const port = await listen({ after: end => void ends.push(end) }, createTcpServer())
  for (const end of ends) await end()
  return `http://127.0.0.1:${port}`
}
