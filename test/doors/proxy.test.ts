/** The reverse proxy over real sockets: what the upstream receives, and what the client receives. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { startProxy } from '../support/proxy.ts'
import { ask, send } from '../support/raw-http.ts'
import { deadOrigin, rawServer, stubServer } from '../support/stub-server.ts'
import { startUpstream } from '../support/upstream.ts'

const origin = (upstream: { readonly port: number }) => `http://127.0.0.1:${upstream.port}`

test("an allowed request reaches the upstream with the session's headers in place of the client's", async t => {
  const upstream = await startUpstream(t)
  const headers = { 'X-User': ['alice'] }
  const { port } = await startProxy(t, {
    upstream: origin(upstream),
    headers,
    remove: ['X-Role', 'X_user'],
  })
  const answer = await ask(port, {
    target: '/a/b?q=1',
    headers: [
      ['x-user', 'root'],
      ['X-USER', 'root'],
      ['X_User', 'root'],
      ['x-role', 'admin'],
      ['X-Kept', '1'],
      ['X-Kept', '2'],
    ],
  })
  const got = upstream.only()
  assert.equal(answer.status, 200)
  assert.equal(got.target, '/a/b?q=1')
  assert.deepEqual(got.all('x-user'), ['alice'])
  assert.deepEqual(got.all('x_user'), [])
  assert.deepEqual(got.all('x-role'), [])
  assert.deepEqual(got.all('x-kept'), ['1', '2'])
  assert.deepEqual(got.all('host'), [`127.0.0.1:${upstream.port}`])
  assert.deepEqual(got.all('accept-encoding'), [])
})

test('Connection cannot name the identity header and have it removed', async t => {
  const upstream = await startUpstream(t)
  const { port } = await startProxy(t, { upstream: origin(upstream), headers: { 'X-User': ['a'] } })
  for (const value of ['X-User', 'close, x-user, Host', 'Content-Length']) {
    await ask(port, { method: 'POST', body: Buffer.from('x'), headers: [['Connection', value]] })
    const got = upstream.only()
    assert.deepEqual(got.all('x-user'), ['a'])
    assert.equal(got.body.toString(), 'x')
  }
})

test('a denied request never reaches the upstream, and its body is not awaited', async t => {
  const upstream = await startUpstream(t)
  const { port } = await startProxy(t, { upstream: origin(upstream) })
  const head = 'POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n'
  assert.equal((await send(port, Buffer.from(head), 'POST')).status, 403)
  assert.equal(upstream.take().length, 0)
})

test('untrusted forwarding headers reach neither rules nor the upstream', async t => {
  const upstream = await startUpstream(t)
  const { port, matched } = await startProxy(t, { upstream: origin(upstream) })
  const names = [
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'x-forwarded',
    'X_Forwarded_For',
    'X-Forwarded_User',
    'Forwarded',
  ]
  await ask(port, { headers: names.map(name => [name, 'https']) })
  for (const name of names) {
    assert.equal(matched[0]?.headers.first(name.toLowerCase()), undefined)
  }
  assert.equal(matched[0]?.scheme, 'http')
  const got = upstream.only()
  assert.deepEqual(
    names.flatMap(name => got.all(name.toLowerCase())),
    [],
  )
})

test('the scheme of a trusted peer is used, and the client address can be appended', async t => {
  const upstream = await startUpstream(t)
  const { port, matched } = await startProxy(
    t,
    { upstream: origin(upstream) },
    { trust: () => true, appendForwardedFor: true },
  )
  await ask(port, {
    headers: [
      ['X-Forwarded-Proto', 'HTTPS'],
      ['X-Forwarded-For', '203.0.113.9'],
      ['X_Forwarded_For', '6.6.6.6'],
    ],
  })
  assert.equal(matched[0]?.scheme, 'https')
  const got = upstream.only()
  assert.deepEqual(got.all('x-forwarded-for'), ['203.0.113.9, 127.0.0.1'])
  assert.deepEqual(got.all('x_forwarded_for'), [])
})

test('ambiguous requests get 400', async t => {
  const upstream = await startUpstream(t)
  const { port } = await startProxy(t, { upstream: origin(upstream) })
  const bad = [
    'GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'GET /a HTTP/1.1\r\nHost: a b\r\n\r\n',
    'GET /a%5cb HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n',
    'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET ftp://a/x HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n',
    'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n',
    'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ]
  for (const text of bad) assert.equal((await send(port, Buffer.from(text))).status, 400, text)
  assert.equal(upstream.take().length, 0)
})

test('absolute form: its authority is matched and, with preserve_host, sent', async t => {
  const upstream = await startUpstream(t)
  const { port, matched } = await startProxy(t, { upstream: origin(upstream), preserveHost: true })
  await ask(port, { target: 'http://Matched.test/x?y', host: 'ignored.test' })
  assert.equal(matched[0]?.host, 'matched.test')
  const got = upstream.only()
  assert.deepEqual(got.all('host'), ['Matched.test'])
  assert.equal(got.target, '/x?y')
})

test('a body is streamed in both directions, byte for byte', async t => {
  const upstream = await startUpstream(t, (response, { body }) => response.end(body))
  const { port } = await startProxy(t, { upstream: origin(upstream) })
  const body = Buffer.alloc(3_000_000, 'abcdefghijklmnopqrstuvwxyz')
  const answer = await ask(port, { method: 'PUT', body })
  assert.ok(answer.body.equals(body))
  assert.deepEqual(upstream.only().all('content-length'), ['3000000'])
  const chunked =
    'POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'
  assert.equal((await send(port, Buffer.from(chunked), 'POST')).text, 'abc')
})

test('a slow client slows the upstream down instead of filling the memory', async t => {
  let written = 0
  const upstream = await stubServer(t, (_, response) => {
    const more = (): void => {
      while (written < 200_000_000 && response.write(Buffer.alloc(65_536))) written += 65_536
    }
    response.on('drain', more)
    more()
  })
  const { port } = await startProxy(t, { upstream: upstream.origin })
  const socket = connect(port, '127.0.0.1')
  t.after(() => void socket.destroy())
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(socket, 'readable')
  await wait(500)
  assert.ok(written < 100_000_000, `${written} bytes were taken from the upstream`)
})

test('a client that stops reading is disconnected after the write timeout', async t => {
  let written = 0
  const upstream = await stubServer(t, (_, response) => {
    const more = (): void => {
      do written += 1
      while (response.write(Buffer.alloc(65_536)))
    }
    response.on('drain', more)
    more()
  })
  const { port } = await startProxy(t, { upstream: upstream.origin }, { writeTimeout: 200 })
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  socket.pause()
  const call = await firstCall(upstream.calls)
  await new Promise(resolve => call.once('error', resolve))
  assert.ok(written > 0)
  socket.destroy()
})

async function firstCall(calls: readonly IncomingMessage[]): Promise<IncomingMessage> {
  for (;;) {
    const [call] = calls
    if (call !== undefined) return call
    await wait(5)
  }
}

test('events arrive as soon as they are sent, and the headers before the first event', async t => {
  const finish: (() => void)[] = []
  const upstream = await stubServer(t, (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.flushHeaders()
    finish.push(
      () => response.write('data: 1\n\n'),
      () => response.end('data: 2\n\n'),
    )
  })
  const { port } = await startProxy(t, { upstream: upstream.origin })
  const request = httpRequest({ port, host: '127.0.0.1' })
  request.end()
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  assert.equal(answer.headers['content-type'], 'text/event-stream')
  for (const [i, next] of finish.entries()) {
    next()
    const [chunk] = (await once(answer, 'data')) as [Buffer]
    assert.equal(chunk.toString(), `data: ${i + 1}\n\n`)
  }
})

test('a client that disconnects ends the request to the upstream', async t => {
  const upstream = await stubServer(t, () => undefined)
  const { port, problems } = await startProxy(t, { upstream: upstream.origin })
  const socket = connect(port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const call = await firstCall(upstream.calls)
  socket.destroy()
  await once(call.socket, 'close')
  assert.deepEqual(problems, [])
})

test('100 Continue is sent once the request is allowed, and Expect is not forwarded', async t => {
  const upstream = await startUpstream(t, (response, { body }) => response.end(body))
  const { port } = await startProxy(t, { upstream: origin(upstream) })
  for (const [target, first] of [
    ['/ok', 'HTTP/1.1 100 Continue'],
    ['/refused', 'HTTP/1.1 403 Forbidden'],
  ] as const) {
    const socket = connect(port, '127.0.0.1')
    socket.write(
      `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n`,
    )
    const [line] = (await once(socket, 'data')) as [Buffer]
    assert.ok(line.toString().startsWith(first), line.toString())
    if (target === '/ok') {
      socket.write('body')
      const [answer] = (await once(socket, 'data')) as [Buffer]
      assert.match(answer.toString(), /^HTTP\/1\.1 200 OK[\s\S]*body/)
    }
    socket.destroy()
  }
  const got = upstream.only()
  assert.deepEqual(got.all('expect'), [])
  assert.equal(got.body.toString(), 'body')
})

test('a body that a handler has read is forwarded from its first byte', async t => {
  const upstream = await startUpstream(t)
  const body = Buffer.alloc(300_000, 'x')
  const { port } = await startProxy(t, {
    upstream: origin(upstream),
    look: async request => {
      if (request.path === '/all') await request.body?.bytes(1_000_000)
      else for await (const _ of request.body?.stream() ?? []) break
    },
  })
  for (const target of ['/all', '/first']) {
    assert.equal((await ask(port, { method: 'POST', target, body })).status, 200)
    assert.ok(upstream.only().body.equals(body), target)
  }
})

test('response headers: repeated ones are kept, hop-by-hop ones are removed, a missing type is detected', async t => {
  const upstream = await startUpstream(t, (response, { target }) => {
    response.sendDate = false
    response.writeHead(target === '/204' ? 204 : 200, [
      'Set-Cookie',
      'a=1',
      'Set-Cookie',
      'b=2',
      'Connection',
      'X-Hop',
      'X-Hop',
      '1',
      'Proxy-Authenticate',
      'Basic',
      'Server',
      'up',
    ])
    response.end(target === '/204' ? undefined : '<html>')
  })
  const { port } = await startProxy(t, { upstream: origin(upstream) })
  const answer = await ask(port, {})
  assert.deepEqual(answer.all('set-cookie'), ['a=1', 'b=2'])
  assert.deepEqual(answer.all('x-hop'), [])
  assert.deepEqual(answer.all('proxy-authenticate'), [])
  assert.deepEqual(answer.all('server'), ['up'])
  assert.deepEqual(answer.all('content-type'), ['text/html; charset=utf-8'])
  assert.deepEqual((await ask(port, { target: '/204' })).all('content-type'), [])
})

test('trailers and Early Hints of the upstream reach the client', async t => {
  const upstream = await stubServer(t, (_, response) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' })
    response.writeHead(200, { Trailer: 'X-Sum', 'Content-Type': 'text/plain' })
    response.write('body')
    response.addTrailers({ 'X-Sum': '42' })
    response.end()
  })
  const { port } = await startProxy(t, { upstream: upstream.origin })
  const request = httpRequest({ port, host: '127.0.0.1', headers: { TE: 'trailers' } })
  const hints: unknown[] = []
  request.on('information', ({ statusCode, headers }) => hints.push([statusCode, headers['link']]))
  request.end()
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  answer.resume()
  await once(answer, 'end')
  assert.deepEqual(hints, [[103, '</a.css>; rel=preload']])
  assert.equal(answer.headers.trailer, 'X-Sum')
  assert.deepEqual(answer.trailers, { 'x-sum': '42' })
  assert.equal(upstream.calls[0]?.headers['te'], 'trailers')
})

test("the client's trailers are forwarded, but none with the name of an owned header", async t => {
  const seen: unknown[] = []
  const upstream = await stubServer(t, (incoming, response) => {
    incoming.resume()
    incoming.on('end', () => {
      seen.push(incoming.headers.trailer, incoming.trailers)
      response.end('ok')
    })
  })
  const headers = { 'X-User': ['a'] }
  const { port } = await startProxy(t, { upstream: upstream.origin, headers, remove: ['X-Role'] })
  const text =
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, X-User\r\n\r\n' +
    '3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-User: root\r\nx_role: admin\r\nAuthorization: x\r\nX-Forwarded-For: 1\r\n' +
    'Expect: 100-continue\r\nContent-Type: a/b\r\nContent-Range: x\r\nKeep-Alive: 1\r\nMax-Forwards: 1\r\n\r\n'
  assert.equal((await send(port, Buffer.from(text), 'POST')).text, 'ok')
  assert.deepEqual(seen, ['X-Sum', { 'x-sum': '1' }])
})

test('an upstream that does not answer makes a 502 or a 504 with an empty body and a log line', async t => {
  const silent = await rawServer(t, () => undefined)
  const closing = await rawServer(t, socket => socket.once('data', () => socket.destroy()))
  const garbage = await rawServer(t, socket => socket.once('data', () => socket.end('hello\r\n')))
  const wrongUpgrade = await rawServer(t, socket =>
    socket.once('data', () =>
      socket.end('HTTP/1.1 101 x\r\nUpgrade: y\r\nConnection: upgrade\r\n\r\n'),
    ),
  )
  const cases = [
    [await deadOrigin(), 502],
    [closing, 502],
    [garbage, 502],
    [wrongUpgrade, 502],
    ['ftp://127.0.0.1/', 502],
    ['http://no-such-host.invalid', 502],
    [silent, 504],
  ] as const
  for (const [upstream, status] of cases) {
    const { port, problems } = await startProxy(t, { upstream }, { writeTimeout: 300 })
    const answer = await ask(port, { method: 'POST', body: Buffer.from('x') })
    assert.equal(answer.status, status, upstream)
    assert.equal(answer.text, '')
    assert.equal(problems.length, 1, upstream)
  }
})

test('an answer that breaks off closes the connection of the client', async t => {
  const upstream = await rawServer(t, socket =>
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 10\r\n\r\nabc')
      setTimeout(() => socket.destroy(), 50)
    }),
  )
  const { port, problems } = await startProxy(t, { upstream })
  await assert.rejects(ask(port, {}), /broken|reset|hang/i)
  assert.equal(problems.length, 1)
})

test('a request that changes nothing is retried if its pooled connection was closed meanwhile', async t => {
  let connections = 0
  const upstream = await rawServer(t, socket => {
    connections += 1
    let requests = 0
    socket.on('data', () => {
      requests += 1
      if (requests > 1) socket.destroy()
      else socket.write('HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  const { port } = await startProxy(t, { upstream })
  assert.equal((await ask(port, {})).status, 200)
  assert.equal((await ask(port, {})).status, 200)
  assert.equal(connections, 2)
  // The upstream closes the second connection at its second request, and may have acted on it: no retry.
  const posts = [await ask(port, post), await ask(port, post)]
  assert.deepEqual(
    posts.map(({ status }) => status),
    [502, 200],
  )
})

const post = { method: 'POST', body: Buffer.from('x') }

const handshake = (protocol: string, target = '/ws') =>
  `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, X-User\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`

test('a WebSocket is tunnelled once the rules allow it, with the same bytes in both directions', async t => {
  const got: string[] = []
  const upstream = await rawServer(t, socket => {
    socket.once('data', head => {
      got.push(head.toString())
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello',
      )
      socket.on('data', chunk => socket.write(chunk))
    })
  })
  const { port, matched, listener } = await startProxy(t, {
    upstream,
    headers: { 'X-User': ['a'] },
  })
  const socket = connect(port, '127.0.0.1')
  socket.write(handshake('websocket'))
  let text = ''
  socket.on('data', chunk => {
    text += chunk.toString()
  })
  while (!text.includes('hello')) await once(socket, 'data')
  assert.match(text, /^HTTP\/1\.1 101 Switching Protocols\r\n/)
  socket.write('ping')
  while (!text.endsWith('ping')) await once(socket, 'data')
  assert.equal(matched[0]?.scheme, 'http')
  assert.match(got[0] ?? '', /\r\nX-User: a\r\n/)
  assert.match(got[0] ?? '', /\r\nUpgrade: websocket\r\n/i)
  const closed = once(socket, 'close')
  await listener.close(50)
  await closed
})

test('a handshake that is denied, or that the upstream does not accept, is answered like any request', async t => {
  const upstream = await stubServer(t, (_, response) => response.writeHead(426).end('no'))
  const { port } = await startProxy(t, { upstream: upstream.origin })
  assert.equal((await send(port, Buffer.from(handshake('websocket', '/refused')))).status, 403)
  assert.equal(upstream.calls.length, 0)
  const other = await send(port, Buffer.from(handshake('websocket')))
  assert.equal(other.status, 426)
  assert.equal(other.text, 'no')
  assert.equal(upstream.calls[0]?.headers.upgrade, 'websocket')
})

test('an upgrade to cleartext HTTP/2 is not forwarded: its requests would reach the upstream without a decision', async t => {
  const upstream = await stubServer(t, (_, response) => response.end('plain'))
  const { port } = await startProxy(t, { upstream: upstream.origin })
  for (const protocol of ['h2c', 'H2C', 'websocket, h2c']) {
    const answer = await send(port, Buffer.from(handshake(protocol)))
    assert.equal(answer.text, 'plain')
    assert.equal(upstream.calls.at(-1)?.headers.upgrade, undefined)
    assert.equal(upstream.calls.at(-1)?.headers['http2-settings'], undefined)
  }
})

test('a handshake with a body is denied', async t => {
  const upstream = await stubServer(t, (_, response) => response.end())
  const { port } = await startProxy(t, { upstream: upstream.origin })
  const text = handshake('websocket').replace('\r\n\r\n', '\r\nContent-Length: 3\r\n\r\nabc')
  assert.equal((await send(port, Buffer.from(text))).status, 400)
  assert.equal(upstream.calls.length, 0)
})

test('an upstream may answer before it has read the body: the client gets the answer', async t => {
  const upstream = await rawServer(t, socket => {
    socket.once('data', () => {
      socket.write(
        'HTTP/1.1 413 Content Too Large\r\nContent-Type: a/b\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig',
      )
      socket.pause()
      setTimeout(() => socket.destroy(), 200)
    })
  })
  const { port } = await startProxy(t, { upstream })
  for (const size of [100, 5_000_000]) {
    const answer = await ask(port, { method: 'POST', body: Buffer.alloc(size) })
    assert.equal(answer.status, 413, `${size}`)
    assert.equal(answer.text, 'big')
  }
})

test('a body that stops arriving gets 408, and the request to the upstream ends', async t => {
  const upstream = await stubServer(t, incoming => {
    incoming.on('error', () => undefined)
    incoming.resume()
  })
  const { port } = await startProxy(t, { upstream: upstream.origin }, { readTimeout: 500 })
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc'
  const answer = await send(port, Buffer.from(head), 'POST')
  assert.equal(answer.status, 408)
  const call = await firstCall(upstream.calls)
  if (!call.destroyed) await new Promise(resolve => call.once('close', resolve))
})

test('a client that disconnects in the middle of its body ends the request to the upstream', async t => {
  const upstream = await stubServer(t, incoming => {
    incoming.on('error', () => undefined)
    incoming.resume()
  })
  const { port, bugs } = await startProxy(t, { upstream: upstream.origin })
  const socket = connect(port, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc')
  const call = await firstCall(upstream.calls)
  socket.destroy()
  if (!call.destroyed) await new Promise(resolve => call.once('close', resolve))
  assert.deepEqual(bugs, [])
})

test('a body above the limit gets 413, with or without a Content-Length', async t => {
  const upstream = await startUpstream(t)
  const { port, matched } = await startProxy(
    t,
    { upstream: origin(upstream) },
    { requestBytes: 10 },
  )
  const post = (size: number) => ask(port, { method: 'POST', body: Buffer.alloc(size) })
  assert.equal((await post(10)).status, 200)
  assert.equal((await post(11)).status, 413)
  assert.equal(matched.length, 1)
  const chunked = (text: string) =>
    send(
      port,
      Buffer.from(
        `POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`,
      ),
      'POST',
    )
  assert.equal((await chunked('0123456789')).status, 200)
  assert.equal((await chunked('0123456789a')).status, 413)
})

test('other spellings of framing and connection headers do not reach the upstream', async t => {
  const seen: (readonly string[])[] = []
  const upstream = await stubServer(t, (incoming, response) => {
    seen.push(incoming.rawHeaders)
    response.end('ok')
  })
  const { port } = await startProxy(t, { upstream: upstream.origin })
  const names = [
    'Content_Length',
    'Transfer.Encoding',
    'transfer_encoding',
    'Keep~Alive',
    'HTTP2_Settings',
    'Proxy_Connection',
  ]
  const headers = [...names.map(name => [name, '50'] as const), ['X_Other', 'a'] as const]
  assert.equal((await ask(port, { headers })).status, 200)
  const folded = seen[0]?.filter((_, i) => i % 2 === 0).map(name => name.toLowerCase())
  assert.deepEqual(
    folded?.filter(name => /[^a-z0-9-]/.test(name)),
    ['x_other'],
  )
})
