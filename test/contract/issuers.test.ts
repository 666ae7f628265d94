import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { createHttp } from '../../src/outbound/http.ts'
import {
  createKeySets,
  type Issuer,
  type KeySetReport,
  type MetadataLocation,
  type VerifiedToken,
} from '../../src/outbound/key-sets.ts'
import { issuersOf, parseMetadata } from '../../src/outbound/keys/metadata.ts'
import { keySetOf, makeKey } from '../support/keys.ts'
import { stubServer } from '../support/stub-server.ts'
import { until } from '../support/until.ts'

const one = makeKey('ES256', 'one')
const two = makeKey('ES256', 'two')
const second = 1000
const ttl = 30 * second
const wellKnown = '/.well-known/openid-configuration'

type Answer = string | number | ((response: ServerResponse) => void)

/** An issuer whose answers the test replaces, by path, and key sets with a clock that the test moves. */
async function bench(t: TestContext) {
  const clock = { now: 1_700_000_000_000 }
  const answers: Record<string, Answer> = {}
  const server = await stubServer(t, ({ url = '' }, response) => {
    const answer = answers[url] ?? 404
    if (typeof answer === 'function') answer(response)
    else if (typeof answer === 'number') response.writeHead(answer).end()
    else response.end(answer)
  })
  const { origin } = server
  const document = (changes: object = {}): string =>
    JSON.stringify({ issuer: origin, jwks_uri: `${origin}/keys`, ...changes })
  answers[wellKnown] = document()
  answers['/keys'] = keySetOf(one)
  const http = createHttp({ timeout: 5000, concurrent: 8, bytes: 20_000 })
  const news: KeySetReport[] = []
  const keySets = createKeySets({
    http,
    ttl,
    maxWait: 5 * second,
    now: () => clock.now,
    after: () => () => undefined,
    report: report => news.push(report),
  })
  t.after(async () => {
    keySets.close()
    await http.close()
  })
  const open = (changes: Partial<MetadataLocation> = {}): Issuer =>
    keySets.openIssuer({ url: `${origin}${wellKnown}`, ...changes })
  const callsOf = (path: string) => server.calls.filter(({ url }) => url === path).length
  const pass = (ms: number) => {
    clock.now += ms
  }
  return { origin, answers, document, keySets, news, open, pass, callsOf }
}

const waiting = () => ({ signal: AbortSignal.timeout(8 * second) })
const count = async ({ ring }: Issuer, kid = 'one'): Promise<number> =>
  (await ring.find(kid, waiting())).length

test('nothing is fetched before a key is needed; then the document and its keys, once for all', async t => {
  const { open, callsOf } = await bench(t)
  const issuer = open()
  assert.deepEqual([callsOf(wellKnown), issuer.current()], [0, undefined])
  const found = await Promise.all(Array.from({ length: 50 }, () => count(issuer)))
  assert.deepEqual([...new Set(found)], [1])
  assert.deepEqual([callsOf(wellKnown), callsOf('/keys')], [1, 1])
  assert.ok(Array.isArray(issuer.ring.find('one', waiting())), 'later it need not wait')
  assert.equal(open(), issuer)
})

test('the members of the document', async t => {
  const { open, answers, document, origin } = await bench(t)
  answers[wellKnown] = document({ introspection_endpoint: `${origin}/introspect` })
  const found = await open().find(waiting())
  assert.equal(found?.issuer, origin)
  assert.equal(found?.jwksUri, `${origin}/keys`)
  assert.equal(found?.introspectionEndpoint, `${origin}/introspect`)
})

const places: readonly (readonly [url: string, issuers: readonly string[]])[] = [
  [`https://a.test${wellKnown}`, ['https://a.test', 'https://a.test/']],
  [`https://a.test/t${wellKnown}`, ['https://a.test/t', 'https://a.test/t/']],
  [`https://a.test:8443/t/u${wellKnown}`, ['https://a.test:8443/t/u', 'https://a.test:8443/t/u/']],
  [`https://a.test${wellKnown}/t`, ['https://a.test/t', 'https://a.test/t/']],
  ['https://a.test/.well-known/oauth-authorization-server', ['https://a.test', 'https://a.test/']],
  [
    'https://a.test/.well-known/oauth-authorization-server/t',
    ['https://a.test/t', 'https://a.test/t/'],
  ],
  [`http://a.test${wellKnown}`, ['http://a.test', 'http://a.test/']],
]
for (const [url, issuers] of places) {
  test(`${url} is the document of ${issuers[0]}`, () => {
    assert.deepEqual(issuersOf({ url }), issuers)
    assert.deepEqual(issuersOf({ url, issuer: 'https://b.test/x' }), ['https://b.test/x'])
  })
}

for (const url of [
  'https://a.test/metadata.json',
  'https://a.test/t/.well-known/oauth-authorization-server',
  `https://a.test${wellKnown}?p=1`,
  `https://a.test${wellKnown}#x`,
]) {
  test(`${url} does not tell the issuer`, () => {
    assert.throws(
      () => issuersOf({ url }),
      /^Error: metadata_url: found "https.* `issuer` beside it$/,
    )
    assert.deepEqual(issuersOf({ url, issuer: 'https://a.test' }), ['https://a.test'])
  })
}

for (const url of ['file:///etc/passwd', 'inline://e30=', 'ftp://a.test/', 'https:///x', '']) {
  test(`metadata cannot be read from "${url}"`, () => {
    assert.throws(() => issuersOf({ url, issuer: 'i' }), /expected an http or https URL$/)
  })
}

test('a document from https cannot lead to http', () => {
  const read = (url: string, jwks: unknown) =>
    parseMetadata(JSON.stringify({ issuer: 'i', jwks_uri: jwks }), { url, issuers: ['i'] })
  assert.equal(typeof read('https://a.test/', 'https://b.test/k'), 'object')
  assert.equal(typeof read('http://a.test/', 'http://b.test/k'), 'object')
  assert.match(String(read('https://a.test/', 'http://b.test/k')), /expected an https URL$/)
})

const lies: Readonly<Record<string, (origin: string) => Answer>> = {
  'of another issuer': () => JSON.stringify({ issuer: 'https://other.test', jwks_uri: 'x' }),
  'of an issuer with another path': origin => JSON.stringify({ issuer: `${origin}/x` }),
  'with the issuer in another case': origin => JSON.stringify({ issuer: origin.toUpperCase() }),
  'without an issuer': origin => JSON.stringify({ jwks_uri: `${origin}/keys` }),
  'with a list of issuers': origin =>
    JSON.stringify({ issuer: [origin], jwks_uri: `${origin}/keys` }),
  'that is not JSON': () => '<html>',
  'that is a list': () => '[]',
  'that is null': () => 'null',
  'that is too long': origin =>
    JSON.stringify({ issuer: origin, jwks_uri: `${origin}/keys`, x: 'x'.repeat(20_000) }),
  'that is a redirect to another origin': () => response =>
    void response.writeHead(302, { Location: 'http://localhost:1/' }).end(),
  'that is cut off': origin => response => {
    response.writeHead(200, { 'Content-Length': '1000' })
    response.write(JSON.stringify({ issuer: origin, jwks_uri: `${origin}/keys` }))
    response.destroy()
  },
  'that does not exist': () => 404,
  'with keys in a file': origin =>
    JSON.stringify({ issuer: origin, jwks_uri: 'file:///etc/passwd' }),
  'with keys inline': origin => JSON.stringify({ issuer: origin, jwks_uri: 'inline://e30=' }),
  'with keys at a script': origin => JSON.stringify({ issuer: origin, jwks_uri: 'javascript:1' }),
  'with keys at no host': origin => JSON.stringify({ issuer: origin, jwks_uri: 'http://' }),
  'with a list of keys': origin => JSON.stringify({ issuer: origin, jwks_uri: [`${origin}/keys`] }),
  'with an endpoint that is no URL': origin =>
    JSON.stringify({ issuer: origin, jwks_uri: `${origin}/keys`, introspection_endpoint: '/x' }),
}
for (const [what, make] of Object.entries(lies)) {
  test(`a document ${what} gives no keys`, async t => {
    const { open, answers, origin, news, callsOf } = await bench(t)
    answers[wellKnown] = make(origin)
    const issuer = open()
    const caller = new AbortController()
    const work = issuer.ring.find('one', { signal: caller.signal })
    await until(() => news.length > 0, 'it is reported')
    caller.abort()
    assert.deepEqual(await work, [])
    assert.equal(issuer.current(), undefined)
    assert.equal(issuer.ring.isComplete('one'), false)
    assert.equal(callsOf('/keys'), 0)
    assert.deepEqual([news[0]?.kind, news[0]?.use], ['failed', 'issuer'])
  })
}

test('a document without keys has none', async t => {
  const { open, answers, origin } = await bench(t)
  answers[wellKnown] = JSON.stringify({ issuer: `${origin}/` })
  const issuer = open()
  assert.equal(await count(issuer), 0)
  assert.equal(issuer.current()?.issuer, `${origin}/`)
  assert.equal(issuer.ring.isComplete('one'), false)
})

test('names of Object.prototype in a document are harmless', async t => {
  const { open, answers, origin } = await bench(t)
  answers[wellKnown] = `{"__proto__":{"jwks_uri":"${origin}/keys"},"issuer":"${origin}"}`
  assert.equal(await count(open()), 0)
})

test('a named issuer counts in place of the one in the address', async t => {
  const { open, answers, document, origin } = await bench(t)
  assert.equal(await count(open({ issuer: 'https://public.test' })), 0)
  answers['/meta'] = document({ issuer: 'https://public.test' })
  const issuer = open({ url: `${origin}/meta`, issuer: 'https://public.test' })
  assert.equal(await count(issuer), 1)
  assert.equal(issuer.current()?.issuer, 'https://public.test')
})

const remembered = async ({ ring }: Issuer): Promise<VerifiedToken> => {
  const [key] = await ring.find('one', waiting())
  assert.ok(key)
  const verified = { algorithm: 'ES256', key, claims: {}, extra: {}, scopes: [], type: '' }
  // From the second time on it is kept.
  ring.remember('token', verified)
  ring.remember('token', verified)
  return verified
}

test('an old document is fetched again while it is used, and new keys at the same place keep tokens', async t => {
  const { open, pass, callsOf } = await bench(t)
  const issuer = open()
  const verified = await remembered(issuer)
  pass(ttl + 1)
  assert.equal(issuer.ring.recall('token'), verified)
  await until(() => callsOf(wellKnown) === 2, 'the document is fetched again')
  assert.equal(issuer.ring.recall('token'), verified)
})

test('another jwks_uri is followed once its keys are there, and tokens of the old keys are forgotten', async t => {
  const { open, answers, document, origin, pass, callsOf, news } = await bench(t)
  const issuer = open()
  await remembered(issuer)
  answers[wellKnown] = document({ jwks_uri: `${origin}/new` })
  pass(ttl + 1)
  assert.equal(await count(issuer), 1, 'the old keys are used meanwhile')
  await until(() => news.some(({ use }) => use === 'verify'), 'the new keys cannot be read')
  assert.equal(await count(issuer), 1)
  assert.ok(issuer.ring.recall('token'))

  answers['/new'] = keySetOf(two)
  await until(async () => {
    pass(second)
    return (await count(issuer, 'two')) === 1
  }, 'the new keys are used')
  assert.equal(await count(issuer, 'one'), 0)
  assert.equal(issuer.ring.recall('token'), undefined)
  assert.ok(callsOf('/new') > 1)
})

for (const [what, answer] of [
  ['is down', 503],
  ['lies', JSON.stringify({ issuer: 'https://other.test' })],
] as const) {
  test(`an issuer that ${what} later is used for ten TTLs, as a key set is`, async t => {
    const { open, answers, pass, news } = await bench(t)
    const issuer = open()
    await remembered(issuer)
    answers[wellKnown] = answer
    pass(ttl + 1)
    assert.equal(await count(issuer), 1)
    await until(() => news.length > 0, 'reported')
    pass(8 * ttl)
    assert.equal(await count(issuer), 1)
    pass(ttl)
    assert.equal(issuer.current(), undefined)
    assert.equal(issuer.ring.recall('token'), undefined)
    assert.equal(issuer.ring.isComplete('one'), false)
  })
}

test('an issuer that was down at first is used when it answers', async t => {
  const { open, answers, document, pass } = await bench(t)
  answers[wellKnown] = '<html>'
  const issuer = open()
  assert.equal(await count(issuer), 0)
  answers[wellKnown] = document()
  assert.equal(await count(issuer), 0, 'there is a pause after a failure')
  pass(second)
  assert.equal(await count(issuer), 1)
})

test('the states of the document and of its keys are there', async t => {
  const { open, keySets, origin } = await bench(t)
  await count(open())
  assert.deepEqual(keySets.states(), [
    { location: `${origin}${wellKnown}`, age: 0, failing: false },
    { location: `${origin}/keys`, age: 0, failing: false },
  ])
})

test('a request that ends waits no longer', async t => {
  const { open, answers } = await bench(t)
  answers[wellKnown] = () => undefined
  const caller = new AbortController()
  const work = open().ring.find('one', { signal: caller.signal })
  caller.abort()
  assert.deepEqual(await work, [])
})
