/** Clients that reset the connection right after the request: their address is not known any more. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { startEdge } from '../support/edge.ts'
import type { Oarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { ask } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'

/** Resolves when the request is written and the connection reset. */
const writeAndReset = (port: number, text: string): Promise<void> =>
  new Promise(resolve => {
    const socket = connect(port, loopback, () =>
      socket.write(text, () => {
        socket.resetAndDestroy()
        resolve()
      }),
    )
    socket.on('error', () => resolve())
  })

const secret = (host: string) =>
  `POST /secure HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-For: 10.1.2.3\r\nX-Forwarded-Proto: https\r\nX-Forwarded-User: root\r\nContent-Length: 0\r\n\r\n`

async function start(t: TestContext) {
  const upstream = await startUpstream(t)
  const edge = await startEdge(t, {
    tls: false,
    upstreams: {},
    proxy: { trust_forwarded_headers: true, trusted_proxies: ['10.0.0.0/8'] },
    rules: ['http', 'https'].map(scheme => ({
      id: scheme,
      match: { url: `${scheme}://h4/<.*>`, methods: ['POST'] },
      upstream: { url: `http://${loopback}:${upstream.port}/${scheme}` },
      authenticators: [{ handler: 'noop' }],
      authorizer: { handler: 'allow' },
      mutators: [{ handler: 'noop' }],
    })),
  })
  return { edge, upstream }
}

/** Idle connections to the upstream: a request is sent in the same turn in which it is read. */
const warm = ({ proxy }: Oarlock): Promise<unknown> =>
  Promise.all(
    Array.from({ length: 20 }, () => ask(proxy, { method: 'POST', target: '/warm', host: 'h4' })),
  )

test('a client that resets before it is accepted is not trusted, and its request is not decided', async t => {
  const { edge, upstream } = await start(t)
  // While the process is stopped, the kernel accepts the connection, takes the request and sees the reset.
  for (let round = 0; round < 3; round += 1) {
    await warm(edge)
    edge.signal('SIGSTOP')
    await Promise.all(Array.from({ length: 40 }, () => writeAndReset(edge.proxy, secret('h4'))))
    edge.signal('SIGCONT')
    await ask(edge.api, { target: '/health/alive' })
  }
  await wait(300)
  const received = upstream.take()
  const believed = received.filter(
    ({ target, all }) => target.startsWith('/https') || all('x-forwarded-user').length > 0,
  )
  assert.deepEqual(believed, [])
  assert.ok(edge.running(), edge.log())
})

test('a client that resets while its request is decided is not trusted either', async t => {
  const { edge, upstream } = await start(t)
  await warm(edge)
  for (let i = 0; i < 200; i += 1) await writeAndReset(edge.proxy, secret('h4'))
  await wait(300)
  const received = upstream.take()
  assert.ok(
    received.every(
      ({ target, all }) => target.startsWith('/http/') && all('x-forwarded-user').length === 0,
    ),
  )
})
