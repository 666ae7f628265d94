/** A stop does not wait for connections that are being opened to a server that never answers. */
import assert from 'node:assert/strict'
import { connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { type EdgeSetup, identity, startEdge } from '../support/edge.ts'
import { listen } from '../support/listen.ts'
import { loopback } from '../support/ports.ts'
import { until } from '../support/until.ts'

/** Accepts connections and says nothing; over `tls` it completes the handshake. */
async function silent(t: TestContext, tls: boolean) {
  const sockets = new Set<Socket>()
  const hold = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    socket.resume()
  }
  const server = tls
    ? createTlsServer({ ...identity, ALPNProtocols: ['h2'] }, hold)
    : createServer(hold)
  t.after(() => sockets.forEach(socket => void socket.destroy()))
  return { port: await listen(t, server), isReached: () => sockets.size > 0 }
}

const timeout = 500
/** Milliseconds: a start, a stop and two processes on a busy machine. Without the mend it took ten seconds. */
const most = timeout + 3500

interface Case {
  readonly tls?: boolean
  readonly workers?: number
  readonly env?: (port: number) => Readonly<Record<string, string>>
  readonly setup: (port: number) => Partial<EdgeSetup>
  /** True: a library holds the connection, and the process exits when the time is over. */
  readonly isForced?: boolean
}

const upstream = (port: number) => ({ upstreams: { h2: port } })

const open = {
  id: 'h3',
  match: { url: 'http://h2/open<.*>', methods: ['GET'] },
  upstream: { url: 'http://127.0.0.1:1' },
  authenticators: [{ handler: 'noop' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
}

const handler = (kind: string, name: string, config: object) => ({
  [kind]: { allow: { enabled: true }, [name]: { enabled: true, config } },
})

const cases: Readonly<Record<string, Case>> = {
  'an upstream that never answers the TLS handshake': { setup: upstream },
  'an upstream that never sends its HTTP/2 settings': { tls: true, setup: upstream },
  'an upstream, with several workers': {
    workers: 2,
    setup: port => upstream(port),
  },
  'an authorizer': {
    setup: port => ({
      config: {
        ...handler('authorizers', 'remote', { remote: `https://${loopback}:${port}/` }),
        limits: { outbound: { timeout: '60s' } },
      },
      rules: [{ ...open, authorizer: { handler: 'remote' } }],
    }),
  },
  'a service behind a proxy': {
    env: port => ({ HTTPS_PROXY: `https://${loopback}:${port}`, NO_PROXY: loopback }),
    setup: () => ({
      config: {
        ...handler('authorizers', 'remote', { remote: 'https://elsewhere.test/' }),
        limits: { outbound: { timeout: '60s' } },
      },
      rules: [{ ...open, authorizer: { handler: 'remote' } }],
    }),
  },
  'an upstream behind a proxy': {
    env: port => ({ HTTPS_PROXY: `https://${loopback}:${port}` }),
    setup: () => ({ rules: [{ ...open, upstream: { url: 'https://elsewhere.test' } }] }),
    isForced: true,
  },
  'the cache': {
    setup: port => ({
      config: { cache: { backend: 'redis', redis: { url: `rediss://${loopback}:${port}` } } },
      rules: [open],
    }),
    isForced: true,
  },
}

for (const [name, { tls = false, workers = 1, env, setup, isForced = false }] of Object.entries(
  cases,
)) {
  test(`a stop in time while a connection is opened: ${name}`, async t => {
    const { port, isReached } = await silent(t, tls)
    const started = setup(port)
    const edge = await startEdge(t, {
      tls: false,
      upstreams: {},
      serve: { shutdown: { timeout: `${timeout}ms` }, workers },
      ...(env && { env: env(port) }),
      ...started,
      config: { log: { level: 'info' }, ...started.config },
    })
    await until(() => edge.log().includes('Oarlock is listening'), 'it has started')
    const client = connect(edge.proxy, loopback)
    t.after(() => client.destroy())
    client.on('error', () => undefined)
    client.write('GET /open HTTP/1.1\r\nHost: h2\r\n\r\n')
    await until(isReached, 'the silent server has a connection')
    const began = performance.now()
    edge.signal('SIGTERM')
    assert.equal(await edge.exitCode, 0, edge.log())
    const took = performance.now() - began
    assert.ok(took < most, `${took} ms`)
    if (!isForced) assert.doesNotMatch(edge.log(), /The stop took too long/)
  })
}
