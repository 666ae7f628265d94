import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JwtConfig } from '../../../src/handlers/authenticators/jwt.ts'
import { createAsk, createClock, createTestKeySets, shown, startOfTest } from '../../support/jwt.ts'
import { inline, keySetOf, makeKey, makeRawToken } from '../../support/keys.ts'

const key = makeKey('ES256', 'k')
const location = inline(keySetOf(key))
const now = startOfTest
const second = 1000

interface Case {
  /** Text of the payload. */
  readonly payload: string
  readonly config?: Partial<JwtConfig>
  /** Milliseconds that the clock is ahead of `now`. */
  readonly ahead?: number
  readonly answer: string
}

const ok = 'session of alice'
const invalid = (what: string) => `unauthorized: token has invalid claims: ${what}`
const expired = invalid('token is expired')
const early = invalid('token is not valid yet')
const issuedLater = invalid('token used before issued')

const withClaim = (claim: string) => `{"sub":"alice",${claim}}`

const times: readonly (readonly [claim: string, answer: string, ahead?: number])[] = [
  [`"exp":${now + 1}`, ok],
  [`"exp":${now + 1}`, ok, second - 1],
  [`"exp":${now + 1}`, expired, second],
  [`"exp":${now}`, expired],
  [`"exp":${now + 1}.9`, expired, second],
  ['"exp":0', ok],
  ['"exp":-0.0', ok],
  ['"exp":0.5', expired],
  ['"exp":-1', expired],
  ['"exp":1e18', ok],
  ['"exp":1e300', invalid('exp is invalid')],
  ['"exp":-1e300', invalid('exp is invalid')],
  [`"exp":"${now + 1}"`, invalid('exp is invalid')],
  ['"exp":null', invalid('exp is invalid')],
  ['"exp":true', invalid('exp is invalid')],
  ['"exp":[]', invalid('exp is invalid')],
  ['"exp":{}', invalid('exp is invalid')],
  [`"nbf":${now}`, ok],
  [`"nbf":${now + 1}`, early],
  [`"nbf":${now + 1}`, early, second - 1],
  [`"nbf":${now + 1}`, ok, second],
  [`"nbf":${now}.9`, ok],
  ['"nbf":0', ok],
  ['"nbf":"0"', invalid('nbf is invalid')],
  ['"nbf":null', invalid('nbf is invalid')],
  ['"nbf":1e300', invalid('nbf is invalid')],
  [`"iat":${now}`, ok],
  [`"iat":${now + 1}`, issuedLater],
  [`"iat":${now + 1}`, ok, second],
  ['"iat":"x"', invalid('iat is invalid')],
  ['"iat":false', invalid('iat is invalid')],
]

const audience = (found: string, wanted: string) =>
  `unauthorized: Token audience [${found}] is not intended for target audience ${wanted}.`

const audiences: readonly (readonly [claim: string, target: readonly string[], answer: string])[] =
  [
    ['"aud":"a"', ['a'], ok],
    ['"aud":["b","a"]', ['a'], ok],
    ['"aud":["b","a"]', ['a', 'b'], ok],
    ['"aud":"a"', ['a', 'b'], audience('a', 'b')],
    ['"aud":["a","c"]', ['b'], audience('a c', 'b')],
    ['"aud":"api-a"', ['api'], audience('api-a', 'api')],
    ['"aud":"a,b"', ['a'], audience('a,b', 'a')],
    ['"aud":"A"', ['a'], audience('A', 'a')],
    ['"aud":["a",5]', ['a'], audience('', 'a')],
    ['"aud":5', ['a'], audience('', 'a')],
    ['"aud":{"a":"a"}', ['a'], audience('', 'a')],
    ['"aud":[["a"]]', ['a'], audience('', 'a')],
    ['"aud":[]', ['a'], audience('', 'a')],
    ['"aud":""', ['a'], audience('', 'a')],
    ['"x":1', ['a'], audience('', 'a')],
    ['"aud":"anything"', [], ok],
  ]

const issuer = (found: string) =>
  `unauthorized: Token issuer does not match any trusted issuer ${found}.`
const trusted = 'https://issuer.test/'

const issuers: readonly (readonly [claim: string, trusted: readonly string[], answer: string])[] = [
  [`"iss":"${trusted}"`, [trusted], ok],
  [`"iss":"${trusted}"`, ['https://other.test', trusted], ok],
  ['"iss":"https://issuer.test"', [trusted], issuer('https://issuer.test')],
  ['"iss":"https://issuer.test/x"', [trusted], issuer('https://issuer.test/x')],
  ['"iss":"HTTPS://issuer.test/"', [trusted], issuer('HTTPS://issuer.test/')],
  [`"iss":["${trusted}"]`, [trusted], issuer('')],
  [`"iss":{"a":"${trusted}"}`, [trusted], issuer('')],
  ['"iss":null', [trusted], issuer('')],
  ['"x":1', [trusted], issuer('')],
  ['"iss":"anyone"', [], ok],
]

const lacks = (scope: string) =>
  `unauthorized: JSON Web Token is missing required scope "${scope}".`

const scopes: readonly (readonly [claim: string, config: Partial<JwtConfig>, answer: string])[] = [
  ['"scope":"a b"', { required_scope: ['a', 'b'], scope_strategy: 'exact' }, ok],
  ['"scp":["a"]', { required_scope: ['a', 'b'], scope_strategy: 'exact' }, lacks('b')],
  ['"scp":null,"scope":"a"', { required_scope: ['a'], scope_strategy: 'exact' }, lacks('a')],
  ['"scope":"a.b"', { required_scope: ['a'], scope_strategy: 'hierarchic' }, lacks('a')],
  ['"scope":"a"', { required_scope: ['a.b'], scope_strategy: 'hierarchic' }, ok],
  ['"scope":"a.*"', { required_scope: ['a.b'], scope_strategy: 'wildcard' }, ok],
  [
    '"scope":"administrator"',
    { required_scope: ['admin'], scope_strategy: 'wildcard' },
    lacks('admin'),
  ],
  ['"x":1', { required_scope: [], scope_strategy: 'exact' }, ok],
  [
    '"scope":"a"',
    { required_scope: ['a'], scope_strategy: 'none' },
    'unauthorized: Scope validation was requested but scope strategy is set to "none".',
  ],
]

const cases: readonly Case[] = [
  ...times.map(([claim, answer, ahead = 0]) => ({ payload: withClaim(claim), answer, ahead })),
  ...audiences.map(([claim, target, answer]) => ({
    payload: withClaim(claim),
    answer,
    config: { target_audience: [...target] },
  })),
  ...issuers.map(([claim, from, answer]) => ({
    payload: withClaim(claim),
    answer,
    config: { trusted_issuers: [...from] },
  })),
  ...scopes.map(([claim, config, answer]) => ({ payload: withClaim(claim), answer, config })),
  {
    payload: withClaim(`"exp":${now},"aud":"x","iss":"x"`),
    config: { target_audience: ['a'], trusted_issuers: ['i'], required_scope: ['s'] },
    answer: expired,
  },
  {
    payload: withClaim('"aud":"x","iss":"x"'),
    config: { target_audience: ['a'], trusted_issuers: ['i'], required_scope: ['s'] },
    answer: audience('x', 'a'),
  },
  {
    payload: withClaim('"aud":"a","iss":"x"'),
    config: { target_audience: ['a'], trusted_issuers: ['i'], required_scope: ['s'] },
    answer: issuer('x'),
  },
]

for (const { payload, config = {}, ahead = 0, answer } of cases) {
  test(`${payload} for ${JSON.stringify(config)} at +${ahead} ms: ${answer}`, async t => {
    const clock = createClock()
    const keySets = createTestKeySets(t, clock)
    const ask = createAsk(
      {
        jwks_urls: [location],
        jwks_ttl: '30s',
        jwks_max_wait: '1s',
        scope_strategy: 'none',
        leeway: '0s',
        allowed_algorithms: ['ES256'],
        ...config,
      },
      keySets,
      clock,
    )
    clock.now += ahead
    const token = makeRawToken(key, { payload })
    assert.equal(shown(await ask(token)), answer)
    assert.equal(shown(await ask(token)), answer, 'the results are the same for a cached token')
  })
}
