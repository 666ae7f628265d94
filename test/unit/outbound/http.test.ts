import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type TestContext, test } from 'node:test'
import {
  createHttp,
  type Http,
  type HttpCall,
  type HttpOptions,
} from '../../../src/outbound/http.ts'
import { root } from '../../support/folder.ts'
import { listen } from '../../support/listen.ts'
import { deadOrigin, rawServer, stubServer } from '../../support/stub-server.ts'

function client(t: TestContext, options: Partial<HttpOptions> = {}): Http {
  const http = createHttp({ timeout: 5000, concurrent: 8, bytes: 10_000, ...options })
  t.after(() => http.close())
  return http
}

const get = (url: string, more: Partial<HttpCall> = {}): HttpCall => ({
  method: 'GET',
  url,
  ...more,
})

async function codeOf(http: Http, call: HttpCall): Promise<string> {
  const reply = await http.send(call)
  return reply.kind === 'failure' ? reply.code : `${reply.status} ${reply.body}`
}

function withResolvers() {
  let resolve: (value: unknown) => void = () => undefined
  const promise = new Promise(settle => {
    resolve = settle
  })
  return { promise, resolve }
}

test('a call sends only Host, Connection, Accept-Encoding and its own headers', async t => {
  const { origin, calls } = await stubServer(t, (_, response) => response.end())
  await client(t).send(get(`${origin}/keys?a=1`, { headers: { 'X-Own': 'z\xc3\xb6' } }))
  const names = Object.keys(calls[0]?.headers ?? {}).sort()
  assert.deepEqual(names, ['accept-encoding', 'connection', 'host', 'x-own'])
  assert.deepEqual([calls[0]?.url, calls[0]?.headers['x-own']], ['/keys?a=1', 'z\xc3\xb6'])
})

test('the answer has its status, headers by canonical name and the bytes of the body', async t => {
  const { origin } = await stubServer(t, (_, response) => {
    response.writeHead(418, ['x-one', '1', 'set-cookie', 'a', 'set-cookie', 'b'])
    response.end(Buffer.from([0, 255]))
  })
  const reply = await client(t).send(get(origin))
  assert.ok(reply.kind === 'http_reply')
  assert.deepEqual([reply.status, [...reply.body]], [418, [0, 255]])
  assert.deepEqual(reply.headers.get('Set-Cookie'), ['a', 'b'])
  assert.deepEqual(reply.headers.get('X-One'), ['1'])
})

test('a string body is sent as its bytes', async t => {
  const { origin } = await stubServer(t, (request, response) => request.pipe(response))
  const reply = await client(t).send({ method: 'POST', url: origin, body: 'z\xc3\xb6' })
  assert.ok(reply.kind === 'http_reply')
  assert.equal(reply.body.toString('utf8'), 'zö')
})

test('user and password of the URL become Basic credentials', async t => {
  const { origin, calls } = await stubServer(t, (_, response) => response.end())
  await client(t).send(get(origin.replace('http://', 'http://us%40er:pw@')))
  assert.equal(calls[0]?.headers.authorization, `Basic ${btoa('us@er:pw')}`)
})

const redirectTo =
  (location: string, status = 302) =>
  (response: ServerResponse) =>
    response.writeHead(status, { Location: location }).end('moved')

test('a redirect to the same origin is followed with a Referer', async t => {
  const { origin, calls } = await stubServer(t, (request, response) =>
    request.url === '/end' ? response.end('here') : redirectTo('/end')(response),
  )
  assert.equal(await codeOf(client(t), get(`${origin}/start?a=1`, { redirects: 3 })), '200 here')
  assert.deepEqual(
    calls.map(({ url, headers }) => [url, headers.referer]),
    [
      ['/start?a=1', undefined],
      ['/end', `${origin}/start?a=1`],
    ],
  )
})

test('a redirect replaces the Referer of the forwarded headers', async t => {
  const { origin, calls } = await stubServer(t, (request, response) => {
    response.writeHead(request.url === '/a' ? 302 : 200, { Location: '/b' }).end()
  })
  const passed = new Map([['Referer', ['https://caller.example/']]])
  await client(t).send(get(`${origin}/a`, { passed, redirects: 1 }))
  assert.deepEqual(
    calls.map(({ headers }) => headers.referer),
    ['https://caller.example/', `${origin}/a`],
  )
})

test('forwarded headers keep their lines, and headers of the call win', async t => {
  const { origin, calls } = await stubServer(t, (_, response) => response.end())
  const passed = new Map([
    ['X-Two', ['1', '2']],
    ['Authorization', ["the caller's"]],
    ['__proto__', ['kept']],
  ])
  await client(t).send(get(origin, { passed, headers: { Authorization: 'ours' } }))
  const lines = calls[0]?.rawHeaders ?? []
  const of = (name: string) => lines.filter((_, at) => at % 2 === 1 && lines[at - 1] === name)
  assert.deepEqual(
    [of('X-Two'), of('Authorization'), of('__proto__')],
    [['1', '2'], ['ours'], ['kept']],
  )
})

test('an interim answer is not the answer', async t => {
  const { origin } = await stubServer(t, (_, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' })
    response.writeHead(201).end('done')
  })
  assert.equal(await codeOf(client(t), get(origin)), '201 done')
})

test('if redirects are not allowed, the redirect is the answer', async t => {
  const { origin, calls } = await stubServer(t, (_, response) => redirectTo('/end')(response))
  assert.equal(await codeOf(client(t), get(origin)), '302 moved')
  assert.equal(calls.length, 1)
})

test('a circle of redirects ends at the allowed number', async t => {
  const { origin, calls } = await stubServer(t, (_, response) => redirectTo('/again')(response))
  assert.equal(await codeOf(client(t), get(origin, { redirects: 3 })), '302 moved')
  assert.equal(calls.length, 4)
})

for (const place of ['another origin', 'another scheme', 'no URL']) {
  test(`a redirect to ${place} is not followed`, async t => {
    const other = await stubServer(t, (_, response) => response.end('secret'))
    const target = { 'another scheme': 'file:///etc/passwd', 'no URL': 'http://[' }[place]
    const { origin } = await stubServer(t, (_, response) =>
      redirectTo(target ?? `${other.origin}/`)(response),
    )
    const call = get(origin, { redirects: 3, headers: { authorization: 'Bearer x' } })
    assert.equal(await codeOf(client(t), call), '302 moved')
    assert.equal(other.calls.length, 0)
  })
}

for (const [status, method, body] of [
  [302, 'GET', ''],
  [303, 'GET', ''],
  [307, 'POST', 'token=1'],
  [308, 'POST', 'token=1'],
] as const) {
  test(`after ${status} a POST becomes ${method} with ${body || 'no'} body`, async t => {
    const { origin } = await stubServer(t, (request, response) => {
      if (request.url === '/') return redirectTo('/end', status)(response)
      response.write(`${request.method} ${request.headers['content-type']} `)
      return request.pipe(response)
    })
    const headers = { 'Content-Type': 'text/x' }
    const call = { method: 'POST', url: `${origin}/`, body: 'token=1', headers, redirects: 1 }
    const type = body ? 'text/x' : 'undefined'
    assert.equal(await codeOf(client(t), call), `200 ${method} ${type} ${body}`)
  })
}

test('an answer that never begins ends at the time limit', async t => {
  const { origin } = await stubServer(t, () => undefined)
  assert.equal(await codeOf(client(t, { timeout: 30 }), get(origin)), 'gateway_timeout')
})

test('a body that never ends ends at the time limit', async t => {
  const { origin } = await stubServer(t, (_, response) => void response.write('a'))
  assert.equal(await codeOf(client(t), get(origin, { timeout: 30 })), 'gateway_timeout')
})

test('a connection without an HTTP answer ends at the time limit', async t => {
  const origin = await rawServer(t, () => undefined)
  assert.equal(await codeOf(client(t, { timeout: 30 }), get(origin)), 'gateway_timeout')
})

test('an answer above the limit is refused and its connection closed', async t => {
  const closed = withResolvers()
  const { origin } = await stubServer(t, (_, response) => {
    response.on('close', () => closed.resolve(undefined))
    const pour = () => {
      while (!response.destroyed && response.write('a'.repeat(1000)));
    }
    response.on('drain', pour)
    pour()
  })
  assert.equal(await codeOf(client(t), get(origin)), 'bad_gateway')
  await closed.promise
})

test('an answer exactly at the limit is accepted', async t => {
  const { origin } = await stubServer(t, (_, response) => response.end('a'.repeat(10_000)))
  const reply = await client(t).send(get(origin))
  assert.ok(reply.kind === 'http_reply')
  assert.equal(reply.body.length, 10_000)
})

const answers = {
  'bytes that are not HTTP': 'SSH-2.0-OpenSSH_9.2\r\n',
  'less than it announced': 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc',
  'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na',
  'headers without end': `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(100_000)}`,
  nothing: '',
}
for (const [what, bytes] of Object.entries(answers)) {
  test(`a server that sends ${what} is a failure`, async t => {
    const origin = await rawServer(t, socket => {
      socket.once('data', () => socket.end(bytes))
    })
    assert.equal(await codeOf(client(t), get(origin)), 'bad_gateway')
  })
}

test('a port where nothing listens is a failure with its cause', async t => {
  const reply = await client(t).send(get(await deadOrigin()))
  assert.ok(reply.kind === 'failure')
  assert.equal(reply.code, 'bad_gateway')
  assert.equal((reply.cause as { code?: string }).code, 'ECONNREFUSED')
})

for (const url of ['', 'keys.json', 'ftp://a.test/', 'file:///etc/passwd', 'http://']) {
  test(`"${url}" cannot be called`, async t => {
    assert.equal(await codeOf(client(t), get(url)), 'bad_gateway')
  })
}

test('a header that would split the request is a failure, and nothing is sent', async t => {
  const { origin, calls } = await stubServer(t, (_, response) => response.end())
  const call = get(origin, { headers: { 'x-a': 'b\r\nx-c: d' } })
  assert.equal(await codeOf(client(t), call), 'bad_gateway')
  assert.equal(calls.length, 0)
})

test('a caller that disconnects ends the call at the server too', async t => {
  const controller = new AbortController()
  const ended = withResolvers()
  const { origin } = await stubServer(t, (_, response) => {
    response.on('close', () => ended.resolve(undefined))
    controller.abort()
  })
  const call = get(origin, { signal: controller.signal })
  assert.equal(await codeOf(client(t), call), 'gateway_timeout')
  await ended.promise
})

test('if the caller disconnected before, no call is made', async t => {
  const { origin, calls } = await stubServer(t, (_, response) => response.end())
  const call = get(origin, { signal: AbortSignal.abort() })
  assert.equal(await codeOf(client(t), call), 'gateway_timeout')
  assert.equal(calls.length, 0)
})

for (const [name, signalFor] of [
  ['hung up before', () => AbortSignal.abort()],
  ['hangs up', () => AbortSignal.timeout(20)],
] as const) {
  test(`a caller that ${name} does not wait for a connection that is never made`, async t => {
    const origin = await rawServer(t, () => undefined)
    const call = get(origin.replace('http:', 'https:'), { signal: signalFor() })
    const start = performance.now()
    assert.equal(await codeOf(client(t), call), 'gateway_timeout')
    assert.ok(performance.now() - start < 2000)
  })
}

test('a pooled connection that was closed in the meantime is replaced once', async t => {
  let connections = 0
  const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  const origin = await rawServer(t, socket => {
    connections++
    socket.once('data', () => {
      socket.write(ok)
      socket.once('data', () => socket.destroy())
    })
  })
  const http = client(t, { concurrent: 1 })
  assert.equal(await codeOf(http, get(origin)), '200 ok')
  assert.equal(await codeOf(http, get(origin)), '200 ok')
  assert.equal(connections, 2)
})

test('a lost POST is not retried', async t => {
  let connections = 0
  const origin = await rawServer(t, socket => {
    connections++
    socket.once('data', () => socket.destroy())
  })
  assert.equal(await codeOf(client(t), { method: 'POST', url: origin }), 'bad_gateway')
  assert.equal(connections, 1)
})

test('calls above the slots and the queue are refused at once, calls in the queue are made', async t => {
  const held: ServerResponse[] = []
  const arrived = withResolvers()
  const { origin } = await stubServer(t, (_, response) => {
    held.push(response)
    if (held.length > 1) response.end('later')
    else arrived.resolve(undefined)
  })
  const http = client(t, { concurrent: 1 })
  const served = Array.from({ length: 9 }, () => codeOf(http, get(origin)))
  await arrived.promise
  assert.equal(await codeOf(http, get(origin)), 'bad_gateway')
  held[0]?.end('first')
  assert.deepEqual(await Promise.all(served), ['200 first', ...Array(8).fill('200 later')])
})

test('a call that ends in the queue frees its place', async t => {
  const held: ServerResponse[] = []
  const arrived = withResolvers()
  const { origin, calls } = await stubServer(t, (_, response) => {
    held.push(response)
    if (held.length > 1) response.end('next')
    else arrived.resolve(undefined)
  })
  const http = client(t, { concurrent: 1 })
  const first = codeOf(http, get(origin))
  await arrived.promise
  const controller = new AbortController()
  const inLine = codeOf(http, get(origin, { signal: controller.signal }))
  const behind = codeOf(http, get(origin))
  controller.abort()
  assert.equal(await inLine, 'gateway_timeout')
  held[0]?.end('first')
  assert.deepEqual([await first, await behind, calls.length], ['200 first', '200 next', 2])
  assert.equal(await codeOf(http, get(origin)), '200 next')
})

test('an untrusted certificate is a failure', async t => {
  const [key, cert] = ['key', 'cert'].map(name =>
    readFileSync(`${root}test/conformance/data/tls-${name}.pem`),
  )
  const server = createSecureServer({ key, cert }, (_, response) => response.end('secret'))
  const port = await listen(t, server)
  assert.equal(await codeOf(client(t), get(`https://127.0.0.1:${port}/`)), 'bad_gateway')
})

test('each origin has its own slots', async t => {
  const stuck = await stubServer(t, () => undefined)
  const { origin } = await stubServer(t, (_, response) => response.end('ok'))
  const http = client(t, { concurrent: 1 })
  const waiting = codeOf(http, get(stuck.origin, { timeout: 200 }))
  assert.equal(await codeOf(http, get(origin)), '200 ok')
  assert.equal(await waiting, 'gateway_timeout')
})

test('a proxy gets the whole URL, and exceptions are called directly', async t => {
  const proxy = await stubServer(t, (request, response) => response.end(`proxied ${request.url}`))
  const { origin } = await stubServer(t, (_, response) => response.end('direct'))
  const http = client(t, { proxy: { http: proxy.origin, except: 'internal.test' } })
  const reached = await codeOf(http, get('http://keys.test/jwks?a=1'))
  assert.equal(reached, '200 proxied http://keys.test/jwks?a=1')
  assert.equal(await codeOf(http, get(origin)), '200 direct')
  // Whether this name resolves does not matter: the proxy must not get the request.
  await http.send(get('http://internal.test:1/', { timeout: 500 }))
  assert.equal(proxy.calls.length, 1)
})

test('closing ends the calls in progress', async t => {
  const arrived = withResolvers()
  const { origin } = await stubServer(t, () => arrived.resolve(undefined))
  const http = createHttp({ timeout: 5000, concurrent: 1, bytes: 1 })
  const waiting = codeOf(http, get(origin))
  await arrived.promise
  await http.close()
  assert.equal(await waiting, 'bad_gateway')
})
