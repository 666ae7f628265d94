/** The middleware in front of an Express application and in front of a plain HTTP server. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
} from 'node:http'
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import express from 'express'
import { stringify } from 'yaml'
import { type Authorizer, createAuthorizer } from '../../src/app/embedded/express.ts'
import { temporaryFolder } from '../support/folder.ts'
import { listen } from '../support/listen.ts'
import { type Answer, type Ask, ask, send } from '../support/raw-http.ts'
import { until } from '../support/until.ts'

const rule = (id: string, path: string, changes: object = {}) => ({
  id,
  match: { url: `http://app.example${path}`, methods: ['GET', 'POST'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
  ...changes,
})

const rules = [
  rule('api', '/api/<.*>'),
  rule('changed', '/changed<.*>', {
    mutators: [
      { handler: 'query', config: { set: { user: '{{ print .Subject }}' }, remove: ['token'] } },
      { handler: 'remove', config: { headers: ['X-Internal-*'] } },
      { handler: 'response_header', config: { headers: { 'X-Frame-Options': 'DENY' } } },
      { handler: 'response_cookie', config: { cookies: { a: '1', b: '2' } } },
    ],
  }),
  rule('keyed', '/keyed', {
    authenticators: [
      {
        handler: 'jwt',
        remove_credential: true,
        config: {
          jwks_urls: ['inline://eyJrZXlzIjpbXX0='],
          token_from: { query_parameter: 'key' },
        },
      },
      { handler: 'anonymous' },
    ],
  }),
  rule('admin', '/admin<.*>', { authorizer: { handler: 'deny' } }),
]

async function guard(t: TestContext): Promise<Authorizer & { readonly rules: string }> {
  const folder = temporaryFolder(t)
  const file = join(folder, 'rules.yaml')
  writeFileSync(file, stringify(rules))
  const config = join(folder, 'oarlock.yaml')
  writeFileSync(
    config,
    stringify({
      log: { level: 'fatal' },
      access_rules: { repositories: [`file://${file}`] },
      authenticators: {
        anonymous: { enabled: true, config: { subject: 'guest' } },
        jwt: { enabled: true, config: { jwks_urls: [] } },
      },
      authorizers: {
        allow: { enabled: true },
        deny: { enabled: true },
      },
      mutators: {
        header: { enabled: true, config: { headers: { 'X-User': '{{ print .Subject }}' } } },
        query: { enabled: true },
        remove: { enabled: true },
        response_cookie: { enabled: true },
        response_header: { enabled: true },
      },
    }),
  )
  const authorizer = await createAuthorizer({ config: [config] })
  t.after(() => authorizer.close())
  return { ...authorizer, rules: file }
}

type Seen = Pick<IncomingMessage, 'headers' | 'url'> & { readonly oarlock?: unknown }

async function start(t: TestContext, app: RequestListener) {
  const port = await listen(t, createServer(app))
  return (request: Ask): Promise<Answer> => ask(port, { host: 'app.example', ...request })
}

test("an allowed request reaches the application with the rule's headers and an unread body", async t => {
  const { middleware } = await guard(t)
  const seen: Seen[] = []
  const app = express()
  const router = express.Router()
  router.use(middleware)
  router.use(express.text())
  router.post('/:id', (request, response) => {
    seen.push(request as Seen)
    response.send(request.body)
  })
  app.use('/api', router)
  const send = await start(t, app)
  const answer = await send({
    method: 'POST',
    target: '/api/7?q=1',
    headers: [
      ['X-User', 'root'],
      ['x_user', 'root'],
      ['X-Forwarded-User', 'root'],
      ['Content-Type', 'text/plain'],
      ['Cookie', 'a=1'],
      ['Cookie', 'b=2'],
    ],
    body: Buffer.from('the body'),
  })
  assert.equal(answer.text, 'the body')
  const [request] = seen
  assert.equal(request?.headers['x-user'], 'guest')
  assert.equal(request?.headers['x_user'], undefined)
  assert.equal(request?.headers['x-forwarded-user'], undefined)
  assert.equal(request?.headers.cookie, 'a=1; b=2')
  assert.equal(request?.headers.host, 'app.example')
  assert.match(JSON.stringify(request?.oarlock), /"rule":"api","subject":"guest"/)
})

test('a request that no rule allows is answered by the middleware, wherever it is mounted', async t => {
  const { middleware } = await guard(t)
  let reached = 0
  const app = express()
  app.use('/api', middleware, (_, response) => {
    reached += 1
    response.end()
  })
  app.use(middleware, (_, response) => {
    reached += 1
    response.end()
  })
  const send = await start(t, app)
  const cases: readonly (readonly [target: string, status: number])[] = [
    ['/admin/x', 403],
    ['/api/../admin/x', 400],
    ['/api/%2e%2e/admin', 400],
    ['/nowhere', 404],
    ['/api/%zz', 400],
    ['/api/a%5cb', 400],
  ]
  for (const [target, status] of cases)
    assert.equal((await send({ target })).status, status, target)
  assert.equal((await send({ target: '/api/a', headers: [['Host', 'b']] })).status, 400)
  assert.equal(reached, 0)
})

test('changed rules take effect', async t => {
  const { middleware, rules: file } = await guard(t)
  const send = await start(t, (request, response) =>
    middleware(request, response, () => response.end('reached')),
  )
  assert.equal((await send({ target: '/api/a' })).text, 'reached')
  writeFileSync(file, stringify([]))
  await until(async () => (await send({ target: '/api/a' })).status === 404, 'the rule is gone')
})

test('a request that Express would route as another path than the matched one is denied', async t => {
  const { middleware } = await guard(t)
  const reached: string[] = []
  const app = express()
  app.use(middleware)
  app.use('/admin', (request, response) => {
    reached.push(request.originalUrl)
    response.end('admin')
  })
  app.use((request, response) => {
    response.end(request.path)
  })
  const send = await start(t, app)
  for (const target of [
    '/admin/../api/x',
    '/admin/..%2fapi/x',
    '/admin/%2e%2e/api/x',
    '/admin/.%2E/api/x',
    '/api/x/../../api/x',
    '//api/x',
    '/api//x',
    '/api/x//',
    '/./api/x',
    '/api/x/.',
    '/%61pi/x',
    '/api/%78',
    '/api/a%2Fb',
    '/api/a%7Eb',
    '/api/caf\u00e9',
    'http://app.example/api/x',
    'http://app.example/admin/../api/x',
    '*',
  ])
    assert.equal((await send({ target })).status, 400, target)
  assert.deepEqual(reached, [])
  for (const target of [
    '/api/x',
    '/api/x/',
    '/api/a%20b',
    '/api/caf%C3%A9',
    '/api/me%40example.org',
    '/api/a;b',
    '/api/x?back=/../admin',
    '/api/x?%2e%2e',
  ])
    assert.equal((await send({ target })).status, 200, target)
})

test('a URL that was rewritten before the middleware is denied', async t => {
  const { middleware } = await guard(t)
  const app = express()
  app.use((request, _, next) => {
    if (request.headers['x-rewrite']) request.url = String(request.headers['x-rewrite'])
    next()
  })
  app.use('/api', middleware)
  app.use(middleware)
  app.use((_, response) => {
    response.end('reached')
  })
  const send = await start(t, app)
  const answer = async (target: string, url: string) =>
    (await send({ target, headers: [['X-Rewrite', url]] })).status
  assert.equal(await answer('/api/x', '/admin'), 400)
  assert.equal(await answer('/api/x', '/'), 400)
  assert.equal(await answer('/api/x?a', '/api/x?b'), 400)
  assert.equal((await send({ target: '/api/x?a' })).status, 200)
})

test('a mounted middleware matches the whole path, also at the mount point itself', async t => {
  const { middleware } = await guard(t)
  const app = express()
  app.use('/api/x', middleware, (_, response) => {
    response.end('reached')
  })
  const send = await start(t, app)
  for (const target of ['/api/x', '/api/x/', '/api/x?a', '/api/x/?a', '/api/x/y?a'])
    assert.equal((await send({ target })).status, 200, target)
})

test('the application sees the changed query, and its answer has the headers of the rule', async t => {
  const { middleware } = await guard(t)
  const app = express()
  const router = express.Router()
  router.use(middleware)
  router.get('/x', (request, response) => {
    response.appendHeader('Set-Cookie', 'own=3')
    response.json([
      request.url,
      request.originalUrl,
      request.query,
      request.headers['x-internal-a'],
    ])
  })
  app.use('/changed', router)
  const send = await start(t, app)
  const answer = await send({
    target: '/changed/x?a=%31&to%6ben=x&us%65r=root&token=y',
    headers: [['X-Internal-A', 'root']],
  })
  assert.deepEqual(JSON.parse(answer.text), [
    '/x?a=%31&user=guest',
    '/changed/x?a=%31&user=guest',
    { a: '1', user: 'guest' },
    null,
  ])
  assert.deepEqual(answer.all('x-frame-options'), ['DENY'])
  const cookies = ['a=1', 'b=2'].map(pair => `${pair}; Path=/; Secure; HttpOnly; SameSite=Lax`)
  assert.deepEqual(answer.all('set-cookie'), [...cookies, 'own=3'])
})

test('a credential in the query does not reach the application', async t => {
  const { middleware } = await guard(t)
  const app = express()
  app.use(middleware, (request, response) => {
    response.json([request.originalUrl, request.query])
  })
  const send = await start(t, app)
  const answer = await send({ target: '/keyed?a=1&k%65y=not-a-token' })
  assert.deepEqual([answer.status, JSON.parse(answer.text)], [200, ['/keyed?a=1', { a: '1' }]])
})

const chunked = (target: string, more: string, trailers: string) =>
  Buffer.from(
    `POST ${target} HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\n${more}\r\n1\r\na\r\n0\r\n${trailers}\r\n`,
  )

test('a trailer with the name of a header that the rule owns does not reach the application', async t => {
  const { middleware } = await guard(t)
  const seen: Pick<IncomingMessage, 'rawTrailers' | 'trailers' | 'trailersDistinct'>[] = []
  const app = express()
  app.use((request, _, next) => {
    assert.deepEqual({ ...request.trailers }, {})
    next()
  })
  app.use(middleware)
  app.use(async (request, response) => {
    for await (const _ of request);
    const { rawTrailers, trailers, trailersDistinct } = request
    seen.push({ rawTrailers, trailers, trailersDistinct })
    response.end()
  })
  const port = await listen(t, createServer(app))
  const trailers = 'X-User: root\r\nx_user: root\r\nAuthorization: a\r\nX-Sum: 1\r\nX-Sum: 2\r\n'
  const answer = await send(port, chunked('/api/a', 'Trailer: X-User, X-Sum\r\n', trailers), 'POST')
  assert.equal(answer.status, 200)
  assert.deepEqual(seen[0]?.rawTrailers, ['X-Sum', '1', 'X-Sum', '2'])
  assert.deepEqual({ ...seen[0]?.trailers }, { 'x-sum': '1, 2' })
  assert.deepEqual({ ...seen[0]?.trailersDistinct }, { 'x-sum': ['1', '2'] })
})

test('Connection names no header of the rule, and other spellings of framing are removed', async t => {
  const { middleware } = await guard(t)
  const seen: IncomingHttpHeaders[] = []
  const app = express()
  app.use(middleware, (request, response) => {
    seen.push(request.headers)
    response.end()
  })
  const send = await start(t, app)
  const headers = [
    ['Connection', 'close, X-User, Keep-Alive'],
    ['Content_Length', '5'],
    ['Transfer.Encoding', 'chunked'],
    ['Keep_Alive', 'a'],
  ] as const
  assert.equal((await send({ target: '/api/a', headers })).status, 200)
  const got = seen[0] ?? {}
  assert.equal(got.connection, 'close, Keep-Alive')
  assert.equal(got['x-user'], 'guest')
  assert.deepEqual(
    Object.keys(got).filter(name => /[_.]/.test(name)),
    [],
  )
})

test('a server of HTTP/2 is guarded as one of HTTP/1, by its :authority', async t => {
  const { middleware } = await guard(t)
  const seen: unknown[] = []
  const server = createHttp2((request, response) => {
    middleware(request as never, response as never, () => {
      request.resume()
      request.on('end', () => {
        seen.push([request.headers['x-user'], request.headers['host'], request.trailers['x-user']])
        response.end('ok')
      })
    })
  })
  const port = await listen(t, server as never)
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  const statusOf = async (headers: IncomingHttpHeaders): Promise<unknown> => {
    const stream = session.request(
      { ':method': 'POST', ...headers },
      { endStream: false, waitForTrailers: true },
    )
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-user': 'root' }))
    stream.end('a')
    const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders]
    stream.resume()
    return answer[':status']
  }
  const path = { ':path': '/api/a', 'x-user': 'root' }
  try {
    assert.equal(await statusOf({ ...path, ':authority': 'app.example' }), 200)
    assert.deepEqual(seen, [['guest', 'app.example', undefined]])
    assert.equal(await statusOf({ ...path, ':authority': 'evil.example' }), 404)
    const two = await statusOf({ ...path, ':authority': 'evil.example', host: 'app.example' })
    assert.equal(two, 400)
    assert.equal(seen.length, 1)
  } finally {
    session.destroy()
  }
})
