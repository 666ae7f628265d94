import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startOarlock } from '../support/oarlock.ts'
import { ask } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'
import { overGrpc, overHttp, startEdges } from './edges.ts'
import { bearer } from './example.ts'

const config = {
  serve: { api: { forwarded: 'envoy' } },
  authenticators: {
    anonymous: { enabled: true, config: { subject: 'guest' } },
    jwt: {
      enabled: true,
      config: {
        jwks_urls: ['file://deploy/quickstart/jwks.json'],
        allowed_algorithms: ['ES256'],
      },
    },
  },
  authorizers: { allow: { enabled: true } },
  mutators: { noop: { enabled: true }, header: { enabled: true, config: { headers: {} } } },
}

const rule = (id: string, headers: Readonly<Record<string, string>> | undefined) => ({
  id,
  match: { url: `<https?>://<[^/]+>/${id}`, methods: ['GET'] },
  authenticators: [{ handler: 'jwt' }, { handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [
    headers === undefined ? { handler: 'noop' } : { handler: 'header', config: { headers } },
  ],
})

const rules = [
  rule('user', { 'X-User': '{{ print .Subject }}', 'X-Empty-Role': '{{ print .Extra.role }}' }),
  rule('host', { Host: 'evil.example', 'Proxy-Authorization': 'ours', 'X-User': 'a' }),
  rule('split', { 'X-User': 'a{{ "\\r\\n" }}X-Role: admin' }),
  rule('zero', { 'X-User': 'a{{ "\\x00" }}' }),
  rule('utf8', { 'X-User': 'José ☂' }),
  rule('noop', undefined),
  {
    ...rule('rpc', { 'X-User': '{{ print .Subject }}' }),
    match: { authority: 'app.example', full_method: 'pkg.Service/Get' },
  },
]

test('headers that a rule owns, through the whole server', async t => {
  const upstream = await startUpstream(t)
  const oarlock = await startOarlock(t, { config, rules })
  const names = {
    patterns: ['x-user', 'x-empty-role', 'x-many', 'cookie'].map(exact => ({ exact })),
  }
  const http = { response: { allowed_upstream_headers: names } }
  const raw = { encode_raw_headers: true }
  const envoy = await startEdges(t, {
    edges: {
      'grpc map': { authz: overGrpc() },
      'grpc raw': { authz: overGrpc(raw) },
      'http joined': { authz: overHttp(http) },
      'http raw': { authz: overHttp({ settings: raw, ...http }) },
    },
    grpc: oarlock.grpc,
    http: oarlock.api,
    upstream: upstream.port,
  })
  const edges = ['grpc map', 'grpc raw', 'http joined', 'http raw']
  t.beforeEach(() => void upstream.take())
  const spoofed = [
    ['X-User', 'root'],
    ['x-user', 'admin'],
    ['X_User', 'root'],
    ['x_user', 'admin'],
    ['x-empty_role', 'passes: it is neither an owned header nor its underscore spelling'],
    ['x_empty_role', 'root'],
  ] as const

  for (const edge of edges) {
    const port = envoy.port(edge)

    await t.test(
      `${edge}: an owned header has the rule's value only, and its underscore spelling is removed`,
      async () => {
        for (const [headers, user] of [
          [spoofed, 'guest'],
          [[...spoofed, bearer], 'alice'],
        ] as const) {
          assert.equal((await ask(port, { target: '/user', headers })).status, 200)
          const received = upstream.only()
          assert.deepEqual(received.all('x-user'), [user])
          assert.deepEqual([received.all('x_user'), received.all('x_empty_role')], [[], []])
          assert.deepEqual(received.all('x-envoy-auth-headers-to-remove'), [])
        }
      },
    )

    await t.test(
      `${edge}: Connection cannot name an owned header and have it removed`,
      async () => {
        const headers = [['Connection', 'X-User, close'], bearer] as const
        await ask(port, { target: '/user', headers })
        assert.deepEqual(upstream.only().all('x-user'), ['alice'])
      },
    )

    for (const target of ['/split', '/zero']) {
      await t.test(
        `${edge}: ${target}: a value that would split is an internal error`,
        async () => {
          const { status, text } = await ask(port, { target })
          assert.equal(status, edge.startsWith('grpc') ? 500 : 403)
          assert.match(text, /"code":500/)
          assert.deepEqual(upstream.take(), [])
        },
      )
    }

    await t.test(`${edge}: text above ASCII is sent as its UTF-8 bytes`, async () => {
      await ask(port, { target: '/utf8' })
      assert.deepEqual(upstream.only().all('x-user'), [Buffer.from('José ☂').toString('latin1')])
    })

    await t.test(
      `${edge}: a rule that owns no header does not change the client's headers`,
      async () => {
        await ask(port, { target: '/noop', headers: [['x-other', '1']] })
        assert.deepEqual(upstream.only().all('x-other'), ['1'])
      },
    )

    await t.test(`${edge}: without owned headers the request is forwarded unchanged`, async () => {
      const headers = [
        ['Cookie', 'a=1'],
        ['Cookie', 'b=2'],
        ['X-User', 'theirs'],
        ['X-Many', '1'],
        ['X-Many', '2'],
        ['X-Envoy-Auth-Headers-To-Remove', 'x-many, x-user'],
      ] as const
      await ask(port, { target: '/noop', headers })
      const received = upstream.only()
      assert.equal(received.all('cookie').join('; '), 'a=1; b=2')
      assert.deepEqual([received.all('x-user'), received.all('x-many')], [['theirs'], ['1', '2']])
    })

    await t.test(`${edge}: two Authorization headers are denied`, async () => {
      const headers = [bearer, ['Authorization', 'Bearer other']] as const
      assert.equal((await ask(port, { target: '/user', headers })).status, 401)
      assert.deepEqual(upstream.take(), [])
    })
  }

  await t.test('over gRPC a rule cannot change the host of the request', async () => {
    const headers = [['Proxy-Authorization', 'Basic cm9vdDpyb290']] as const
    await ask(envoy.port('grpc raw'), { target: '/host', headers })
    const received = upstream.only()
    assert.deepEqual(received.all('host'), ['app.example'])
    // Owned and not set here: the client's header is removed.
    assert.deepEqual(received.all('proxy-authorization'), [])
  })

  await t.test('a gRPC rule allows its method and no other', async () => {
    const headers = [['Content-Type', 'application/grpc'], ['X-User', 'root'], bearer] as const
    const call = (method: string) =>
      ask(envoy.port('grpc raw'), { method: 'POST', target: `/pkg.Service/${method}`, headers })
    assert.equal((await call('Get')).status, 200)
    assert.deepEqual(upstream.only().all('x-user'), ['alice'])
    assert.deepEqual((await call('Delete')).all('grpc-status'), ['12'])
    assert.deepEqual(upstream.take(), [])
  })
})
