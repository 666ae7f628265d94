import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import {
  basic,
  client,
  type IdentityProvider,
  resource,
  startIdentityProvider,
} from '../support/identity-provider.ts'
import { makeKey } from '../support/keys.ts'
import { type Oarlock, startOarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { stubServer } from '../support/stub-server.ts'

const old = makeKey('RS256', 'old')
const fresh = makeKey('RS256', 'fresh')
const curve = makeKey('ES256', 'curve')

interface Authenticator {
  readonly name: string
  readonly config: object
}

const startWith = (t: TestContext, { name, config }: Authenticator): Promise<Oarlock> =>
  startOarlock(t, {
    config: {
      authenticators: { [name]: { enabled: true, config } },
      authorizers: { allow: { enabled: true } },
      mutators: {
        header: {
          enabled: true,
          config: {
            headers: {
              'X-User': '{{ print .Subject }}',
              'X-Scope': '{{ print .Extra.scope }}',
              'X-Scp': '{{ print .Extra.scp }}',
              'X-Client': '{{ print .Extra.client_id }}',
            },
          },
        },
      },
    },
    rules: [
      {
        id: 'r',
        match: { url: 'http://h/<.*>', methods: ['GET'] },
        authenticators: [{ handler: name }],
        authorizer: { handler: 'allow' },
        mutators: [{ handler: 'header' }],
      },
    ],
  })

async function ask({ api }: Oarlock, authorization: string): Promise<Response> {
  const answer = await fetch(`http://${loopback}:${api}/decisions/`, {
    headers: {
      Authorization: authorization,
      'X-Forwarded-Host': 'h',
      'X-Forwarded-Proto': 'http',
    },
  })
  await answer.arrayBuffer()
  return answer
}

const statusOf = async (oarlock: Oarlock, authorization: string): Promise<number> =>
  (await ask(oarlock, authorization)).status

const count = (calls: readonly string[], path: string): number =>
  calls.filter(call => call.startsWith(path)).length

const jwt = ({ issuer }: IdentityProvider, extra: object = {}): Authenticator => ({
  name: 'jwt',
  config: {
    jwks_urls: [`${issuer}/jwks`],
    trusted_issuers: [issuer],
    target_audience: [resource],
    allowed_algorithms: ['RS256', 'ES256'],
    scope_strategy: 'exact',
    ...extra,
  },
})

for (const key of [old, curve]) {
  test(`jwt: an access token of the provider signed with ${key.alg} is accepted`, async t => {
    const provider = await startIdentityProvider(t, key)
    const oarlock = await startWith(t, jwt(provider, { required_scope: ['read'] }))
    const token = await provider.token({ scope: 'read write', resource })
    const answer = await ask(oarlock, `Bearer ${token}`)
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('x-user'), client.id)
    assert.equal(answer.headers.get('x-scp'), '[read write]')
    const weak = await provider.token({ scope: 'write', resource })
    assert.equal(await statusOf(oarlock, `Bearer ${weak}`), 401)
    const opaque = await provider.token({ scope: 'read' })
    assert.equal(await statusOf(oarlock, `Bearer ${opaque}`), 401)
    const [head, , signature] = token.split('.')
    const [, payload] = weak.split('.')
    assert.equal(await statusOf(oarlock, `Bearer ${head}.${payload}.${signature}`), 401)
  })
}

test('jwt: a token of another issuer with the same keys, or for another audience, is denied', async t => {
  const [provider, other] = [
    await startIdentityProvider(t, old),
    await startIdentityProvider(t, old),
  ]
  const oarlock = await startWith(t, jwt(provider))
  const foreign = await other.token({ scope: 'read', resource })
  assert.equal(await statusOf(oarlock, `Bearer ${foreign}`), 401)
  const elsewhere = await startWith(t, jwt(provider, { target_audience: ['https://elsewhere'] }))
  const token = await provider.token({ scope: 'read', resource })
  assert.equal(await statusOf(elsewhere, `Bearer ${token}`), 401)
  assert.equal(await statusOf(oarlock, `Bearer ${token}`), 200)
})

test('jwt: a new key works at once, a removed one stops working after the set was read again', async t => {
  const provider = await startIdentityProvider(t, old)
  const oarlock = await startWith(t, jwt(provider, { jwks_ttl: '1s' }))
  const first = `Bearer ${await provider.token({ scope: 'read', resource })}`
  assert.equal(await statusOf(oarlock, first), 200)

  provider.rotate(fresh, old)
  const second = `Bearer ${await provider.token({ scope: 'read', resource })}`
  assert.equal(await statusOf(oarlock, second), 200, 'the key is fetched when it is first seen')
  assert.equal(await statusOf(oarlock, first), 200, 'the old key is still published')

  provider.rotate(fresh)
  for (let round = 0; (await statusOf(oarlock, first)) === 200; round++) {
    assert.ok(round < 100, 'the removed key is used forever')
    await pause(50)
  }
  assert.equal(await statusOf(oarlock, first), 401)
  assert.equal(await statusOf(oarlock, second), 200)
})

test('jwt: a provider that is down for a while causes no denial', async t => {
  const provider = await startIdentityProvider(t, old)
  const oarlock = await startWith(t, jwt(provider, { jwks_ttl: '1s' }))
  const token = `Bearer ${await provider.token({ scope: 'read', resource })}`
  assert.equal(await statusOf(oarlock, token), 200)
  await provider.stop()
  await pause(1200)
  for (let round = 0; round < 5; round++) assert.equal(await statusOf(oarlock, token), 200)
})

test('jwt: many forged key ids make one call to the provider', async t => {
  const provider = await startIdentityProvider(t, old)
  const oarlock = await startWith(t, jwt(provider))
  const token = await provider.token({ scope: 'read', resource })
  assert.equal(await statusOf(oarlock, `Bearer ${token}`), 200)
  const before = count(provider.calls, '/jwks')
  const [, payload, signature] = token.split('.')
  const forged = (kid: number): string => {
    const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: `${kid}` })).toString(
      'base64url',
    )
    return `Bearer ${header}.${payload}.${signature}`
  }
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) => statusOf(oarlock, forged(index))),
  )
  assert.deepEqual([...new Set(answers)], [401])
  assert.equal(count(provider.calls, '/jwks') - before, 1)
})

const discovered = ({ issuer }: IdentityProvider, extra: object = {}): Authenticator => ({
  name: 'jwt',
  config: {
    metadata_url: `${issuer}/.well-known/openid-configuration`,
    target_audience: [resource],
    allowed_algorithms: ['RS256', 'ES256'],
    scope_strategy: 'exact',
    ...extra,
  },
})

test('jwt: the metadata of the provider give issuer and keys', async t => {
  const [provider, other] = [
    await startIdentityProvider(t, old),
    await startIdentityProvider(t, old),
  ]
  const oarlock = await startWith(
    t,
    discovered(provider, {
      token_types: ['at+jwt'],
      leeway: '1s',
      trusted_issuers: ['http://127.0.0.1:<[0-9]+>'],
      required_claims: [
        { path: 'client_id', equals: client.id },
        { path: 'iss', matches: 'http://<[0-9.:]+>' },
      ],
    }),
  )
  const token = await provider.token({ scope: 'read', resource })
  const answers = await Promise.all([1, 2, 3, 4].map(() => statusOf(oarlock, `Bearer ${token}`)))
  assert.deepEqual(answers, [200, 200, 200, 200])
  assert.equal(count(provider.calls, '/.well-known/openid-configuration'), 1)
  assert.equal(count(provider.calls, '/jwks'), 1)
  const foreign = await other.token({ scope: 'read', resource })
  assert.equal(await statusOf(oarlock, `Bearer ${foreign}`), 401)
})

test('jwt: keys that the provider changes are followed through its metadata', async t => {
  const provider = await startIdentityProvider(t, old)
  const oarlock = await startWith(t, discovered(provider, { jwks_ttl: '1s' }))
  const first = `Bearer ${await provider.token({ scope: 'read', resource })}`
  assert.equal(await statusOf(oarlock, first), 200)
  provider.rotate(fresh)
  const second = `Bearer ${await provider.token({ scope: 'read', resource })}`
  assert.equal(await statusOf(oarlock, second), 200)
  for (let round = 0; (await statusOf(oarlock, first)) === 200; round++) {
    assert.ok(round < 100, 'the removed key is used forever')
    await pause(50)
  }
})

test('jwt: without the document of the provider tokens are denied', async t => {
  const provider = await startIdentityProvider(t, old)
  const token = await provider.token({ scope: 'read', resource })
  const { issuer } = provider
  for (const config of [
    { metadata_url: `${issuer}/nothing/.well-known/openid-configuration` },
    { metadata_url: `${issuer}/jwks`, issuer },
    { issuer: 'https://other.example' },
  ]) {
    const oarlock = await startWith(t, discovered(provider, { jwks_max_wait: '300ms', ...config }))
    assert.equal(await statusOf(oarlock, `Bearer ${token}`), 401, JSON.stringify(config))
  }
})

test('introspection: the metadata of the provider give the endpoint and the issuer', async t => {
  const provider = await startIdentityProvider(t, old)
  const { issuer } = provider
  const start = (extra: object) =>
    startWith(t, {
      name: 'oauth2_introspection',
      config: {
        metadata_url: `${issuer}/.well-known/openid-configuration`,
        introspection_request_headers: { Authorization: basic },
        scope_strategy: 'exact',
        ...extra,
      },
    })
  const oarlock = await start({
    trusted_issuers: [issuer],
    required_claims: [{ path: 'client_id', equals: client.id }],
    cache: { enabled: true },
  })
  const token = await provider.token({ scope: 'read' })
  for (let round = 0; round < 3; round++) {
    assert.equal(await statusOf(oarlock, `Bearer ${token}`), 200)
  }
  assert.equal(count(provider.calls, '/token/introspection'), 1)
  assert.equal(count(provider.calls, '/.well-known/openid-configuration'), 1)
  assert.equal(await statusOf(oarlock, 'Bearer of-nobody'), 401)
  const strict = await start({ required_claims: [{ path: 'sub', equals: 'alice' }] })
  assert.equal(await statusOf(strict, `Bearer ${token}`), 403)
  const elsewhere = await start({ trusted_issuers: ['https://other.example'] })
  assert.equal(await statusOf(elsewhere, `Bearer ${token}`), 403)
  const lost = await start({ metadata_url: `${issuer}/jwks`, issuer })
  assert.equal(await statusOf(lost, `Bearer ${token}`), 500)
})

const introspection = ({ issuer }: IdentityProvider, extra: object = {}): Authenticator => ({
  name: 'oauth2_introspection',
  config: {
    introspection_url: `${issuer}/token/introspection`,
    introspection_request_headers: { Authorization: basic },
    scope_strategy: 'exact',
    ...extra,
  },
})

test('introspection: each use of an opaque token makes a call', async t => {
  const provider = await startIdentityProvider(t, old)
  const oarlock = await startWith(t, introspection(provider, { required_scope: ['read'] }))
  const token = await provider.token({ scope: 'read' })
  const answer = await ask(oarlock, `Bearer ${token}`)
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('x-scope'), 'read')
  assert.equal(answer.headers.get('x-client'), client.id)
  assert.equal(await statusOf(oarlock, `Bearer ${token}`), 200)
  assert.equal(count(provider.calls, '/token/introspection'), 2)
  assert.equal(await statusOf(oarlock, 'Bearer of-nobody'), 401)
  const weak = await provider.token({ scope: 'write' })
  assert.equal(await statusOf(oarlock, `Bearer ${weak}`), 403)
  await provider.revoke(token)
  assert.equal(await statusOf(oarlock, `Bearer ${token}`), 401)
})

test('introspection: with a cache there is one call until the TTL ends', async t => {
  const provider = await startIdentityProvider(t, old)
  const cache = { enabled: true, ttl: '5s' }
  const oarlock = await startWith(t, introspection(provider, { cache }))
  const token = await provider.token({ scope: 'read' })
  for (let round = 0; round < 5; round++) {
    assert.equal(await statusOf(oarlock, `Bearer ${token}`), 200)
  }
  assert.equal(count(provider.calls, '/token/introspection'), 1)
  await provider.revoke(token)
  for (let round = 0; (await statusOf(oarlock, `Bearer ${token}`)) === 200; round++) {
    assert.ok(round < 400, 'a revoked token is accepted forever')
    await pause(50)
  }
  assert.equal(await statusOf(oarlock, `Bearer ${token}`), 401)
})

test('introspection: wrong client credentials deny every request', async t => {
  const provider = await startIdentityProvider(t, old)
  const wrong = `Basic ${Buffer.from('app:wrong').toString('base64')}`
  const oarlock = await startWith(
    t,
    introspection(provider, { introspection_request_headers: { Authorization: wrong } }),
  )
  const token = await provider.token({ scope: 'read' })
  assert.equal(await statusOf(oarlock, `Bearer ${token}`), 500)
})

test("introspection: the client's own token is fetched once and sent", async t => {
  const provider = await startIdentityProvider(t, old)
  const seen: string[] = []
  const endpoint = await stubServer(t, (request, response) => {
    seen.push(request.headers.authorization ?? '')
    response.setHeader('Content-Type', 'application/json')
    response.end('{"active":true,"sub":"alice"}')
  })
  const oarlock = await startWith(t, {
    name: 'oauth2_introspection',
    config: {
      introspection_url: `${endpoint.origin}/introspect`,
      pre_authorization: {
        enabled: true,
        client_id: client.id,
        client_secret: client.secret,
        token_url: `${provider.issuer}/token`,
        scope: ['read'],
      },
    },
  })
  const answers = await Promise.all([1, 2, 3, 4].map(() => statusOf(oarlock, 'Bearer x')))
  assert.deepEqual(answers, [200, 200, 200, 200])
  assert.equal(count(provider.calls, '/token 200'), 1)
  assert.deepEqual([...new Set(seen)].length, 1)
  const [sent = ''] = seen
  const own = await fetch(`${provider.issuer}/token/introspection`, {
    method: 'POST',
    headers: { Authorization: basic },
    body: new URLSearchParams({ token: sent.replace('Bearer ', '') }),
  })
  const { active, scope } = (await own.json()) as { active: boolean; scope: string }
  assert.deepEqual([active, scope], [true, 'read'])
})

const clientCredentials = ({ issuer }: IdentityProvider, extra: object = {}): Authenticator => ({
  name: 'oauth2_client_credentials',
  config: { token_url: `${issuer}/token`, ...extra },
})

test('client credentials: a known client is accepted', async t => {
  const provider = await startIdentityProvider(t, old)
  const oarlock = await startWith(t, clientCredentials(provider, { required_scope: ['read'] }))
  const answer = await ask(oarlock, basic)
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('x-user'), client.id)
  const guess = `Basic ${Buffer.from('app:guess').toString('base64')}`
  assert.equal(await statusOf(oarlock, guess), 401)
  assert.equal(await statusOf(oarlock, `Basic ${Buffer.from('x:y').toString('base64')}`), 401)
})

test('client credentials: a scope that the client may not have is denied', async t => {
  const provider = await startIdentityProvider(t, old)
  const oarlock = await startWith(t, clientCredentials(provider, { required_scope: ['admin'] }))
  assert.equal(await statusOf(oarlock, basic), 401)
})

test('client credentials: with a cache there is one call to the provider; each use of a wrong secret makes a call', async t => {
  const provider = await startIdentityProvider(t, old)
  const oarlock = await startWith(t, clientCredentials(provider, { cache: { enabled: true } }))
  for (let round = 0; round < 4; round++) assert.equal(await statusOf(oarlock, basic), 200)
  assert.equal(count(provider.calls, '/token'), 1)
  const guess = `Basic ${Buffer.from('app:guess').toString('base64')}`
  for (let round = 0; round < 2; round++) assert.equal(await statusOf(oarlock, guess), 401)
  assert.equal(count(provider.calls, '/token 401'), 2)
})
