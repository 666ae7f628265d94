/** Sends requests of HTTP/2 to a listener that accepts only Node's HTTP/1 requests, over a connection in memory. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'
import { isHttp2 } from '../doors/http/http2-lines.ts'
import type { RequestListener } from '../doors/http/listener.ts'
import { guarded } from '../lib/guarded.ts'
import { filterHeaders } from '../lib/header-pairs.ts'

/** For routes without a body: Express gets HTTP/1 requests directly, and HTTP/2 requests are sent again as HTTP/1. */
export function overHttp1(listener: RequestListener): RequestListener {
  const server = createServer(listener)
  return (incoming, response) => {
    if (!isHttp2(incoming)) return listener(incoming, response)
    const [near, far] = connectedPair()
    const end = (): void => void response.destroy()
    server.emit('connection', far)
    const asked = request({
      createConnection: () => near as never,
      method: incoming.method,
      path: incoming.url,
      headers: withoutFraming(incoming.rawHeaders) as never,
    })
    asked.on(
      'response',
      guarded(answer => passOn(answer, response), end),
    )
    asked.on('error', end)
    response.once('close', () => near.destroy())
    asked.end()
  }
}

function passOn(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 500, answer.rawHeaders)
  answer.pipe(response)
}

const framing = new Set(['transfer-encoding', 'content-length', 'expect'])

const withoutFraming = (flat: readonly string[]): readonly string[] =>
  filterHeaders(flat, name => !framing.has(name.toLowerCase()))

/** A pair of streams: data written to one is read from the other. */
function connectedPair(): readonly [Duplex, Duplex] {
  const make = (other: () => Duplex): Duplex =>
    new Duplex({
      read: () => undefined,
      write: (chunk, _, done) => {
        other().push(chunk)
        done()
      },
      final: done => {
        other().push(null)
        done()
      },
      destroy: (error, done) => {
        if (!other().destroyed) other().push(null)
        done(error)
      },
    })
  const near: Duplex = make(() => far)
  const far: Duplex = make(() => near)
  return [near, far]
}
