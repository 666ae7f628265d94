/** Clients that keep a connection, a stream or half a request open: other clients still get answers. */
import assert from 'node:assert/strict'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { startEdge, startOddUpstream } from '../support/edge.ts'
import { encrypted } from '../support/encrypted.ts'
import type { Oarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { ask } from '../support/raw-http.ts'
import { until } from '../support/until.ts'

const slots = 8

const requests: Readonly<Record<string, string>> = {
  'a denied upgrade':
    'GET /closed HTTP/1.1\r\nHost: h1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  'an upgrade that the upstream refuses':
    'GET /open HTTP/1.1\r\nHost: h1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  'an upgrade to HTTP/2':
    'GET /closed HTTP/1.1\r\nHost: h1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
  'an upgrade request with a body':
    'POST /open HTTP/1.1\r\nHost: h1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\n',
  'an upgrade request without Host':
    'GET /closed HTTP/1.1\r\nHost: a b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  CONNECT: 'CONNECT h1:80 HTTP/1.1\r\nHost: h1\r\n\r\n',
  'a denied request': 'GET /closed HTTP/1.1\r\nHost: h1\r\n\r\n',
  'a denied request whose body never arrives':
    'POST /closed HTTP/1.1\r\nHost: h1\r\nContent-Length: 5\r\n\r\n',
  'bytes that are not HTTP': 'nonsense\r\n\r\n',
  'an answer after which the connection stays open': 'GET /open HTTP/1.1\r\nHost: h1\r\n\r\n',
}

const closing = new Set(
  Object.keys(requests).filter(name => /upgrade|CONNECT|not HTTP|body/.test(name)),
)

/** Sends the bytes, reads only whether there is an answer, and never ends its side. */
const hold = (
  t: TestContext,
  socket: Socket,
  text: string,
): { answered: boolean; closed: boolean } => {
  const held = { answered: false, closed: false }
  t.after(() => void socket.destroy())
  socket.on('data', () => {
    held.answered = true
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    held.closed = true
  })
  socket.write(text)
  // A client that never ends its side notices the end of the other side only when it writes.
  const timer = setInterval(() => held.answered && socket.write('x'), 300)
  socket.on('close', () => clearInterval(timer))
  return held
}

const open = (edge: Oarlock, tls: boolean): Promise<Socket> =>
  tls
    ? encrypted(edge.proxy, { alpn: 'http/1.1' })
    : Promise.resolve(connect({ port: edge.proxy, host: loopback, allowHalfOpen: true }))

/** Of as many concurrent requests as there are slots. */
async function statuses({ api }: Oarlock): Promise<readonly number[]> {
  const asked = Array.from({ length: slots }, () =>
    ask(api, { target: '/decisions/open', host: 'h1' }),
  )
  return (await Promise.all(asked)).map(({ status }) => status)
}

const assertFree = async (edge: Oarlock): Promise<void> =>
  assert.deepEqual([...new Set(await statuses(edge))], [200])

const limits = { limits: { requests: { concurrent: slots } } }

for (const tls of [false, true]) {
  test(`a connection ${tls ? 'over TLS' : 'in clear'} holds no slot after its answer, and one that must close is closed`, async t => {
    const h1 = await startOddUpstream(
      t,
      socket => void socket.write('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n'),
    )
    const edge = await startEdge(t, { tls, upstreams: { h1 }, config: limits })
    for (const [name, text] of Object.entries(requests)) {
      await t.test(name, async t => {
        const sockets = await Promise.all(Array.from({ length: slots * 2 }, () => open(edge, tls)))
        const held = sockets.map(socket => hold(t, socket, text))
        await until(() => held.every(({ answered, closed }) => answered || closed), 'all answered')
        await assertFree(edge)
        if (!closing.has(name)) return
        await until(() => held.every(({ closed }) => closed), 'the server ends the connections')
      })
    }
  })
}

const http2 = (t: TestContext, port: number, window?: number): Promise<ClientHttp2Session> =>
  new Promise((resolve, reject) => {
    const session = connectHttp2(`https://${loopback}:${port}`, {
      rejectUnauthorized: false,
      ...(window === undefined ? {} : { settings: { initialWindowSize: window } }),
    })
    t.after(() => session.destroy())
    session.on('error', reject)
    session.on('connect', () => resolve(session))
  })

test('HTTP/2 streams that are answered and never ended, or never read, release their slots', async t => {
  const h1 = await startOddUpstream(
    t,
    socket => void socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${'a'.repeat(100_000)}`),
  )
  const edge = await startEdge(t, {
    tls: true,
    upstreams: { h1 },
    config: limits,
    proxy: { timeout: { write: '1s', read: '1s' } },
  })
  const asked = {
    'denied, the body still open': [{ ':path': '/closed', ':method': 'POST' }, false],
    'denied, the answer not read': [{ ':path': '/closed' }, true],
    'allowed, the answer not read': [{ ':path': '/open' }, true],
    'allowed, the body still open': [{ ':path': '/open', ':method': 'POST' }, false],
    CONNECT: [{ ':method': 'CONNECT' }, false],
  } as const
  for (const [name, [headers, endStream]] of Object.entries(asked)) {
    await t.test(name, async t => {
      const session = await http2(t, edge.proxy, endStream ? 0 : undefined)
      let ended = 0
      for (let i = 0; i < slots; i += 1) {
        const stream = session.request({ ':authority': 'h1', ...headers }, { endStream })
        stream.on('error', () => undefined)
        stream.on('close', () => {
          ended += 1
        })
        if (!endStream) stream.resume()
      }
      const pings = setInterval(() => session.destroyed || session.ping(() => undefined), 100)
      await until(() => ended === slots, 'the server ends the streams').finally(() =>
        clearInterval(pings),
      )
      await assertFree(edge)
      assert.ok(edge.running(), edge.log())
    })
  }
})

test('a client that reads its answer slowly, or not at all, does not affect other clients', async t => {
  // More than the kernel buffers of both sides hold for one connection.
  const size = 40_000_000
  const body = Buffer.alloc(size, 'a')
  const h1 = await startOddUpstream(t, (socket, { target }) => {
    const length = target === '/open/length' ? `Content-Length: ${size}\r\n` : ''
    socket.write(`HTTP/1.1 200 OK\r\nConnection: close\r\n${length}\r\n`)
    socket.end(body)
  })
  for (const tls of [false, true]) {
    const edge = await startEdge(t, {
      tls,
      upstreams: { h1 },
      config: limits,
      proxy: { timeout: { write: '1s' } },
    })
    for (const target of ['/open/length', '/open/end']) {
      const sockets = await Promise.all(Array.from({ length: slots }, () => open(edge, tls)))
      for (const socket of sockets) {
        t.after(() => void socket.destroy())
        socket.on('error', () => undefined)
        socket.pause()
        socket.write(`GET ${target} HTTP/1.1\r\nHost: h1\r\n\r\n`)
      }
      await until(async () => (await statuses(edge)).includes(503), 'all slots are in use')
      await until(async () => !(await statuses(edge)).includes(503), 'all slots are free again')
      for (const socket of sockets) socket.destroy()
      assert.ok(edge.running(), edge.log())
    }
  }
})

test('tunnels do not use the slots of requests, and have a bound of their own', async t => {
  const h1 = await startOddUpstream(
    t,
    socket =>
      void socket.write('HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
  )
  const edge = await startEdge(t, { tls: false, upstreams: { h1 }, config: limits })
  const handshake = [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
  ] as const
  const tunnels = Array.from({ length: slots }, () => connect(edge.proxy, loopback))
  const held = tunnels.map(socket =>
    hold(
      t,
      socket,
      'GET /open HTTP/1.1\r\nHost: h1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    ),
  )
  await until(() => held.every(({ answered }) => answered), 'all of them are tunnels')
  await assertFree(edge)
  const one = { target: '/open', host: 'h1', headers: handshake }
  assert.equal((await ask(edge.proxy, one)).status, 503)
  tunnels[0]?.destroy()
  await until(
    async () => (await ask(edge.proxy, one)).status === 101,
    'another tunnel can be opened',
  )
})

test('a tunnel ends when one side has ended', async t => {
  const h1 = await startOddUpstream(t, socket => {
    socket.write('HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    socket.end()
  })
  const proxy = { timeout: { write: '1s' } }
  const edge = await startEdge(t, { tls: false, upstreams: { h1 }, config: limits, proxy })
  const socket = connect({ port: edge.proxy, host: loopback, allowHalfOpen: true })
  const held = hold(
    t,
    socket,
    'GET /open HTTP/1.1\r\nHost: h1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  )
  await until(() => held.closed, 'the server ends it')
})

const stops: Readonly<Record<string, string>> = {
  CONNECT: 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
  'a denied upgrade': requests['a denied upgrade'] ?? '',
  'a tunnel':
    'GET /open/tunnel HTTP/1.1\r\nHost: h1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  'half a request head': 'GET /x HTTP/1.1\r\nHo',
  'half a request body': 'POST /open HTTP/1.1\r\nHost: h1\r\nContent-Length: 5\r\n\r\nab',
  'half a TLS handshake': '\x16\x03\x01\x02',
  'an upstream that never answers': 'GET /open/silent HTTP/1.1\r\nHost: h1\r\n\r\n',
}

for (const tls of [false, true]) {
  test(`SIGTERM ends the process in time, whatever clients keep open ${tls ? 'over TLS' : 'in clear'}`, async t => {
    const h1 = await startOddUpstream(t, (socket, { target }) => {
      if (target === '/open/tunnel') {
        socket.write('HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      }
    })
    const edge = await startEdge(t, {
      tls,
      upstreams: { h1 },
      config: {},
      proxy: {},
    })
    for (const [name, text] of Object.entries(stops)) {
      const socket = await (tls && name !== 'half a TLS handshake'
        ? open(edge, true)
        : open(edge, false))
      hold(t, socket, text)
      hold(t, connect({ port: edge.api, host: loopback, allowHalfOpen: true }), text)
      hold(t, connect({ port: edge.metrics, host: loopback, allowHalfOpen: true }), text)
    }
    await wait(300)
    edge.signal('SIGTERM')
    const grace = 5000
    const outcome = await Promise.race([edge.exitCode, wait(grace + 3000, 'still there')])
    assert.equal(outcome, 0, edge.log())
  })
}

/** Ends its side when the server ends its own. */
const openWhole = (edge: Oarlock, tls: boolean): Promise<Socket> =>
  tls ? open(edge, tls) : Promise.resolve(connect(edge.proxy, loopback))

for (const tls of [false, true]) {
  test(`requests that one connection ${tls ? 'over TLS' : 'in clear'} sends at once wait for their turn`, async t => {
    const sent: string[] = []
    const h1 = await startOddUpstream(t, (socket, { target }) => {
      sent.push(target)
      if (target !== '/open/endless')
        return void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n')
      const drip = setInterval(() => socket.write('a'), 100)
      socket.on('close', () => clearInterval(drip))
    })
    const edge = await startEdge(t, { tls, upstreams: { h1 }, config: limits })
    const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: h1\r\n\r\n`

    for (const target of ['/closed', '/open/other']) {
      const held = hold(t, await open(edge, tls), get('/open/endless') + get(target).repeat(50))
      await until(() => held.answered, 'the first answer begins')
      await assertFree(edge)
      assert.ok(!sent.includes('/open/other'))
    }

    const flood = hold(
      t,
      await openWhole(edge, tls),
      get('/open/endless') + get('/closed').repeat(500),
    )
    await until(() => flood.closed, 'a connection with too many is closed')

    const long = `GET /closed HTTP/1.1\r\nHost: h1\r\nX-A: ${'a'.repeat(8000)}\r\n\r\n`
    const heavy = hold(t, await openWhole(edge, tls), get('/open/endless') + long.repeat(20))
    await until(() => heavy.closed, 'a connection with too many bytes is closed')
    const few = hold(t, await openWhole(edge, tls), get('/open/endless') + long.repeat(5))
    await until(() => few.answered, 'the first answer begins')
    assert.ok(!few.closed)

    const socket = await open(edge, tls)
    t.after(() => void socket.destroy())
    let received = ''
    socket.on('data', part => {
      received += part
    })
    socket.write(get('/open/a') + get('/closed') + get('/open/b') + get('/closed'))
    await until(() => received.match(/HTTP\/1\.1/g)?.length === 4, 'four answers')
    assert.deepEqual(received.match(/(?<=HTTP\/1\.1 )\d+/g), ['200', '401', '200', '401'])
    assert.doesNotMatch(edge.log(), /because of a bug/)
  })
}

test('an upgrade behind an answer that has not ended closes the connection', async t => {
  const h1 = await startOddUpstream(
    t,
    socket => void socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\na'),
  )
  const edge = await startEdge(t, { tls: false, upstreams: { h1 }, config: limits })
  const upgrade = requests['an upgrade that the upstream refuses'] ?? ''
  const held = hold(
    t,
    await openWhole(edge, false),
    `GET /open HTTP/1.1\r\nHost: h1\r\n\r\n${upgrade}`,
  )
  await until(() => held.closed, 'the connection is closed')
  assert.doesNotMatch(edge.log(), /because of a bug/)
  await assertFree(edge)
})
