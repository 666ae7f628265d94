/** The metadata of protected resources (RFC 9728) at the API port and the proxy, and the challenge that names it. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { inline, keySetOf, makeKey, makeToken } from '../support/keys.ts'
import { type Ask, ask } from '../support/raw-http.ts'
import { startHere } from '../support/started.ts'
import { startUpstream } from '../support/upstream.ts'

const enabled = { enabled: true }
const key = makeKey('ES256', 'k')

const mcp = {
  resource: 'https://api.example/mcp',
  authorization_servers: ['https://issuer.example'],
  scopes_supported: ['read', 'write'],
  resource_name: 'Bücher',
}
const whole = { resource: 'https://api.example' }
const other = { resource: 'https://other.example:8443/mcp' }

async function site(t: TestContext, serve: object = {}) {
  const upstream = await startUpstream(t)
  const config = {
    resources: [mcp, whole, other],
    authenticators: {
      jwt: {
        enabled: true,
        config: {
          jwks_urls: [inline(keySetOf(key))],
          allowed_algorithms: ['ES256'],
          scope_strategy: 'exact',
        },
      },
    },
    authorizers: { allow: enabled },
    mutators: { noop: enabled },
    errors: { fallback: ['bearer_challenge'], handlers: { bearer_challenge: enabled } },
    serve,
  }
  const rules = [
    {
      id: 'all',
      match: { hosts: ['{host}.example', '{host}.example:8443'], paths: ['/{rest...}'] },
      authenticators: [{ handler: 'jwt', config: { required_scope: ['read', 'write'] } }],
      authorizer: { handler: 'allow' },
      mutators: [{ handler: 'noop' }],
      upstream: { url: `http://127.0.0.1:${upstream.port}` },
    },
  ]
  return { upstream, ...(await startHere(t, config, rules)) }
}

const at = '/.well-known/oauth-protected-resource'

test('the metadata of each resource is served at its place', async t => {
  const { api, proxy, upstream } = await site(t)
  for (const port of [api, proxy]) {
    for (const [host, target, expected] of [
      ['api.example', `${at}/mcp`, mcp],
      ['API.example.:443', `${at}/mcp/`, mcp],
      ['api.example', at, whole],
      ['api.example', `${at}?x=1`, whole],
      ['other.example:8443', `${at}/mcp`, other],
      ['elsewhere', `http://api.example${at}/mcp`, mcp],
    ] as const) {
      const answer = await ask(port, { target, host })
      assert.equal(answer.status, 200, `${host} ${target}`)
      assert.deepEqual(JSON.parse(answer.body.toString()), expected)
      assert.deepEqual(answer.all('content-type'), ['application/json'])
      assert.deepEqual(answer.all('cache-control'), ['public, max-age=300'])
      assert.deepEqual(answer.all('access-control-allow-origin'), ['*'])
    }
  }
  assert.deepEqual(upstream.take(), [])
})

test('the API port serves it for any host where the path says which one; the proxy does not', async t => {
  const { api, proxy } = await site(t)
  assert.equal((await ask(api, { target: at, host: 'gateway.local' })).status, 200)
  assert.equal((await ask(api, { target: `${at}/mcp`, host: 'gateway.local' })).status, 404)
  assert.equal((await ask(api, { target: `${at}/none` })).status, 404)
  // A rule decides, not this page.
  for (const target of [at, `${at}/mcp/`, `${at}/mcp`])
    assert.equal((await ask(proxy, { target, host: 'elsewhere.example' })).status, 401)
  assert.equal((await ask(proxy, { target: `${at}/none`, host: 'api.example' })).status, 401)
})

test('other spellings of the path, and requests that are not valid, are decided by rules', async t => {
  const { proxy, upstream } = await site(t)
  const send = (request: Ask) => ask(proxy, { host: 'api.example', ...request })
  for (const target of [`/%2ewell-known/oauth-protected-resource`, `/x/..${at}`, `${at}x`])
    assert.equal((await send({ target })).status, 401, target)
  for (const target of [`${at}/%zz`, `${at}/..;/mcp`, `${at}/\\`])
    assert.equal((await send({ target })).status, 400, target)
  assert.equal((await send({ target: at, headers: [['Host', 'b']] })).status, 400)
  assert.deepEqual(upstream.take(), [])
})

test('GET and HEAD are answered, a pre-flight is allowed, others are 405', async t => {
  const { api, proxy, upstream } = await site(t, {
    api: { cors: { enabled: true, allowed_origins: ['http://page.example'] } },
    proxy: { cors: { enabled: true, allowed_origins: ['http://page.example'] } },
  })
  for (const port of [api, proxy]) {
    const send = (request: Ask) => ask(port, { host: 'api.example', target: at, ...request })
    const head = await send({ method: 'HEAD' })
    assert.deepEqual([head.status, head.text], [200, ''])
    const preflight = await send({
      method: 'OPTIONS',
      headers: [
        ['Origin', 'http://client.example'],
        ['Access-Control-Request-Method', 'GET'],
        ['Access-Control-Request-Headers', 'mcp-protocol-version'],
      ],
    })
    assert.equal(preflight.status, 204)
    assert.deepEqual(preflight.all('access-control-allow-origin'), ['*'])
    assert.deepEqual(preflight.all('access-control-allow-headers'), ['*'])
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const refused = await send({ method, body: Buffer.from('x') })
      assert.equal(refused.status, 405, method)
      assert.deepEqual(refused.all('allow'), ['GET, HEAD, OPTIONS'])
    }
  }
  assert.deepEqual(upstream.take(), [])
})

test('a challenge leads to the metadata, and says what is missing', async t => {
  const { proxy, api, upstream } = await site(t)
  const metadata = `resource_metadata="https://api.example${at}/mcp"`
  const scopes = 'scope="read write"'
  const tokens = {
    bad: 'x.y.z',
    little: await makeToken(key, { sub: 'a', scope: 'write' }),
    good: await makeToken(key, { sub: 'a', scope: 'write read' }),
  }
  for (const [port, prefix] of [
    [proxy, ''],
    [api, '/decisions'],
  ] as const) {
    const send = (token?: string) =>
      ask(port, {
        target: `${prefix}/mcp/tools`,
        host: 'api.example',
        headers: token === undefined ? [] : [['Authorization', `Bearer ${token}`]],
      })
    const nobody = await send()
    assert.equal(nobody.status, 401)
    assert.deepEqual(nobody.all('www-authenticate'), [`Bearer ${scopes}, ${metadata}`])
    const bad = await send(tokens.bad)
    assert.equal(bad.status, 401)
    assert.match(bad.all('www-authenticate')[0] ?? '', /^Bearer error="invalid_token", /)
    const little = await send(tokens.little)
    assert.equal(little.status, 403)
    assert.deepEqual(little.all('www-authenticate'), [
      `Bearer error="insufficient_scope", error_description="The access token lacks a scope", scope="read", ${metadata}`,
    ])
    assert.equal((await send(tokens.good)).status, 200)
  }
  assert.equal(upstream.take().length, 1)
})
