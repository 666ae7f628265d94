/** `remove_credential` through Envoy: nothing of the credential reaches the upstream, however the client wrote it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startOarlock } from '../support/oarlock.ts'
import { ask } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'
import { overGrpc, startEdges } from './edges.ts'

const config = {
  authenticators: {
    anonymous: { enabled: true, config: { subject: 'guest' } },
    jwt: { enabled: true, config: { jwks_urls: ['file://deploy/quickstart/jwks.json'] } },
  },
  authorizers: { allow: { enabled: true } },
  mutators: { noop: { enabled: true } },
}

const rule = (id: string, from: object) => ({
  id,
  match: { paths: [`/${id}`] },
  authenticators: [
    { handler: 'jwt', remove_credential: true, config: { token_from: from } },
    { handler: 'anonymous' },
  ],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
})

const rules = [
  rule('query', { query_parameter: 'token' }),
  rule('cookie', { cookie: 'token' }),
  rule('header', { header: 'X-Token' }),
  rule('subprotocols', { websocket_protocol: 'bearer' }),
]

test('credentials that must not reach the upstream, through Envoy', async t => {
  const upstream = await startUpstream(t)
  const oarlock = await startOarlock(t, { config, rules })
  const envoy = await startEdges(t, {
    edges: { grpc: { authz: overGrpc({ encode_raw_headers: true }) } },
    grpc: oarlock.grpc,
    http: oarlock.api,
    upstream: upstream.port,
  })
  const port = envoy.port('grpc')
  const pass = async (target: string, headers: readonly (readonly [string, string])[] = []) => {
    const answer = await ask(port, { target, host: 'shop.example', headers })
    assert.equal(answer.status, 200, target)
    return upstream.only()
  }
  t.beforeEach(() => void upstream.take())

  for (const [sent, received] of [
    ['token=x&page=2', 'page=2'],
    ['page=2&to%6ben=x', 'page=2'],
    ['%74%6f%6B%65%6e=x&page=2&token=y', 'page=2'],
    ['page=2&token', 'page=2'],
  ] as const) {
    await t.test(`the query ${sent}`, async () => {
      const { target } = await pass(`/query?${sent}`)
      assert.equal(target, `/query?${received}`)
    })
  }

  await t.test('cookies in several lines', async () => {
    const request = await pass('/cookie', [
      ['Cookie', 'a=1; token=x'],
      ['Cookie', 'token=y; b="2 3"'],
    ])
    assert.deepEqual(request.all('cookie').join('; ').split(/; */), ['a=1', 'b="2 3"'])
  })

  for (const [sent, received] of [
    ['chat, bearer, x, v2', ['chat, v2']],
    ['bearer, x', []],
    ['chat, v2', ['chat, v2']],
  ] as const) {
    await t.test(`the subprotocols ${sent}`, async () => {
      const request = await pass('/subprotocols', [['Sec-WebSocket-Protocol', sent]])
      assert.deepEqual(request.all('sec-websocket-protocol'), received)
    })
  }

  await t.test('a header in several lines and spellings', async () => {
    const request = await pass('/header', [
      ['X-Token', 'x'],
      ['x-token', 'y'],
      ['X_Token', 'z'],
    ])
    for (const name of ['x-token', 'x_token']) assert.deepEqual(request.all(name), [], name)
  })
})
