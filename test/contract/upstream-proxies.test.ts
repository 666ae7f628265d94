/** Upstreams that are reached through the proxies which `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createSecureContext } from 'node:tls'
import { createUpstreamConnections } from '../../src/outbound/upstream/connections.ts'
import { createFindProxy } from '../../src/outbound/upstream/environment-proxy.ts'
import { createTunnelPool } from '../../src/outbound/upstream/tunnel-pool.ts'
import { createAuthority } from '../support/certificates.ts'
import { listen } from '../support/listen.ts'
import { loopback } from '../support/ports.ts'
import { startProxy } from '../support/proxy.ts'
import { ask } from '../support/raw-http.ts'

const authority = createAuthority()

/** A forward proxy: answers a request for a URL with that URL, and opens a tunnel to `to` for CONNECT. */
async function startForwardProxy(t: TestContext, to: () => number | undefined) {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`)
    request.resume()
    response.end('by the proxy')
  })
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const port = to()
    asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? ''}`)
    if (port === undefined) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const far = connect(port, loopback, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    for (const one of [socket, far]) {
      sockets.add(one)
      one.on('error', () => undefined)
    }
    far.pipe(socket).pipe(far)
  })
  t.after(() => sockets.forEach(socket => void socket.destroy()))
  return { port: await listen(t, server), asked }
}

const basic = `Basic ${Buffer.from('u:p').toString('base64')}`

const start = async (t: TestContext, upstream: string, proxy: object) => {
  const tls = () => createSecureContext({ ca: authority.cert })
  const connections = createUpstreamConnections({ tls, proxy, createTunnelPool })
  t.after(() => connections.close())
  return startProxy(t, { upstream }, { connections })
}

test('a request to a plain HTTP upstream goes through the proxy with its whole URL, body and credentials', async t => {
  const forward = await startForwardProxy(t, () => undefined)
  const url = `http://u:p@${loopback}:${forward.port}`
  const { port } = await start(t, 'http://upstream.example:81/base', { http: url })
  assert.equal((await ask(port, { target: '/x?y=1' })).text, 'by the proxy')
  const posted = await ask(port, { method: 'POST', target: '/x', body: Buffer.from('hi') })
  assert.equal(posted.text, 'by the proxy')
  assert.deepEqual(forward.asked, [
    `GET http://upstream.example:81/base/x?y=1 ${basic}`,
    `POST http://upstream.example:81/base/x ${basic}`,
  ])
})

test('an upstream over TLS is reached in a tunnel; a proxy that refuses one is a 502', async t => {
  const upstream = await startTlsUpstream(t)
  let to: number | undefined = upstream
  const forward = await startForwardProxy(t, () => to)
  const proxy = { https: `http://u:p@${loopback}:${forward.port}` }
  const { port } = await start(t, 'https://upstream.example:4443', proxy)
  assert.equal((await ask(port, {})).text, 'by the upstream')
  assert.equal((await ask(port, {})).text, 'by the upstream')
  assert.deepEqual([...new Set(forward.asked)], [`CONNECT upstream.example:4443 ${basic}`])
  const other = await start(t, 'https://other.example', proxy)
  assert.equal((await ask(other.port, {})).status, 502)
  assert.match(other.problems[0]?.error.message ?? '', /altnames/)
  to = undefined
  assert.equal((await ask(other.port, {})).status, 502)
  assert.match(other.problems[1]?.error.message ?? '', /answered CONNECT with 403/)
})

const startTlsUpstream = (t: TestContext): Promise<number> =>
  listen(
    t,
    createTlsServer(authority.issue('upstream', 'upstream.example'), (_, response) =>
      response.end('by the upstream'),
    ),
  )

test('NO_PROXY and loopback addresses are reached directly', () => {
  const find = createFindProxy({
    http: 'http://proxy:1',
    https: 'http://proxy:2',
    except: 'a.example, .b.example *.c.example d.example:81',
  })
  const proxied = (origin: string): boolean => find(new URL(origin)) !== undefined
  const direct = [
    'http://localhost:1',
    'http://127.0.0.1',
    'http://[::1]:80',
    'https://a.example',
    'http://x.b.example',
    'http://y.x.c.example:8080',
    'http://d.example:81',
  ]
  const through = [
    'http://x.a.example',
    'http://b.example',
    'http://d.example',
    'https://e.example',
  ]
  assert.deepEqual(direct.filter(proxied), [])
  assert.deepEqual(
    through.filter(origin => !proxied(origin)),
    [],
  )
  assert.equal(createFindProxy({ http: 'http://p:1', except: '*' })(new URL('http://x')), undefined)
  assert.equal(createFindProxy({ http: 'http://p:1' })(new URL('https://x')), undefined)
})
