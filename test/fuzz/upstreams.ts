/** Upstreams of HTTP/1.1 and HTTP/2 that send random answers, and end their connections at random. */
import type { Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { createAuthority } from '../support/certificates.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { startOddUpstream } from '../support/edge.ts'
import { listen } from '../support/listen.ts'
import { reset } from '../support/reset.ts'
import { anyFrame, headersFrame, settings } from './frames.ts'
import type { Random } from './random.ts'

const big = 'b'.repeat(400_000)

const answers = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-a\r\n\r\n5\r\nhello\r\n0\r\nx-a: b\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello and more',
  'HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nbytes',
  'HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
  'HTTP/1.1 101 S\r\n\r\n',
  'HTTP/1.1 426 U\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  'HTTP/1.1 200 OK\r\n\r\nuntil the end',
  `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${big}`,
  `HTTP/1.1 200 OK\r\nContent-Length: ${big.length}\r\n\r\n${big}`,
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
  'HTTP/1.1 103 E\r\nLink: </a>; rel=preload, </b>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
  `${'HTTP/1.1 103 E\r\nLink: x\r\n\r\n'.repeat(100)}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi`,
  'HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nhi',
  'HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nhi',
  'HTTP/1.1 200 OK\r\nX-Content-Type-Options: a\r\nX-Content-Type-Options: b\r\nContent-Length: 2\r\n\r\nhi',
  'HTTP/1.1 200 OK\r\n__proto__: a\r\nconstructor: b\r\nContent-Length: 2\r\n\r\nhi',
  'HTTP/1.1 200 OK\r\nX-A: a\x01b\r\nContent-Length: 2\r\n\r\nhi',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'HTTP/1.0 200 OK\r\n\r\nold',
  'SSH-2.0-OpenSSH\r\n',
  '',
]

/** No upstream keeps its connection longer, so that every exchange ends. Milliseconds. */
const longest = 1500

/** Random bytes at once or in two pieces, then nothing, an end, or a reset. */
function end(random: Random, socket: Socket): void {
  const how = random.int(4)
  const act = (): void => {
    if (how === 0) reset(socket)
    else if (how === 1) socket.end()
    else if (how === 2) socket.destroy()
  }
  setTimeout(act, random.int(40))
  setTimeout(() => socket.destroy(), longest).unref()
}

/** Answers requests below `/open/hold` late and correctly. */
export const startHttp1 = (t: Cleanup, random: Random): Promise<number> =>
  startOddUpstream(t, (socket, { target }) => {
    if (target.startsWith('/open/hold')) {
      setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), 300)
      return
    }
    const bytes = random.cut(Buffer.from(random.pick(answers), 'latin1'))
    const at = random.chance(0.3) ? random.int(bytes.length + 1) : bytes.length
    socket.write(bytes.subarray(0, at))
    if (at < bytes.length) setTimeout(() => socket.destroyed || socket.write(bytes.subarray(at)), 5)
    end(random, socket)
  })

const statuses = ['200', '200', '204', '103', '304', '599', '999', '099', 'x', '']

/** The header block is not read: every request uses the next odd stream. */
function answerStream(random: Random, socket: Socket, stream: number): void {
  const frames = [headersFrame(random, stream, [[':status', random.pick(statuses)]])]
  for (let i = random.int(4); i > 0; i -= 1) frames.push(anyFrame(random, stream))
  socket.write(random.cut(Buffer.concat(frames)))
}

export async function startHttp2(t: Cleanup, random: Random): Promise<number> {
  const identity = createAuthority().issue('upstream')
  const sockets = new Set<Socket>()
  const server = createTlsServer({ ...identity, ALPNProtocols: ['h2'] }, socket => {
    let streams = 0
    socket.on('error', () => socket.destroy())
    if (random.chance(0.95)) socket.write(settings)
    socket.on('data', () => {
      if (socket.destroyed) return
      answerStream(random, socket, 2 * streams + 1)
      if (random.chance(0.5)) streams += 1
      if (random.chance(0.3)) end(random, socket)
    })
    setTimeout(() => socket.destroy(), longest).unref()
  })
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('tlsClientError', () => undefined)
  t.after(() => sockets.forEach(socket => void socket.destroy()))
  return listen(t, server)
}
