/** A cached result of one request is never used for another one. Runs with the memory cache and with Redis. */
import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Oarlock, startOarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { ask as askRaw } from '../support/raw-http.ts'
import { startRedis } from '../support/redis.ts'
import { stubServer } from '../support/stub-server.ts'

const backends = {
  memory: async (_: TestContext): Promise<object> => ({ backend: 'memory' }),
  redis: async (t: TestContext): Promise<object> => ({
    backend: 'redis',
    redis: { url: (await startRedis(t)).url },
  }),
} as const

interface Call {
  readonly path: string
  readonly form: URLSearchParams
  readonly request: IncomingMessage
  readonly text: string
}

type Reply = (call: Call) => { readonly status?: number; readonly json: unknown }

/** Answers JSON and records the requests that it receives. */
async function startService(t: TestContext, reply: Reply) {
  const calls: Call[] = []
  const { origin } = await stubServer(t, async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const text = Buffer.concat(parts).toString()
    const call = { path: request.url ?? '', form: new URLSearchParams(text), request, text }
    calls.push(call)
    const { status = 200, json } = reply(call)
    response.writeHead(status, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify(json))
  })
  return { origin, calls }
}

interface RuleParts {
  readonly authenticators: readonly object[]
  readonly mutators?: readonly object[]
}

const rule = (id: string, { authenticators, mutators }: RuleParts) => ({
  id,
  match: { url: `http://h/${id}<.*>`, methods: ['GET'] },
  authenticators,
  authorizer: { handler: 'allow' },
  mutators: mutators ?? [
    { handler: 'header', config: { headers: { 'X-User': '{{ print .Subject }}' } } },
  ],
})

interface Setup {
  readonly cache: object
  readonly origin: string
  readonly rules: readonly object[]
}

const start = (t: TestContext, { cache, origin, rules }: Setup): Promise<Oarlock> =>
  startOarlock(t, {
    config: {
      cache,
      authenticators: {
        anonymous: { enabled: true, config: { subject: 'guest' } },
        oauth2_introspection: {
          enabled: true,
          config: { introspection_url: `${origin}/one`, cache: { enabled: true } },
        },
        oauth2_client_credentials: {
          enabled: true,
          config: { token_url: `${origin}/token`, cache: { enabled: true } },
        },
      },
      authorizers: { allow: { enabled: true } },
      mutators: {
        header: { enabled: true, config: { headers: {} } },
        hydrator: { enabled: true, config: { api: { url: `${origin}/hydrate` } } },
      },
    },
    rules,
  })

interface Asked {
  readonly path: string
  readonly authorization?: string
  readonly headers?: Readonly<Record<string, string>>
}

async function ask(
  { api }: Oarlock,
  { path, authorization, headers = {} }: Asked,
): Promise<number> {
  const answer = await fetch(`http://${loopback}:${api}/decisions/${path}`, {
    headers: {
      ...headers,
      ...(authorization === undefined ? {} : { Authorization: authorization }),
      'X-Forwarded-Host': headers['X-Forwarded-Host'] ?? 'h',
      'X-Forwarded-Proto': 'http',
    },
  })
  await answer.arrayBuffer()
  return answer.status
}

const introspection = (config: object) => ({ handler: 'oauth2_introspection', config })
const bearer = (token: string): string => `Bearer ${token}`
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

/** Waits until the result of one request is cached for the next: Redis connects and stores in the background. */
async function settled(oarlock: Oarlock, asked: Asked, calls: readonly unknown[]): Promise<void> {
  for (let round = 0; round < 100; round++) {
    const before = calls.length
    await ask(oarlock, asked)
    if (calls.length === before) return
    await pause(20)
  }
  assert.fail('nothing was cached')
}

const active = (more: object = {}) => ({ json: { active: true, sub: 'alice', ...more } })

for (const [name, open] of Object.entries(backends)) {
  test(`${name}: a cached token is checked again for each rule`, async t => {
    const { origin, calls } = await startService(t, () =>
      active({ scope: 'read', aud: ['a'], iss: 'i' }),
    )
    const strategy = { scope_strategy: 'exact' }
    const oarlock = await start(t, {
      cache: await open(t),
      origin,
      rules: [
        rule('read', {
          authenticators: [introspection({ ...strategy, required_scope: ['read'] })],
        }),
        rule('write', {
          authenticators: [introspection({ ...strategy, required_scope: ['write'] })],
        }),
        rule('audience', { authenticators: [introspection({ target_audience: ['b'] })] }),
        rule('issuer', { authenticators: [introspection({ trusted_issuers: ['j'] })] }),
      ],
    })
    await settled(oarlock, { path: 'read', authorization: bearer('t') }, calls)
    assert.equal(await ask(oarlock, { path: 'write', authorization: bearer('t') }), 403)
    assert.equal(await ask(oarlock, { path: 'audience', authorization: bearer('t') }), 403)
    assert.equal(await ask(oarlock, { path: 'issuer', authorization: bearer('t') }), 403)
    assert.equal(await ask(oarlock, { path: 'read', authorization: bearer('t') }), 200)
  })

  test(`${name}: results of two endpoints are cached separately`, async t => {
    const { origin, calls } = await startService(t, ({ path }) =>
      path === '/one' ? active() : { json: { active: false } },
    )
    const oarlock = await start(t, {
      cache: await open(t),
      origin,
      rules: [
        rule('one', { authenticators: [introspection({})] }),
        rule('two', { authenticators: [introspection({ introspection_url: `${origin}/two` })] }),
        rule('own', {
          authenticators: [introspection({ introspection_request_headers: { 'X-Tenant': 'b' } })],
        }),
      ],
    })
    await settled(oarlock, { path: 'one', authorization: bearer('t') }, calls)
    assert.equal(await ask(oarlock, { path: 'two', authorization: bearer('t') }), 401)
    const before = calls.length
    await ask(oarlock, { path: 'own', authorization: bearer('t') })
    assert.equal(calls.length, before + 1, 'another forwarded header makes another call')
    assert.equal(calls.at(-1)?.request.headers['x-tenant'], 'b')
  })

  test(`${name}: the forwarded host is part of the cache key`, async t => {
    const { origin, calls } = await startService(t, ({ request }) =>
      request.headers['x-forwarded-host'] === 'other' ? { json: { active: false } } : active(),
    )
    const oarlock = await start(t, {
      cache: await open(t),
      origin,
      rules: [rule('any', { authenticators: [introspection({ preserve_host: true })] })],
    })
    await settled(oarlock, { path: 'any', authorization: bearer('t') }, calls)
    const elsewhere = await askRaw(oarlock.api, {
      target: '/decisions/any',
      host: 'other',
      headers: [
        ['Authorization', bearer('t')],
        ['X-Forwarded-Host', 'h'],
      ],
    })
    assert.equal(elsewhere.status, 401)
  })

  test(`${name}: neither denials nor errors are cached`, async t => {
    let reply: ReturnType<Reply> = { json: { active: false } }
    const { origin } = await startService(t, () => reply)
    const oarlock = await start(t, {
      cache: await open(t),
      origin,
      rules: [rule('one', { authenticators: [introspection({})] })],
    })
    const asked = { path: 'one', authorization: bearer('t') }
    assert.equal(await ask(oarlock, asked), 401)
    reply = { status: 500, json: {} }
    assert.equal(await ask(oarlock, asked), 500)
    reply = { json: [] }
    assert.equal(await ask(oarlock, asked), 500)
    reply = active()
    assert.equal(await ask(oarlock, asked), 200)
  })

  test(`${name}: an entry expires with its token, even if the rule has a longer TTL`, async t => {
    let sub = 'alice'
    const { origin, calls } = await startService(t, () =>
      active({ sub, exp: Math.floor(Date.now() / 1000) + 2 }),
    )
    const oarlock = await start(t, {
      cache: await open(t),
      origin,
      rules: [
        rule('one', { authenticators: [introspection({ cache: { enabled: true, ttl: '1h' } })] }),
      ],
    })
    const asked = { path: 'one', authorization: bearer('t') }
    await settled(oarlock, asked, calls)
    sub = 'bob'
    await pause(2100)
    const before = calls.length
    await ask(oarlock, asked)
    assert.equal(calls.length, before + 1)
  })

  test(`${name}: each rule uses its own TTL`, async t => {
    const { origin, calls } = await startService(t, () => active())
    const kept = (ttl: string, url: string) =>
      introspection({ introspection_url: url, cache: { enabled: true, ttl } })
    const oarlock = await start(t, {
      cache: await open(t),
      origin,
      rules: [
        rule('long', { authenticators: [kept('10m', `${origin}/long`)] }),
        rule('short', { authenticators: [kept('1s', `${origin}/short`)] }),
      ],
    })
    await settled(oarlock, { path: 'long', authorization: bearer('t') }, calls)
    await settled(oarlock, { path: 'short', authorization: bearer('t') }, calls)
    await pause(1100)
    calls.length = 0
    await ask(oarlock, { path: 'long', authorization: bearer('t') })
    await ask(oarlock, { path: 'short', authorization: bearer('t') })
    assert.deepEqual(
      calls.map(({ path }) => path),
      ['/short'],
    )
  })

  test(`${name}: two concurrent logins of one user with different passwords are separate calls`, async t => {
    const right = basic('u', 'right')
    const { origin } = await startService(t, ({ request }) =>
      request.headers.authorization === right
        ? { json: { access_token: 't', expires_in: 60 } }
        : { status: 401, json: { error: 'invalid_client' } },
    )
    const oarlock = await start(t, {
      cache: await open(t),
      origin,
      rules: [rule('login', { authenticators: [{ handler: 'oauth2_client_credentials' }] })],
    })
    const passwords = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 'right' : `wrong${i}`))
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(
        passwords.map(password =>
          ask(oarlock, { path: 'login', authorization: basic('u', password) }),
        ),
      )
      assert.deepEqual(
        answers,
        passwords.map(password => (password === 'right' ? 200 : 401)),
      )
    }
    for (const [user, password] of [
      ['', 'uright'],
      ['ur', 'ight'],
      ['u:r', 'ight'],
    ] as const) {
      assert.equal(await ask(oarlock, { path: 'login', authorization: basic(user, password) }), 401)
    }
  })

  test(`${name}: the answer of a hydrator is used for the request that it was made for, and no other`, async t => {
    const { origin, calls } = await startService(t, ({ text, request }) => ({
      json: { ...JSON.parse(text), extra: { tenant: request.headers['x-tenant'] } },
    }))
    const oarlock = await start(t, {
      cache: await open(t),
      origin,
      rules: [
        rule('hydrated', {
          authenticators: [{ handler: 'anonymous' }],
          mutators: [
            { handler: 'hydrator', config: { cache: { enabled: true, ttl: '1m' } } },
            { handler: 'header', config: { headers: { 'X-Tenant': '{{ print .Extra.tenant }}' } } },
          ],
        }),
      ],
    })
    const of = (tenant: string): Asked => ({ path: 'hydrated', headers: { 'X-Tenant': tenant } })
    await settled(oarlock, of('a'), calls)
    const before = calls.length
    await ask(oarlock, of('b'))
    assert.equal(calls.length, before + 1)
    await ask(oarlock, { path: 'hydrated/other', headers: { 'X-Tenant': 'a' } })
    assert.equal(calls.length, before + 2)
  })
}

test('concurrent identical requests make one call, and a client that disconnects does not cancel it for the others', async t => {
  let release = (): void => undefined
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  let calls = 0
  const { origin } = await stubServer(t, async (request, response) => {
    request.resume()
    calls += 1
    await held
    response.end('{"active":true,"sub":"alice"}')
  })
  const oarlock = await start(t, {
    cache: { backend: 'memory' },
    origin,
    rules: [rule('one', { authenticators: [introspection({})] })],
  })
  const impatient = new AbortController()
  const first = fetch(`http://${loopback}:${oarlock.api}/decisions/one`, {
    signal: impatient.signal,
    headers: { Authorization: 'Bearer t', 'X-Forwarded-Host': 'h', 'X-Forwarded-Proto': 'http' },
  }).catch(() => 'gone')
  while (calls === 0) await pause(5)
  const others = Array.from({ length: 20 }, () =>
    ask(oarlock, { path: 'one', authorization: bearer('t') }),
  )
  const another = ask(oarlock, { path: 'one', authorization: bearer('u') })
  while (calls < 2) await pause(5)
  impatient.abort()
  assert.equal(await first, 'gone')
  await pause(50)
  release()
  assert.deepEqual([...new Set(await Promise.all(others))], [200])
  assert.equal(await another, 200)
  assert.equal(calls, 2)
})

test('hundreds of tokens do not exceed the memory limit of the cache', async t => {
  const { origin } = await startService(t, () => active())
  const oarlock = await start(t, {
    cache: { backend: 'memory', memory: { bytes: 200_000 } },
    origin,
    rules: [rule('one', { authenticators: [introspection({})] })],
  })
  const hurried = async (from: number): Promise<void> => {
    for (let i = from; i < 800; i += 8) {
      assert.equal(
        await ask(oarlock, { path: 'one', authorization: bearer(`${i}`.padEnd(3000, 'x')) }),
        200,
      )
    }
  }
  await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(hurried))
  assert.equal(await ask(oarlock, { path: 'one', authorization: bearer('t') }), 200)
})
