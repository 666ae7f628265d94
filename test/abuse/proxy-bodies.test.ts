/** The body limit, and what a handler has read of the body, are the same on every path to the upstream. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { startEdge, startOddHttp2Upstream } from '../support/edge.ts'
import { encrypted } from '../support/encrypted.ts'
import { listen } from '../support/listen.ts'
import type { Oarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { startUpstream } from '../support/upstream.ts'

const most = 100_000

/** The framing of a body: the headers after the request line and Host. */
const framings: Readonly<Record<string, string>> = {
  'in chunks': 'Transfer-Encoding: chunked\r\n',
  'in chunks, with a trailer': 'Transfer-Encoding: chunked\r\nTrailer: x-a\r\n',
  'in chunks, with 100 Continue': 'Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n',
  'in chunks, with an empty trailer': 'Transfer-Encoding: chunked\r\nTrailer:\r\n',
}

const chunks = (bytes: number) =>
  `${`2710\r\n${'a'.repeat(10_000)}\r\n`.repeat(bytes / 10_000)}0\r\nx-a: 1\r\n\r\n`

interface Sent {
  readonly framing: string
  readonly bytes: number
  readonly host: string
  readonly target?: string
}

const requestOf = ({ framing, bytes, host, target = '/open' }: Sent) =>
  `POST ${target} HTTP/1.1\r\nHost: ${host}\r\n${framing}\r\n${chunks(bytes)}`

async function over1(edge: Oarlock, tls: boolean, sent: Sent): Promise<number> {
  const socket = tls
    ? await encrypted(edge.proxy, { alpn: 'http/1.1' })
    : connect(edge.proxy, loopback)
  const answered = new Promise<number>((resolve, reject) => {
    let received = ''
    socket.on('data', part => {
      received += part.toString('latin1')
      const final = /HTTP\/1\.1 ([2-9]\d\d) /.exec(received)
      if (final) resolve(Number(final[1]))
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('closed')))
  })
  socket.write(requestOf(sent))
  return answered.finally(() => socket.destroy())
}

async function over2(edge: Oarlock, trailer: boolean, { bytes, host }: Sent): Promise<number> {
  const session = connectHttp2(`https://${loopback}:${edge.proxy}`, { rejectUnauthorized: false })
  try {
    return await new Promise((resolve, reject) => {
      session.on('error', reject)
      const stream = session.request(
        {
          ':method': 'POST',
          ':path': '/open',
          ':authority': host,
          ...(trailer && { trailer: 'x-a' }),
        },
        { waitForTrailers: trailer },
      )
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-a': '1' }))
      stream.on('response', found => resolve(Number(found[':status'])))
      stream.on('error', reject)
      stream.on('close', () => reject(new Error('closed')))
      stream.resume()
      stream.end(Buffer.alloc(bytes, 'a'))
    })
  } finally {
    session.destroy()
  }
}

const startBoth = async (t: TestContext) => {
  const h1 = await listen(
    t,
    createServer((request, response) => {
      request.resume().on('end', () => response.end('ok'))
    }),
  )
  const h2 = await startOddHttp2Upstream(t, server => {
    server.on('request', (request, response) => {
      request.resume().on('end', () => response.end('ok'))
    })
  })
  return { h1, h2 }
}

for (const tls of [false, true]) {
  test(`a body above the limit gets 413 with any framing, ${tls ? 'over TLS' : 'in clear'}`, async t => {
    const upstreams = await startBoth(t)
    const edge = await startEdge(t, { tls, upstreams, proxy: { max_request_bytes: most } })
    for (const host of ['h1', 'h2']) {
      for (const [name, framing] of Object.entries(framings)) {
        await t.test(`HTTP/1.1, to ${host}, ${name}`, async () => {
          const sent = { framing, host }
          assert.equal(await over1(edge, tls, { ...sent, bytes: most }), 200)
          assert.equal(await over1(edge, tls, { ...sent, bytes: most + 10_000 }), 413)
          assert.equal(await over1(edge, tls, { ...sent, bytes: most * 30 }), 413)
        })
      }
      if (!tls) continue
      for (const trailer of [false, true]) {
        await t.test(`HTTP/2, to ${host}, ${trailer ? 'with' : 'without'} a trailer`, async () => {
          const sent = { framing: '', host }
          assert.equal(await over2(edge, trailer, { ...sent, bytes: most }), 200)
          assert.equal(await over2(edge, trailer, { ...sent, bytes: most + 1 }), 413)
        })
      }
    }
    assert.ok(edge.running(), edge.log())
  })
}

test('a body that an authorizer has read reaches the upstream completely, with its trailers', async t => {
  const seen: number[] = []
  const authorizer = await listen(
    t,
    createServer((request, response) => {
      let size = 0
      request.on('data', part => {
        size += part.length
        // The authorizer may answer before it has read everything.
        if (request.url === '/early' && !response.writableEnded) response.end()
      })
      request.on('end', () => {
        seen.push(size)
        if (!response.writableEnded) response.end()
      })
    }),
  )
  const upstream = await startUpstream(t)
  const rule = (path: string) => ({
    id: path,
    match: { url: `http://h3/${path}`, methods: ['POST'] },
    upstream: { url: `http://${loopback}:${upstream.port}` },
    authenticators: [{ handler: 'noop' }],
    authorizer: {
      handler: 'remote',
      config: { remote: `http://${loopback}:${authorizer}/${path}` },
    },
    mutators: [{ handler: 'noop' }],
  })
  const edge = await startEdge(t, {
    tls: false,
    upstreams: {},
    config: {
      authorizers: {
        allow: { enabled: true },
        remote: { enabled: true, config: { remote: 'http://127.0.0.1:1/' } },
      },
    },
    rules: [rule('whole'), rule('early')],
  })
  for (const path of ['whole', 'early']) {
    for (const [name, framing] of Object.entries(framings)) {
      await t.test(`${path}, ${name}`, async () => {
        const sent = { framing, bytes: 200_000, host: 'h3', target: `/${path}` }
        assert.equal(await over1(edge, false, sent), 200)
        const got = upstream.only()
        assert.equal(got.body.length, 200_000)
        if (framing.includes('Trailer: x')) assert.deepEqual(got.trailers, [['x-a', '1']])
      })
    }
  }
  assert.ok(seen.includes(200_000))
})
