import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { JwtConfig } from '../../../src/handlers/authenticators/jwt.ts'
import { createHttp } from '../../../src/outbound/http.ts'
import type { KeySets, KeySetsOptions } from '../../../src/outbound/key-sets.ts'
import {
  type Ask,
  type Clock,
  createAsk,
  createClock,
  createTestKeySets,
  shown,
  startOfTest,
} from '../../support/jwt.ts'
import {
  inline,
  keySetOf,
  makeKey,
  makeRawToken,
  makeToken,
  type TestKey,
} from '../../support/keys.ts'
import { stubServer } from '../../support/stub-server.ts'

const one = makeKey('ES256', 'one')
const two = makeKey('ES256', 'two')
const second = 1000
const ttl = 30 * second

const configOf = (jwks_urls: string[], some: Partial<JwtConfig> = {}): JwtConfig => ({
  jwks_urls,
  jwks_ttl: '30s',
  jwks_max_wait: '1s',
  scope_strategy: 'none',
  leeway: '0s',
  allowed_algorithms: ['ES256'],
  ...some,
})

interface Issuer {
  readonly url: string
  readonly calls: readonly unknown[]
  /** Replaces the keys; none: the source answers 404. */
  serve(...keys: readonly TestKey[]): void
}

async function startIssuer(t: TestContext, ...first: readonly TestKey[]): Promise<Issuer> {
  let keys = first
  const { origin, calls } = await stubServer(t, (_, response) =>
    response.writeHead(keys.length === 0 ? 404 : 200).end(keySetOf(...keys)),
  )
  return {
    url: origin,
    calls,
    serve: (...next) => {
      keys = next
    },
  }
}

function withSockets(t: TestContext, clock: Clock, options: Partial<KeySetsOptions> = {}): KeySets {
  const http = createHttp({ timeout: 5000, concurrent: 8, bytes: 2 ** 20 })
  t.after(() => http.close())
  return createTestKeySets(t, clock, { http, ...options })
}

/** Whether the result was a session, and not a promise. */
function atOnce(ask: Ask, token: string): boolean {
  const outcome = ask(token)
  return 'kind' in outcome && outcome.kind === 'session'
}

/** Waits another turn of the event loop until the condition is true. */
async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise(resolve => setImmediate(resolve))
}

test('a cached token is accepted at once, and its claims cannot be changed', async t => {
  const clock = createClock()
  const ask = createAsk(configOf([inline(keySetOf(one))]), createTestKeySets(t, clock), clock)
  const token = await makeToken(one, { sub: 'alice', roles: ['a'] })
  assert.ok('then' in ask(token))
  await ask(token)
  assert.ok(atOnce(ask, token))
  const outcome = await ask(token)
  assert.ok(outcome.kind === 'session')
  assert.throws(() => Object.assign(outcome.extra ?? {}, { sub: 'root' }), TypeError)
  const { roles } = outcome.extra ?? {}
  assert.throws(() => Array.isArray(roles) && roles.push('admin'), TypeError)
})

test('a new token is accepted at once if its key is cached', async t => {
  const clock = createClock()
  const ask = createAsk(configOf([inline(keySetOf(one))]), createTestKeySets(t, clock), clock)
  await ask(makeRawToken(one))
  assert.ok(atOnce(ask, makeRawToken(one, { payload: '{"sub":"bob"}' })))
})

test('a cached token expires with its exp', async t => {
  const clock = createClock()
  const ask = createAsk(configOf([inline(keySetOf(one))]), createTestKeySets(t, clock), clock)
  const token = await makeToken(one, { sub: 'alice', exp: startOfTest + 10 })
  assert.equal(shown(await ask(token)), 'session of alice')
  clock.now += 10 * second - 1
  assert.equal(shown(await ask(token)), 'session of alice')
  clock.now += 1
  assert.match(shown(await ask(token)), /token is expired/)
})

test('each rule checks a cached token by its own configuration', async t => {
  const clock = createClock()
  const keySets = createTestKeySets(t, clock)
  const urls = [inline(keySetOf(one))]
  const token = await makeToken(one, { sub: 'alice', scope: 'read', aud: 'a', iss: 'i' })
  const say = async (some: Partial<JwtConfig>) =>
    shown(await createAsk(configOf(urls, some), keySets, clock)(token))
  assert.equal(await say({ required_scope: ['read'], scope_strategy: 'exact' }), 'session of alice')
  assert.match(
    await say({ required_scope: ['write'], scope_strategy: 'exact' }),
    /missing required scope/,
  )
  assert.match(await say({ target_audience: ['b'] }), /audience/)
  assert.match(await say({ trusted_issuers: ['j'] }), /issuer/)
  assert.match(await say({ allowed_algorithms: ['RS256'] }), /not allowed/)
  assert.match(await say({ jwks_urls: [inline(keySetOf(two))] }), /no key has this kid/)
  assert.match(await say({ jwks_urls: [] }), /no key has this kid/)
  assert.equal(await say({}), 'session of alice')
})

test('a token with a changed byte does not use the cached one', async t => {
  const clock = createClock()
  const ask = createAsk(configOf([inline(keySetOf(one))]), createTestKeySets(t, clock), clock)
  const token = makeRawToken(one)
  await ask(token)
  for (const i of [0, token.indexOf('.') + 3, token.length - 5]) {
    const other = token[i] === 'x' ? 'y' : 'x'
    const changed = token.slice(0, i) + other + token.slice(i + 1)
    assert.match(shown(await ask(changed)), /^unauthorized/)
  }
})

test('a cached token is refused when its key leaves the set', async t => {
  const clock = createClock()
  const issuer = await startIssuer(t, one, two)
  const ask = createAsk(configOf([issuer.url]), withSockets(t, clock), clock)
  const token = makeRawToken(one)
  assert.equal(shown(await ask(token)), 'session of alice')
  issuer.serve(two)
  clock.now += ttl
  assert.ok(atOnce(ask, token))
  assert.equal(issuer.calls.length, 1)
  clock.now += 1
  assert.ok(atOnce(ask, token), 'no request waits for the refresh')
  await until(async () => shown(await ask(token)).startsWith('unauthorized'))
  assert.equal(shown(await ask(makeRawToken(two))), 'session of alice')
})

test('a cached token is verified again when the key of its id has changed', async t => {
  const clock = createClock()
  const issuer = await startIssuer(t, one)
  const ask = createAsk(configOf([issuer.url]), withSockets(t, clock), clock)
  const token = makeRawToken(one)
  assert.equal(shown(await ask(token)), 'session of alice')
  issuer.serve(makeKey('ES256', 'one'))
  clock.now += ttl + 1
  await until(async () => /signature is invalid/.test(shown(await ask(token))))
})

test('cached tokens are refused when the source was down for ten times the TTL', async t => {
  const clock = createClock()
  const issuer = await startIssuer(t, one)
  const ask = createAsk(configOf([issuer.url]), withSockets(t, clock), clock)
  const token = makeRawToken(one)
  await ask(token)
  issuer.serve()
  clock.now += ttl + 1
  assert.ok(atOnce(ask, token))
  await until(() => issuer.calls.length === 2)
  for (let i = 2; i < 10; i++) {
    clock.now += ttl
    await until(() => atOnce(ask, token))
  }
  clock.now += ttl
  assert.match(shown(await ask(token)), /no key has this kid/)
})

test('a token of a rotated key is accepted after one fetch', async t => {
  const clock = createClock()
  const issuer = await startIssuer(t, one)
  const ask = createAsk(configOf([issuer.url]), withSockets(t, clock), clock)
  assert.equal(shown(await ask(makeRawToken(one))), 'session of alice')
  issuer.serve(two)
  assert.equal(shown(await ask(makeRawToken(two))), 'session of alice')
  assert.equal(issuer.calls.length, 2)
})

test('a thousand forged tokens with different key ids make one fetch per cool-down', async t => {
  const clock = createClock()
  const issuer = await startIssuer(t, one)
  const keySets = withSockets(t, clock, { ttl: 3600 * second })
  const ask = createAsk(configOf([issuer.url]), keySets, clock)
  assert.equal(shown(await ask(makeRawToken(one))), 'session of alice')
  const forged = Array.from({ length: 1000 }, (_, i) =>
    makeRawToken(two, { header: JSON.stringify({ alg: 'ES256', kid: `kid-${i}` }) }),
  )
  const flood = async () => {
    const answers = await Promise.all(forged.map(async token => shown(await ask(token))))
    assert.deepEqual(
      new Set(answers),
      new Set(['unauthorized: token is unverifiable: no key has this kid']),
    )
  }
  await flood()
  await flood()
  assert.equal(issuer.calls.length, 2)
  clock.now += 30 * second
  await flood()
  assert.equal(issuer.calls.length, 3)
})

test('a token that is refused before a key is needed makes no fetch', async t => {
  const clock = createClock()
  const issuer = await startIssuer(t, one)
  const ask = createAsk(configOf([issuer.url]), withSockets(t, clock), clock)
  for (const header of [
    '{"alg":"none"}',
    '{"alg":"HS256","kid":"one"}',
    '{"alg":"XX","kid":"one"}',
    '{"alg":"ES256"}',
    '[]',
    '{"alg":"ES256","kid":"one","crit":["x"]}',
  ]) {
    assert.match(shown(await ask(makeRawToken(one, { header }))), /^unauthorized/)
  }
  assert.equal(issuer.calls.length, 0)
})

test('failures are not cached', async t => {
  const clock = createClock()
  const issuer = await startIssuer(t)
  const ask = createAsk(configOf([issuer.url]), withSockets(t, clock), clock)
  const token = makeRawToken(one)
  assert.match(shown(await ask(token)), /no key has this kid/)
  issuer.serve(one)
  clock.now += second
  assert.equal(shown(await ask(token)), 'session of alice')
})

test('the cache is bounded: the oldest of many tokens are removed', async t => {
  const clock = createClock()
  const keySets = createTestKeySets(t, clock, { memory: 100_000 })
  const ring = keySets.open([inline(keySetOf(one))])
  const [key] = await ring.find('one', { signal: new AbortController().signal })
  assert.ok(key)
  const verified = { algorithm: 'ES256', key, claims: {}, extra: {}, scopes: [], type: '' }
  const token = (i: number) => `${'t'.repeat(1000)}${i}`
  // A token that came once is not kept.
  for (let i = 0; i < 20_000; i++) {
    ring.remember(token(i), verified)
    assert.equal(ring.recall(token(i)), undefined)
    ring.remember(token(i), verified)
  }
  const kept = Array.from({ length: 20_000 }, (_, i) => ring.recall(token(i))).filter(Boolean)
  assert.equal(kept.length, Math.floor(100_000 / (1024 + 4 * 1005)))
  assert.ok(ring.recall(token(19_999)))
})

test('a token larger than the whole cache is not cached and still accepted', async t => {
  const clock = createClock()
  const keySets = createTestKeySets(t, clock, { memory: 1000 })
  const ask = createAsk(configOf([inline(keySetOf(one))]), keySets, clock)
  for (let i = 0; i < 3; i++) assert.equal(shown(await ask(makeRawToken(one))), 'session of alice')
})
