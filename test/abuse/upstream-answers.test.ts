/** Upstreams that answer what no server should send: the client gets an answer, and the process keeps working. */
import assert from 'node:assert/strict'
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { singleValued } from '../../src/lib/http2-headers.ts'
import { startEdge, startOddHttp2Upstream, startOddUpstream } from '../support/edge.ts'
import { encrypted } from '../support/encrypted.ts'
import type { Oarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { ask } from '../support/raw-http.ts'

const plain = (more: string, body = 'hi') =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`

const interim = (lines: string, times = 1) =>
  `HTTP/1.1 103 Early Hints\r\n${lines}\r\n`.repeat(times) + plain('')

const twice = [...singleValued].filter(name => !name.startsWith(':') && name !== 'content-length')

/** Names of one connection of HTTP/1, for which Node's HTTP/2 throws. */
const unfit = [
  'te',
  'connection',
  'keep-alive',
  'proxy-connection',
  'upgrade',
  'http2-settings',
  'proxy-authorization',
]

/** The answer byte by byte, and the statuses that the client may receive. */
const answers: Readonly<Record<string, readonly [text: string, ...statuses: number[]]>> = {
  'status 999': ['HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nhi', 502],
  'status 600': ['HTTP/1.1 600 Odd\r\nContent-Length: 2\r\n\r\nhi', 502],
  'status 099': ['HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nhi', 502],
  'status 000': ['HTTP/1.1 000 Odd\r\nContent-Length: 2\r\n\r\nhi', 502],
  'status 101, unasked': ['HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', 502],
  'status 101 without a protocol': ['HTTP/1.1 101 S\r\n\r\n', 502],
  'status 101 for another protocol': [
    'HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    502,
  ],
  'header names given twice': [
    plain(twice.map(name => `${name}: 1\r\n${name}: 2\r\n`).join('')),
    200,
  ],
  'equal lines': [
    plain('X-Content-Type-Options: nosniff\r\nx-content-type-options: nosniff\r\n'),
    200,
  ],
  'names of Object.prototype': [plain('constructor: 1\r\n__proto__: 2\r\ntoString: 3\r\n'), 200],
  'a control byte in a value': [plain('X-A: a\x01b\r\n'), 502],
  'DEL in a value': [plain('X-A: a\x7fb\r\n'), 502],
  'a space in a name': [plain('X A: b\r\n'), 502],
  'bytes above 127': [plain('X-A: \xe4\xff\r\n'), 200],
  '103 Early Hints with two links': [
    interim('Link: </a.css>; rel=preload, </b.js>; rel="preload"\r\n'),
    200,
  ],
  '103 Early Hints without meaning': [interim('Link: nonsense\r\n'), 200],
  '103 Early Hints without a link': [interim('X-A: b\r\n'), 200],
  '103 Early Hints with odd headers': [
    interim('Link: </a>\r\nContent-Length: 5\r\n__proto__: 1\r\n'),
    200,
  ],
  '103 Early Hints of 8 kB': [
    interim(`Link: <${'/a'.repeat(4000)}>;${' x=y;'.repeat(100)}\r\n`),
    200,
  ],
  'many 1xx answers': [interim('Link: </a.css>; rel=preload\r\n', 1000), 502],
  'other 1xx answers': [
    `HTTP/1.1 100 C\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 199 X\r\n\r\n${plain('')}`,
    200,
  ],
  'two lengths': ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!', 502],
  'Content-Length and Transfer-Encoding': [
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    502,
  ],
  'another coding': [
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    502,
  ],
  'trailers with framing headers': [
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-a\r\n\r\n2\r\nhi\r\n0\r\nx-a: b\r\nset-cookie: a=b\r\n__proto__: c\r\n\r\n',
    200,
  ],
  'trailers that HTTP/2 does not have': [
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-a\r\n\r\n2\r\nhi\r\n0\r\n${unfit.map(name => `${name}: b\r\n`).join('')}x-a: b\r\n\r\n`,
    200,
  ],
  'trailers given twice': [
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-a\r\n\r\n2\r\nhi\r\n0\r\n${twice.map(name => `${name}: 1\r\n${name}: 2\r\n`).join('')}\r\n`,
    200,
  ],
  'trailers without a body': [
    'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\nTrailer: x-a\r\n\r\n',
    304,
  ],
  'headers of 512 kB': [plain(`X-A: ${'a'.repeat(512_000)}\r\n`), 502],
  '5000 headers': [plain('X-A: b\r\n'.repeat(5000)), 200, 502],
  'bytes that are not HTTP': ['SSH-2.0-OpenSSH_9.2\r\n\r\n', 502],
  'half a response head': ['HTTP/1.1 200 OK\r\nX-A:', 502],
  'two answers': [plain('') + plain(''), 200],
  'status 204 with a body': ['HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi', 204],
  'status 205 with a body': ['HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nhi', 205],
  'status 205 with a body in chunks and trailers': [
    'HTTP/1.1 205 Reset Content\r\nTransfer-Encoding: chunked\r\nTrailer: x-a\r\n\r\n2\r\nhi\r\n0\r\nx-a: b\r\n\r\n',
    205,
  ],
}

const names = Object.keys(answers)

const startUpstream = (t: TestContext): Promise<number> =>
  startOddUpstream(t, (socket, { target }) => {
    const [text] = answers[names[Number(target.split('/').at(-1))] ?? ''] ?? [plain('')]
    socket.end(Buffer.from(text, 'latin1'))
  })

/** Sends a request for a target in one way; returns the status of the answer. */
type Way = (edge: Oarlock, target: string) => Promise<number>

const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: h1\r\n${more}\r\n`

const post = (target: string) =>
  `POST ${target} HTTP/1.1\r\nHost: h1\r\nTransfer-Encoding: chunked\r\nTrailer: x-a\r\n\r\n2\r\nhi\r\n0\r\nx-a: 1\r\n\r\n`

/** The status of the final answer. Rejects when the connection ends before it. */
const statusOn = (socket: Socket, request: string): Promise<number> =>
  new Promise((resolve, reject) => {
    let received = ''
    socket.on('error', reject)
    socket.on('data', part => {
      received += part.toString('latin1')
      const final = /HTTP\/1\.1 ([2-9]\d\d) /.exec(received)
      if (final) resolve(Number(final[1]))
    })
    socket.on('close', () => reject(new Error(`closed: ${received}`)))
    socket.setTimeout(8000, () => socket.destroy(new Error('no answer')))
    socket.write(request)
  }).finally(() => socket.destroy()) as Promise<number>

const inClear: Readonly<Record<string, Way>> = {
  'HTTP/1.1': ({ proxy }, target) => statusOn(connect(proxy, loopback), get(target)),
  'HTTP/1.1, an upgrade': ({ proxy }, target) =>
    statusOn(
      connect(proxy, loopback),
      get(target, 'Connection: Upgrade\r\nUpgrade: websocket\r\n'),
    ),
  'HTTP/1.1, a body with trailers': ({ proxy }, target) =>
    statusOn(connect(proxy, loopback), post(target)),
  'HTTP/1.0': ({ proxy }, target) =>
    statusOn(connect(proxy, loopback), get(target).replace('HTTP/1.1', 'HTTP/1.0')),
  HEAD: ({ proxy }, target) =>
    statusOn(connect(proxy, loopback), get(target).replace('GET', 'HEAD')),
}

const overTls: Readonly<Record<string, Way>> = {
  'HTTP/1.1 over TLS': async ({ proxy }, target) =>
    statusOn(await encrypted(proxy, { alpn: 'http/1.1' }), get(target)),
  'HTTP/2': ({ proxy }, target) => askStream(proxy, { ':path': target, ':authority': 'h1' }),
  'HTTP/2, a body with trailers': ({ proxy }, target) =>
    askStream(proxy, { ':path': target, ':authority': 'h1', ':method': 'POST', trailer: 'x-a' }),
}

/** Rejects when the stream ends without an answer. */
async function askStream(port: number, headers: IncomingHttpHeaders): Promise<number> {
  const session = connectHttp2(`https://${loopback}:${port}`, {
    rejectUnauthorized: false,
    maxHeaderListPairs: 10_000,
  })
  try {
    return await new Promise((resolve, reject) => {
      session.on('error', reject)
      const hasBody = headers[':method'] === 'POST'
      const stream = session.request(headers, { endStream: !hasBody, waitForTrailers: hasBody })
      stream.setTimeout(8000, () => reject(new Error('no answer')))
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-a': '1' }))
      let status: number | undefined
      stream.on('response', found => {
        status = Number(found[':status'])
      })
      stream.on('error', error => {
        if (status === undefined) reject(error)
      })
      stream.on('close', () => {
        if (status === undefined) reject(new Error('the stream closed without an answer'))
        else resolve(status)
      })
      stream.resume()
      if (hasBody) stream.end('hi')
    })
  } finally {
    session.destroy()
  }
}

for (const [tls, ways] of [
  [false, inClear],
  [true, overTls],
] as const) {
  test(`a client ${tls ? 'over TLS' : 'in clear'} gets an answer when the upstream answers oddly`, async t => {
    const config = { log: { access: { enabled: true }, decisions: { enabled: true } } }
    const edge = await startEdge(t, { tls, upstreams: { h1: await startUpstream(t) }, config })
    for (const [way, send] of Object.entries(ways)) {
      for (const [i, name] of names.entries()) {
        await t.test(`${way}: ${name}`, async () => {
          const [, ...statuses] = answers[name] ?? ['']
          const status = await send(edge, `/open/${i}`)
          assert.ok(statuses.includes(status), `${status}`)
          assert.ok(edge.running(), edge.log())
        })
      }
    }
    assert.doesNotMatch(edge.log(), /because of a bug/)
  })
}

test('the body of status 205 is not passed on', async t => {
  const h1 = await startOddUpstream(t, socket => {
    socket.end('HTTP/1.1 205 Reset Content\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\nhi')
  })
  const edge = await startEdge(t, { tls: false, upstreams: { h1 } })
  const answer = await ask(edge.proxy, { target: '/open', host: 'h1' })
  assert.deepEqual([answer.status, answer.all('content-length'), answer.text], [205, ['0'], ''])
})

test('a header value that an HTTP/2 upstream sends several times is sent once', async t => {
  const h2 = await startOddHttp2Upstream(t, server => {
    server.on('stream', stream => {
      stream.additionalHeaders({ ':status': 103, link: '</a>; rel=preload; as=style, </b>; rel=x' })
      stream.additionalHeaders({ ':status': 103, link: 'nonsense' })
      stream.respond({ ':status': 599, 'set-cookie': ['a=1', 'b=2'], constructor: 'x' } as never)
      stream.end('hi')
    })
  })
  for (const tls of [false, true]) {
    const edge = await startEdge(t, { tls, upstreams: { h2 } })
    const status = tls
      ? await askStream(edge.proxy, { ':path': '/open', ':authority': 'h2' })
      : await statusOn(connect(edge.proxy, loopback), get('/open').replace('h1', 'h2'))
    assert.equal(status, 599)
    assert.ok(edge.running(), edge.log())
  }
})

test('header names of Object.prototype and repeated lines reach an HTTP/2 upstream', async t => {
  const seen: (readonly string[])[] = []
  const h2 = await startOddHttp2Upstream(t, server => {
    server.on('request', (request, response) => {
      seen.push(request.rawHeaders)
      response.end('hi')
    })
  })
  const edge = await startEdge(t, { tls: false, upstreams: { h2 } })
  const headers = [
    ['constructor', 'v'],
    ['__proto__', 'w'],
    ['Referer', 'a'],
    ['Referer', 'b'],
    ...twice
      .filter(name => name !== 'host' && name !== 'authorization')
      .flatMap(
        name =>
          [
            [name, '1'],
            [name, '1'],
          ] as const,
      ),
  ] as const
  const { status } = await ask(edge.proxy, { target: '/open', host: 'h2', headers })
  assert.equal(status, 200)
  const fields = new Map(seen[0]?.flatMap((name, i, all) => (i % 2 ? [] : [[name, all[i + 1]]])))
  assert.deepEqual(
    ['constructor', '__proto__', 'referer', 'etag'].map(name => fields.get(name)),
    ['v', 'w', 'a, b, 1', '1'],
  )
})

test("a client's trailers that HTTP/2 does not have do not reach an HTTP/2 upstream", async t => {
  const seen: IncomingHttpHeaders[] = []
  const h2 = await startOddHttp2Upstream(t, server => {
    server.on('request', async (request, response) => {
      for await (const _ of request);
      seen.push(request.trailers)
      response.end('hi')
    })
  })
  const edge = await startEdge(t, { tls: false, upstreams: { h2 } })
  const names = [...unfit, ...twice, ...twice, 'x-a']
  const request =
    `POST /open HTTP/1.1\r\nHost: h2\r\nTransfer-Encoding: chunked\r\nTrailer: ${names.join(', ')}\r\n\r\n` +
    `2\r\nhi\r\n0\r\n${names.map(name => `${name}: 1\r\n`).join('')}\r\n`
  assert.equal(await statusOn(connect(edge.proxy, loopback), request), 200)
  assert.equal(seen[0]?.['x-a'], '1')
  assert.deepEqual(
    unfit.filter(name => seen[0] && name in seen[0]),
    [],
  )
  assert.doesNotMatch(edge.log(), /because of a bug/)
  assert.ok(edge.running(), edge.log())
})
