/**
 * Services that send wrong answers, stall or redirect: the request is denied within the time limit, and the process
 * keeps working.
 */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { checkOf } from '../support/check.ts'
import { checkClient } from '../support/grpc-client.ts'
import { type Oarlock, startOarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { deadOrigin, rawServer, stubServer } from '../support/stub-server.ts'

const http = (head: string, body = ''): string =>
  `HTTP/1.1 ${head}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** What a service does with a connection after it received a request. */
const faults: Readonly<Record<string, (socket: Socket) => void>> = {
  'never answers': () => undefined,
  'hangs up': socket => socket.destroy(),
  'answers garbage': socket => socket.end('garbage\r\n\r\n'),
  'is broken': socket => socket.end(http('500 Broken', 'no')),
  'redirects to the cloud metadata service': socket =>
    socket.end(http('302 Found\r\nLocation: http://169.254.169.254/latest/meta-data')),
  'answers a web page': socket => socket.end(http('200 OK\r\nContent-Type: text/html', '<html>')),
  'answers nothing': socket => socket.end(http('200 OK')),
  'answers null': socket => socket.end(http('200 OK\r\nContent-Type: application/json', 'null')),
  'answers a list': socket => socket.end(http('200 OK\r\nContent-Type: application/json', '[1]')),
  'stops in the middle of the answer': socket =>
    socket.end(
      'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"active":true,"subject":"x","sub":"x"',
    ),
  'never ends': socket => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    const more = setInterval(() => socket.write('1\r\n \r\n'), 20)
    socket.once('close', () => clearInterval(more))
  },
  'sends a body of a hundred megabytes': socket => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    const block = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`
    let left = 1600
    const pump = (): void => {
      while (left-- > 0) if (!socket.write(block)) return void socket.once('drain', pump)
    }
    pump()
  },
  'sends headers without end': socket => {
    socket.write('HTTP/1.1 200 OK\r\n')
    const more = setInterval(
      () => socket.write(`X-${'a'.repeat(1000)}: ${'b'.repeat(8000)}\r\n`),
      5,
    )
    socket.once('close', () => clearInterval(more))
  },
  'only continues': socket => {
    const more = setInterval(() => socket.write('HTTP/1.1 100 Continue\r\n\r\n'), 5)
    socket.once('close', () => clearInterval(more))
  },
  'redirects to itself without end': socket =>
    socket.end(http('307 Temporary\r\nLocation: /again')),
}

const pass = { authorizer: { handler: 'allow' }, mutators: [{ handler: 'noop' }] }
const anyone = { authenticators: [{ handler: 'anonymous' }] }

/** One rule for each kind of service, all of them at one origin. */
function rulesFor(origin: string): readonly object[] {
  const rule = (id: string, parts: object) => ({
    id,
    match: { url: `http://h/${id}<.*>`, methods: ['GET', 'POST'] },
    ...pass,
    ...anyone,
    ...parts,
  })
  const authenticated = (handler: string, config: object) => ({
    authenticators: [{ handler, config }],
  })
  const authorized = (handler: string, config: object) => ({ authorizer: { handler, config } })
  const retry = { max_delay: '1ms', give_up_after: '50ms' }
  return [
    rule('cookie', authenticated('cookie_session', { check_session_url: `${origin}/whoami` })),
    rule('bearer', authenticated('bearer_token', { check_session_url: `${origin}/whoami` })),
    rule(
      'introspection',
      authenticated('oauth2_introspection', { introspection_url: `${origin}/i` }),
    ),
    rule('login', authenticated('oauth2_client_credentials', { token_url: `${origin}/t` })),
    rule('jwt', authenticated('jwt', { jwks_urls: [`${origin}/jwks`] })),
    rule('remote', authorized('remote', { remote: `${origin}/r`, retry })),
    rule('json', authorized('remote_json', { remote: `${origin}/r`, payload: '{}', retry })),
    rule('keto', authorized('keto_engine_acp_ory', { base_url: origin })),
    rule('hydrator', {
      mutators: [{ handler: 'hydrator', config: { api: { url: origin, retry } } }],
    }),
  ]
}

/** For services that answer: a loaded machine may need seconds. */
const ample = { outbound: { timeout: '20s' }, decision: { timeout: '30s' } }
/** For services that may never answer. */
const short = { outbound: { timeout: '400ms' }, decision: { timeout: '3s' } }

const start = (t: TestContext, origin: string, limits: object = ample): Promise<Oarlock> =>
  startOarlock(t, {
    config: {
      limits,
      authenticators: {
        anonymous: { enabled: true, config: { subject: 'guest' } },
        cookie_session: { enabled: true, config: { check_session_url: origin } },
        bearer_token: { enabled: true, config: { check_session_url: origin } },
        oauth2_introspection: { enabled: true, config: { introspection_url: origin } },
        oauth2_client_credentials: { enabled: true, config: { token_url: origin } },
        jwt: { enabled: true, config: { jwks_urls: [origin] } },
      },
      authorizers: {
        allow: { enabled: true },
        remote: { enabled: true, config: { remote: origin } },
        remote_json: { enabled: true, config: { remote: origin, payload: '{}' } },
        keto_engine_acp_ory: {
          enabled: true,
          config: { base_url: origin, required_action: 'a', required_resource: 'r' },
        },
      },
      mutators: {
        noop: { enabled: true },
        hydrator: { enabled: true, config: { api: { url: origin } } },
      },
    },
    rules: [
      ...rulesFor(origin),
      { id: 'well', match: { url: 'http://h/well', methods: ['GET'] }, ...anyone, ...pass },
    ],
  })

const token = [{ alg: 'RS256', kid: 'k' }, { sub: 'x' }]
  .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .join('.')

const credentials: Readonly<Record<string, Record<string, string>>> = {
  cookie: { Cookie: 'session=x' },
  bearer: { Authorization: 'Bearer x' },
  introspection: { Authorization: 'Bearer x' },
  login: { Authorization: `Basic ${Buffer.from('u:p').toString('base64')}` },
  jwt: { Authorization: `Bearer ${token}.c2ln` },
}

async function ask({ api }: Oarlock, path: string, method = 'GET'): Promise<number> {
  const answer = await fetch(`http://${loopback}:${api}/decisions/${path}`, {
    method,
    headers: { ...credentials[path], 'X-Forwarded-Host': 'h', 'X-Forwarded-Proto': 'http' },
  })
  await answer.arrayBuffer()
  return answer.status
}

const kinds = [
  'cookie',
  'bearer',
  'introspection',
  'login',
  'jwt',
  'remote',
  'json',
  'keto',
  'hydrator',
]
/** Handlers that do not read the body of the answer, as in Oathkeeper: the status decides. */
const statusAlone = new Set(['remote', 'json'])
const wellEnough = new Set([
  'answers a web page',
  'answers nothing',
  'answers null',
  'answers a list',
])

for (const [what, fault] of Object.entries(faults)) {
  test(`a service that ${what}: every handler that calls it denies`, async t => {
    const origin = await rawServer(t, socket => socket.once('data', () => fault(socket)))
    const oarlock = await start(t, origin, short)
    const results = await Promise.all(kinds.map(kind => ask(oarlock, kind)))
    for (const [i, kind] of kinds.entries()) {
      const allowed = statusAlone.has(kind) && wellEnough.has(what)
      const status = results[i] ?? 0
      if (allowed) assert.equal(status, 200, kind)
      else assert.ok(status >= 400 && status <= 504, `${kind}: ${status}`)
    }
    assert.equal(await ask(oarlock, 'well'), 200)
    assert.ok(oarlock.running())
  })
}

test('a service that is not reachable, and one whose name does not resolve, deny the request', async t => {
  for (const origin of [await deadOrigin(), 'http://no-such-host.invalid']) {
    const oarlock = await start(t, origin, short)
    const results = await Promise.all(kinds.map(kind => ask(oarlock, kind)))
    for (const [i, kind] of kinds.entries())
      assert.ok((results[i] ?? 0) >= 400, `${origin} ${kind}`)
    assert.equal(await ask(oarlock, 'well'), 200)
  }
})

test('only the documented success statuses allow', async t => {
  for (const [status, remote, session] of [
    [200, 200, 200],
    [201, 500, 401],
    [202, 500, 401],
    [204, 500, 401],
    [206, 500, 401],
    [302, 500, 401],
    [304, 500, 401],
    [403, 403, 401],
    [429, 429, 429],
  ] as const) {
    const { origin } = await stubServer(t, (_, response) => {
      response.writeHead(status, { 'Content-Type': 'application/json', Location: '/yes' })
      response.end(status === 204 || status === 304 ? undefined : '{"subject":"x","result":false}')
    })
    const oarlock = await start(t, origin)
    assert.equal(await ask(oarlock, 'remote'), remote, `remote ${status}`)
    assert.equal(await ask(oarlock, 'json'), remote, `remote_json ${status}`)
    assert.equal(await ask(oarlock, 'cookie'), session, `session ${status}`)
  }
})

test('the `active` field of a token must be the boolean true', async t => {
  for (const answer of [
    '{}',
    '{"active":"true"}',
    '{"active":1}',
    '{"active":[true]}',
    '{"active":null,"sub":"x"}',
    '{"active":false,"sub":"x"}',
    '{"Active":false,"sub":"x"}',
    '{"active":true,"active":false,"sub":"x"}',
  ]) {
    const { origin } = await stubServer(t, (_, response) => response.end(answer))
    const oarlock = await start(t, origin)
    assert.ok((await ask(oarlock, 'introspection')) >= 400, answer)
  }
})

test('a session without a subject authenticates nobody', async t => {
  for (const answer of ['{}', '{"subject":null}', '{"subject":""}', '{"extra":{"subject":"x"}}']) {
    const { origin } = await stubServer(t, (_, response) => response.end(answer))
    const oarlock = await start(t, origin)
    assert.equal(await ask(oarlock, 'cookie'), 401, answer)
    assert.equal(await ask(oarlock, 'bearer'), 401, answer)
  }
})

test('a subject that is not a string authenticates nobody', async t => {
  for (const subject of ['{}', '["x"]', '7', 'true']) {
    const { origin } = await stubServer(t, (_, response) =>
      response.end(`{"subject":${subject},"sub":${subject}}`),
    )
    const oarlock = await start(t, origin)
    assert.equal(await ask(oarlock, 'cookie'), 403, subject)
    assert.equal(await ask(oarlock, 'bearer'), 403, subject)
  }
})

test('a body that arrived only in part is never sent to an authorizer', async t => {
  const bodies: string[] = []
  const { origin } = await stubServer(t, async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    bodies.push(Buffer.concat(parts).toString())
    response.end()
  })
  const oarlock = await start(t, origin)
  const { check } = checkClient(t, `${loopback}:${oarlock.grpc}`)
  const asked = (headers: Record<string, string>) =>
    check(
      checkOf({
        method: 'POST',
        path: '/remote',
        host: 'h',
        scheme: 'http',
        body: 'whole',
        headers,
      }),
    )
  const whole = await asked({})
  assert.equal(whole.status?.code ?? 0, 0)
  const part = await asked({ 'x-envoy-auth-partial-body': 'true' })
  assert.equal(part.status?.code, 7)
  assert.deepEqual(bodies, ['whole'])
})

test('every service call carries the trace context of the request, the key set request does not', async t => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const seen = new Map<string, string | undefined>()
  const { origin } = await stubServer(t, (request, response) => {
    seen.set(request.url ?? '', request.headers['traceparent'] as string | undefined)
    response.end(
      '{"active":true,"subject":"x","sub":"x","allowed":true,"access_token":"t","keys":[]}',
    )
  })
  const oarlock = await start(t, origin)
  for (const kind of kinds) {
    const answer = await fetch(`http://${loopback}:${oarlock.api}/decisions/${kind}`, {
      headers: {
        ...credentials[kind],
        traceparent,
        'X-Forwarded-Host': 'h',
        'X-Forwarded-Proto': 'http',
      },
    })
    await answer.arrayBuffer()
  }
  assert.equal(seen.size, 8, [...seen.keys()].join())
  for (const [path, trace] of seen)
    assert.equal(trace, path === '/jwks' ? undefined : traceparent, path)
})

test('a wrong password and an unknown user get the same answer', async t => {
  const { origin } = await stubServer(t, (_, response) => {
    response.writeHead(401, { 'Content-Type': 'application/json' })
    response.end('{"error":"invalid_client","error_description":"no such user"}')
  })
  const oarlock = await start(t, origin)
  const answers = await Promise.all(
    ['u:wrong', 'nobody:x'].map(async pair => {
      const answer = await fetch(`http://${loopback}:${oarlock.api}/decisions/login`, {
        headers: {
          Authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
          'X-Forwarded-Host': 'h',
          'X-Forwarded-Proto': 'http',
        },
      })
      return `${answer.status} ${await answer.text()}`
    }),
  )
  assert.equal(answers[0], answers[1])
  assert.doesNotMatch(answers[0] ?? '', /no such user/)
})
