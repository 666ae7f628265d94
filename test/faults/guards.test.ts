/** An exception in any callback of a socket, stream or timer ends one exchange, and nothing else. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { checkOf } from '../support/check.ts'
import { startEdge, startOddHttp2Upstream, startOddUpstream } from '../support/edge.ts'
import { encrypted } from '../support/encrypted.ts'
import { root, temporaryFolder } from '../support/folder.ts'
import type { Oarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { ask } from '../support/raw-http.ts'
import { until } from '../support/until.ts'

const slots = 16

async function start(t: TestContext) {
  const h1 = await startOddUpstream(t, (socket, { target }) => void upstream(socket, target))
  const h2 = await startOddHttp2Upstream(t, server => {
    server.on('request', (request, response) => {
      request.resume()
      response.writeEarlyHints({ link: '</a>; rel=preload' })
      response.addTrailers({ 'x-t': '1' })
      response.end(Buffer.alloc(request.url.includes('big') ? 3_000_000 : 2, 'a'))
    })
  })
  const log = join(temporaryFolder(t), 'guards.log')
  const edge = await startEdge(t, {
    tls: true,
    upstreams: { h1, h2 },
    config: {
      limits: { requests: { concurrent: slots } },
      log: { level: 'error', access: { enabled: true } },
    },
    proxy: { timeout: { write: '500ms', read: '2s' } },
    env: {
      GUARD_LOG: log,
      NODE_OPTIONS: `--import ${join(root, 'test/support/throwing-guards.mjs')}`,
    },
  })
  const lines = (what: string): ReadonlySet<string> =>
    new Set(
      readFileSync(log, 'utf8')
        .split('\n')
        .filter(line => line.startsWith(what)),
    )
  return { edge, lines }
}

/** The target selects the behaviour. */
function upstream(socket: Socket, target: string): void {
  if (target.includes('tunnel')) {
    socket.write('HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    socket.on('data', part => socket.write(part))
  } else if (target.includes('reset')) socket.resetAndDestroy()
  else if (target.includes('silent')) socket.on('data', () => undefined)
  else if (target.includes('odd')) socket.end('HTTP/1.1 999 Odd\r\n\r\n')
  else if (target.includes('big')) {
    socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n')
    socket.end(Buffer.alloc(3_000_000, 'a'))
  } else {
    socket.write(
      'HTTP/1.1 103 E\r\nLink: </a>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-t\r\n\r\n2\r\nhi\r\n0\r\nx-t: 1\r\n\r\n',
    )
  }
}

const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: h1\r\n${more}\r\n`
const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
const post = (target: string, host = 'h1') =>
  `POST ${target} HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\nTrailer: x-a\r\n\r\n2\r\nhi\r\n0\r\nx-a: 1\r\n\r\n`

const written = [
  get('/open/plain'),
  get('/open/plain', 'Connection: close\r\n'),
  get('/open/reset'),
  get('/open/silent'),
  get('/open/odd'),
  get('/open/big'),
  get('/open/tunnel', upgrade),
  get('/open/plain', upgrade),
  get('/closed', upgrade),
  get('/closed'),
  post('/open/plain'),
  post('/closed'),
  post('/open/plain', 'h2'),
  get('/open/plain').replace('h1', 'h2'),
  'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
  'nonsense\r\n\r\n',
  'POST /open/plain HTTP/1.1\r\nHost: h1\r\nContent-Length: 50\r\n\r\nhalf',
]

function openStream(session: ClientHttp2Session, headers: OutgoingHttpHeaders): void {
  const hasBody = headers[':method'] === 'POST'
  const stream = session.request(headers, { endStream: !hasBody, waitForTrailers: true })
  stream.on('error', () => undefined)
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-a': '1' }))
  if (headers[':path'] !== '/open/big') stream.resume()
  if (hasBody) stream.end('hi')
}

const framed = (message: Buffer, flags = 0): Buffer => {
  const head = Buffer.alloc(5)
  head[0] = flags
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

const check = '/envoy.service.auth.v3.Authorization/Check'
const message = checkOf({ method: 'GET', scheme: 'http', host: 'h1', path: '/open' })
const calls = [
  [check, framed(message), {}],
  [check, framed(gzipSync(message), 1), { 'grpc-encoding': 'gzip' }],
  [check, framed(message).subarray(0, 9), {}],
  [check, framed(Buffer.alloc(0)), { 'grpc-timeout': 'x' }],
  ['/grpc.health.v1.Health/Check', framed(Buffer.alloc(0)), {}],
  ['/grpc.health.v1.Health/Watch', framed(Buffer.alloc(0)), {}],
  ['/none', framed(message), {}],
] as const

/** Calls of the gRPC port, valid and not valid. */
async function callGrpc({ grpc }: Oarlock): Promise<void> {
  const session = connectHttp2(`http://${loopback}:${grpc}`)
  session.on('error', () => undefined)
  for (const [path, bytes, more] of calls) {
    const head = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', ...more }
    const stream = session.request({ ...head, te: 'trailers' })
    stream.on('error', () => undefined)
    stream.resume()
    stream.end(bytes)
  }
  await wait(700)
  session.destroy()
}

/** Every kind of exchange once; clients end them all after a while. */
async function exercise(edge: Oarlock): Promise<void> {
  const { proxy, api } = edge
  const over1 = written.map(async text => {
    const socket = await encrypted(proxy, { alpn: 'http/1.1' })
    socket.on('error', () => undefined)
    if (!text.includes('big')) socket.on('data', () => undefined)
    socket.write(text)
    await wait(700)
    socket.destroy()
  })
  const over2 = ['h1', 'h2'].map(async host => {
    const session = connectHttp2(`https://${loopback}:${proxy}`, { rejectUnauthorized: false })
    session.on('error', () => undefined)
    for (const path of ['/open/plain', '/open/big', '/open/odd', '/closed', '/open/silent']) {
      openStream(session, { ':path': path, ':authority': host })
      openStream(session, { ':path': path, ':authority': host, ':method': 'POST', trailer: 'x-a' })
    }
    await wait(700)
    session.destroy()
  })
  const asked = ['/decisions/open', '/decisions/closed', '/rules', '/health/alive'].map(target =>
    ask(api, { target, host: 'h1' }).catch(() => undefined),
  )
  await Promise.allSettled([...over1, ...over2, ...asked, callGrpc(edge)])
}

test('each guarded callback throws once: the process keeps running, and every slot is free again', async t => {
  const { edge, lines } = await start(t)
  await exercise(edge)
  const made = lines('made').size
  assert.ok(made > 25, `only ${made} guarded callbacks were seen`)
  edge.signal('SIGUSR2')
  for (let round = 0; round < 6; round += 1) {
    await exercise(edge)
    assert.ok(edge.running(), edge.log())
  }
  const thrown = lines('thrown').size
  assert.ok(thrown >= made * 0.7, `${thrown} of ${made} callbacks have thrown`)
  const statuses = async (): Promise<readonly number[]> =>
    Promise.all(
      Array.from({ length: slots }, async () => {
        const { status } = await ask(edge.api, { target: '/decisions/open', host: 'h1' })
        return status
      }),
    )
  await until(async () => (await statuses()).every(status => status === 200), 'all slots are free')
  assert.doesNotMatch(edge.log(), /Uncaught exception/)
  assert.match(edge.log(), /planted in/)
})
