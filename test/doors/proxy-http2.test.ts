/** Upstreams with HTTP/2 over TLS. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createSecureContext } from 'node:tls'
import { createUpstreamConnections } from '../../src/outbound/upstream/connections.ts'
import { createAuthority } from '../support/certificates.ts'
import { startProxy } from '../support/proxy.ts'
import { ask } from '../support/raw-http.ts'
import { until } from '../support/until.ts'

const authority = createAuthority()
const identity = authority.issue('upstream')

const big = 8_000_000

interface Seen {
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

async function startHttp2(t: TestContext, allowHTTP1 = false) {
  const seen: Seen[] = []
  const sockets = new Set<Socket>()
  const server = createSecureServer({ ...identity, allowHTTP1 })
  server.on('secureConnection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('stream', async (stream: ServerHttp2Stream, headers) => {
    let body = ''
    for await (const chunk of stream) body += String(chunk)
    seen.push({ headers, body })
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'set-cookie': ['a=1', 'b=2'] },
      { waitForTrailers: true },
    )
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(headers[':path'] === '/big' ? Buffer.alloc(big, 'x') : `got ${body.length}`)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { readonly port: number }
  return {
    url: `https://localhost:${port}`,
    host: `localhost:${port}`,
    seen,
    open: () => sockets.size,
    close: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function startTrusting(t: TestContext, upstream: string) {
  const tls = () => createSecureContext({ ca: authority.cert })
  const connections = createUpstreamConnections({ tls })
  t.after(() => connections.close())
  return startProxy(t, { upstream, headers: { 'X-User': ['alice'] } }, { connections })
}

test('requests, answers and trailers pass between HTTP/1.1 and HTTP/2', async t => {
  const { url, host, seen } = await startHttp2(t)
  const { port } = await startTrusting(t, url)
  const request = httpRequest({
    port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/pkg.Service/Method?x',
    headers: { TE: 'trailers', 'X-User': 'root', Cookie: 'a=1' },
  })
  request.end('x'.repeat(100_000))
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of answer) text += String(chunk)
  assert.equal(answer.statusCode, 200)
  assert.equal(text, 'got 100000')
  assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2'])
  assert.deepEqual({ ...answer.trailers }, { 'grpc-status': '0' })
  const got = seen[0]?.headers
  assert.equal(got?.[':path'], '/pkg.Service/Method?x')
  assert.equal(got?.[':authority'], host)
  assert.equal(got?.['x-user'], 'alice')
  assert.equal(got?.['te'], 'trailers')
})

test('several requests share a connection, and an untrusted upstream gets a 502', async t => {
  const { url, seen } = await startHttp2(t)
  const { port } = await startTrusting(t, url)
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(port, { target: '/a' })))
  assert.ok(answers.every(({ status }) => status === 200))
  assert.equal(seen.length, 20)
  const stranger = await startProxy(t, { upstream: url })
  assert.equal((await ask(stranger.port, { target: '/a' })).status, 502)
  assert.equal(seen.length, 20)
})

test('an upstream with only HTTP/1.1 over TLS works too', async t => {
  const { createServer } = await import('node:https')
  const server = createServer(identity, (_, response) => response.end('old'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port: upstream } = server.address() as { readonly port: number }
  const { port } = await startTrusting(t, `https://localhost:${upstream}`)
  assert.equal((await ask(port, {})).text, 'old')
})

test('a slow client gets all bytes and the trailers', async t => {
  const { url } = await startHttp2(t)
  const { port } = await startTrusting(t, url)
  const request = httpRequest({ port, host: '127.0.0.1', path: '/big' })
  request.end()
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  let size = 0
  for await (const chunk of answer) {
    size += (chunk as Buffer).length
    if (size < 1_000_000) await wait(5)
  }
  assert.equal(size, big)
  assert.deepEqual({ ...answer.trailers }, { 'grpc-status': '0' })
})

test('a connection that the upstream closed is replaced', async t => {
  const { url, close, open } = await startHttp2(t)
  const { port } = await startTrusting(t, url)
  assert.equal((await ask(port, { target: '/a' })).status, 200)
  close()
  await until(() => open() === 0, 'the connection is closed')
  assert.equal((await ask(port, { target: '/a' })).status, 200)
})
