import assert from 'node:assert/strict'
import { createHmac, createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { rawHeaders } from '../support/check.ts'
import {
  base64url,
  keySetOf,
  makeKey,
  makeRawToken,
  makeToken,
  sharedKey,
  signText,
} from '../support/keys.ts'
import { stubServer } from '../support/stub-server.ts'
import { type Areas, bearer, checkResult, handlers, host, open, startAreas } from './areas.ts'

const ec = makeKey('ES256', 'ec')
const rsa = makeKey('RS256', 'rsa')
const bare = makeKey('RS256', 'bare')
const shared = sharedKey('HS256', 'shared', 64)
const stranger = makeKey('ES256', 'ec')
const weak = makeKey('RS256', 'weak', 1024)
const known = [ec, rsa, shared, weak]
const { use: _, ...bareJwk } = bare.jwk

const claims = { sub: 'alice', scope: 'admin', iss: 'https://issuer.test/', aud: ['api', 'other'] }
const text = JSON.stringify(claims)
const [head = '', body = '', tail = ''] = (await makeToken(ec, claims)).split('.')

const header = (value: object) => base64url(JSON.stringify(value))
const unsigned = (alg: string) => `${header({ alg, kid: 'ec' })}.${body}.`
const raw = (claim: string) => makeRawToken(ec, { payload: `${text.slice(0, -1)},${claim}}` })
const withHeader = (value: object) =>
  makeRawToken(ec, { header: JSON.stringify({ alg: 'ES256', kid: 'ec', ...value }), payload: text })
const changed = (claim: object) => makeToken(ec, { ...claims, ...claim })

function signedWithPublicKey(secret: string | Buffer): string {
  const signed = `${header({ alg: 'HS256', kid: 'rsa' })}.${body}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
const pem = createPublicKey(rsa.privateKey).export({ type: 'spki', format: 'pem' }).toString()

const signature = (bytes: Buffer) => `${head}.${body}.${base64url(bytes)}`
const future = Math.floor(Date.now() / 1000) + 3600

const forged: Readonly<Record<string, string>> = {
  'without a signature': unsigned('none'),
  'with alg none in another case': unsigned('nOnE'),
  'with an empty signature': `${head}.${body}.`,
  'signed by an unknown key under a known id': makeRawToken(stranger, { payload: text }),
  'signed with the public key as a secret': signedWithPublicKey(pem),
  'signed with the public key and a space before it': signedWithPublicKey(` ${pem}`),
  'signed with the public key in JSON': signedWithPublicKey(JSON.stringify(rsa.jwk)),
  'that contains its own key': makeRawToken(stranger, {
    header: JSON.stringify({ alg: 'ES256', kid: 'ec', jwk: stranger.jwk }),
    payload: text,
  }),
  'with crit': withHeader({ crit: ['x'], x: 1 }),
  'with b64': withHeader({ b64: false }),
  'with alg twice': makeRawToken(ec, {
    header: '{"alg":"none","alg":"ES256","kid":"ec"}',
    payload: text,
  }),
  'with an unknown id': withHeader({ kid: '../../dev/null' }),
  'with a name of Object.prototype as id': withHeader({ kid: '__proto__' }),
  'with a number as id': withHeader({ kid: 7 }),
  'with a signature of zero bytes': signature(Buffer.alloc(64)),
  'with a signature of 255 bytes': signature(Buffer.alloc(64, 255)),
  'with a longer signature': signature(
    Buffer.concat([signText(ec, `${head}.${body}`, 'ES256'), Buffer.alloc(1)]),
  ),
  'with padding': `${head}.${body}.${tail}==`,
  encrypted: `${header({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 1e9 })}.${body}.${tail}`,
  'with another algorithm of the key': makeRawToken(rsa, {
    header: JSON.stringify({ alg: 'RS512', kid: 'rsa' }),
    alg: 'RS512',
    payload: text,
  }),
  'signed by a key that is too short': makeRawToken(weak, { payload: text }),
  'that has expired': await changed({ exp: 1_700_000_000 }),
  'with text as expiry': raw('"exp":"4085510400"'),
  'with an expiry above the greatest number': raw('"exp":1e309'),
  'that is not valid yet': await changed({ nbf: future }),
  'issued in the future': await changed({ iat: future }),
  'of another issuer': await changed({ iss: 'https://issuer.test' }),
  'of a list of issuers': await changed({ iss: [claims.iss] }),
  'for nobody': await changed({ aud: [] }),
  'for a longer audience': await changed({ aud: 'api2' }),
  'with a longer scope': await changed({ scope: 'administrator' }),
  'with a scope in another case': await changed({ scope: 'Admin' }),
}

const accepted: Readonly<Record<string, string>> = {
  'a valid token': `${head}.${body}.${tail}`,
  'a token of an RSA key': makeRawToken(rsa, { payload: text }),
  'a token of a key without `use` and `alg`': makeRawToken(bare, { payload: text }),
  'a token with an unknown type': withHeader({ typ: 'at+jwt' }),
  'a token whose times are around now': await changed({ exp: future, nbf: 1, iat: 1 }),
  'a token with a duplicate claim, of which the last counts': raw('"scope":"admin"'),
  'a token with a list of scopes': await makeToken(ec, {
    ...claims,
    scope: undefined,
    scp: ['admin'],
  }),
}

const config = (location: string, more: object = {}) => ({
  ...handlers,
  authenticators: {
    ...handlers.authenticators,
    jwt: {
      enabled: true,
      config: {
        jwks_urls: [location],
        allowed_algorithms: ['ES256', 'RS256', 'HS256'],
        scope_strategy: 'exact',
        required_scope: ['admin'],
        target_audience: ['api'],
        trusted_issuers: [claims.iss],
        ...more,
      },
    },
  },
})

const jwtOnly = {
  ...open('jwt', `http://${host}/<.*>`),
  authenticators: [{ handler: 'jwt' }],
}

/** Both doors must give the same status. */
async function resultAtBoth({ decisions, grpc }: Areas, token: string): Promise<string | number> {
  const asked = { target: '/x', headers: [bearer(token)] }
  const [one, two] = [await decisions(asked), await grpc(asked)]
  assert.equal(one, two, 'the doors disagree')
  return one
}

test('a token that is not valid is denied at every door', async t => {
  const keys = await stubServer(t, (_, response) => response.end(keySetOf(...known, bareJwk)))
  const elsewhere = await stubServer(t, (_, response) => response.end(keySetOf(stranger)))
  const areas = await startAreas(t, { rules: [jwtOnly], config: config(keys.origin) })

  for (const [what, token] of Object.entries(accepted)) {
    await t.test(`accepted: ${what}`, async () =>
      assert.equal(await resultAtBoth(areas, token), 'jwt'),
    )
  }
  for (const [what, token] of Object.entries(forged)) {
    await t.test(`denied: a token ${what}`, async () =>
      assert.equal(await resultAtBoth(areas, token), 401),
    )
  }

  await t.test('a key set URL in a token is never called', async () => {
    for (const name of ['jku', 'x5u']) {
      const sent = { alg: 'ES256', kid: 'ec', [name]: elsewhere.origin }
      const token = makeRawToken(stranger, { header: JSON.stringify(sent), payload: text })
      assert.equal(await resultAtBoth(areas, token), 401)
    }
    assert.equal(elsewhere.calls.length, 0)
  })

  await t.test('a thousand unknown key ids make one more call', async () => {
    const before = keys.calls.length
    const tokens = Array.from({ length: 1000 }, (_, i) => withHeader({ kid: `random-${i}` }))
    const results = await Promise.all(
      tokens.map(token => areas.grpc({ target: '/x', headers: [bearer(token)] })),
    )
    assert.deepEqual(new Set(results), new Set([401]))
    assert.ok(keys.calls.length - before <= 1, `${keys.calls.length - before} calls`)
  })
})

const good = `${head}.${body}.${tail}`

/** A rule reads the header first, then a cookie. */
const twoPlaces = {
  ...open('either', `http://${host}/<.*>`),
  authenticators: [
    { handler: 'jwt' },
    { handler: 'jwt', config: { token_from: { cookie: 'session' } } },
  ],
}

const credentials: readonly (readonly [
  headers: readonly (readonly [name: string, value: string])[],
  result: string | number,
])[] = [
  [[['Authorization', `bearer ${good}`]], 'either'],
  [[['Authorization', `BEARER ${good}`]], 'either'],
  [[['Authorization', `Bearer\t${good}`]], 401],
  [[['Authorization', `Bearer  ${good}`]], 401],
  [[['Authorization', `Bearer Bearer ${good}`]], 401],
  [[['Authorization', `Bearer ${good},${good}`]], 401],
  [[['Authorization', `Bearer ${good} ${good}`]], 401],
  [[['Authorization', `Basic ${good}`]], 401],
  [[['Authorization', good]], 401],
  [[['Authorization', 'Bearer']], 401],
  [[['Proxy-Authorization', `Bearer ${good}`]], 401],
  [[['Cookie', `session=${good}`]], 'either'],
  [[['Cookie', `a=1; session=${good}; b=2`]], 'either'],
  [[['Cookie', `xsession=${good}`]], 401],
  [
    [
      ['Authorization', 'Bearer opaque'],
      ['Cookie', `session=${good}`],
    ],
    'either',
  ],
  [
    [
      ['Authorization', 'Bearer a.b.c'],
      ['Cookie', `session=${good}`],
    ],
    401,
  ],
]

const subprotocols: readonly (readonly [sent: readonly string[], result: string | number])[] = [
  [[`bearer, ${good}`], 'socket'],
  [[`chat, bearer, ${good}`], 'socket'],
  [[`Bearer, ${good}`], 401],
  [['bearer'], 401],
  [[`bearer, ${good}, ${good}`], 401],
  [[`bearer, ${good}, bearer, ${good}`], 401],
  [[`bearer,, ${good}`], 401],
  [[`${good}, bearer`], 401],
  [[`bearer, "${good}"`], 401],
  [[`bearer, ${good}x`], 401],
  [[`bearer, ${good}`, 'chat'], 401],
  [['chat', `bearer, ${good}`], 401],
]

test('a token among subprotocols is one of one list, at every door', async t => {
  const keys = await stubServer(t, (_, response) => response.end(keySetOf(...known)))
  const socket = {
    ...open('socket', `http://${host}/<.*>`),
    authenticators: [
      {
        handler: 'jwt',
        remove_credential: true,
        config: { token_from: { websocket_protocol: 'bearer' } },
      },
    ],
  }
  const areas = await startAreas(t, { rules: [socket], config: config(keys.origin) })
  for (const [sent, result] of subprotocols) {
    const headers = sent.map(value => ['Sec-WebSocket-Protocol', value] as const)
    await t.test(`${sent.join(' and ').replaceAll(good, '<token>')}: ${result}`, async () => {
      for (const way of ['decisions', 'forwarded', 'grpc', 'proxy'] as const) {
        assert.equal(await areas[way]({ target: '/x', headers }), result, way)
      }
      for (const { headers: received } of areas.upstream.take()) {
        assert.ok(!JSON.stringify(received).includes(good), 'the token reaches the upstream')
      }
    })
  }
})

test('a credential is read from the place that the rule names, without changes', async t => {
  const keys = await stubServer(t, (_, response) => response.end(keySetOf(...known)))
  const areas = await startAreas(t, { rules: [twoPlaces], config: config(keys.origin) })
  for (const [headers, result] of credentials) {
    const shown = headers.map(pair => pair.join(': ')).join(' and ')
    await t.test(`${shown.replaceAll(good, '<token>')}: ${result}`, async () => {
      assert.equal(await areas.decisions({ target: '/x', headers }), result)
      assert.equal(await areas.grpc({ target: '/x', headers }), result)
    })
  }

  await t.test('a token in the query is ignored', async () => {
    const asked = { target: `/x?access_token=${good}&token=${good}` }
    assert.equal(await areas.decisions(asked), 401)
    assert.equal(await areas.grpc(asked), 401)
  })

  await t.test('very large credentials are denied quickly', async () => {
    for (const token of ['.'.repeat(50_000), `a.${'b'.repeat(50_000)}.c`]) {
      assert.equal(await resultAtBoth(areas, token), 401)
    }
    const huge = await areas.check({
      host,
      path: '/x',
      ...rawHeaders(bearer('.'.repeat(1_000_000))),
    })
    assert.equal(checkResult(huge), 431)
  })
})

test('each rule checks its own requirements, also for a cached token', async t => {
  const read = { ...open('read', `http://${host}/read`), authenticators: [{ handler: 'jwt' }] }
  const write = {
    ...open('write', `http://${host}/write`),
    authenticators: [{ handler: 'jwt', config: { required_scope: ['write'] } }],
  }
  const keys = await stubServer(t, (_, response) => response.end(keySetOf(...known)))
  const areas = await startAreas(t, { rules: [read, write], config: config(keys.origin) })
  for (const way of [areas.decisions, areas.grpc]) {
    for (let i = 0; i < 3; i++) {
      assert.equal(await way({ target: '/read', headers: [bearer(good)] }), 'read')
      assert.equal(await way({ target: '/write', headers: [bearer(good)] }), 401)
    }
  }
})
