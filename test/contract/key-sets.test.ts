import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { createHttp } from '../../src/outbound/http.ts'
import {
  createKeySets,
  type KeyRing,
  type KeySetReport,
  type KeySetsOptions,
} from '../../src/outbound/key-sets.ts'
import { temporaryFolder } from '../support/folder.ts'
import { inline, keySetOf, makeKey, type TestKey } from '../support/keys.ts'
import { deadOrigin, rawServer, stubServer } from '../support/stub-server.ts'
import { until } from '../support/until.ts'

const one = makeKey('ES256', 'one')
const two = makeKey('ES256', 'two')

const second = 1000
const ttl = 30 * second

/** Key sets with a clock that the test moves; a retry starts when the test says so. */
function bench(t: TestContext, options: Partial<KeySetsOptions> = {}) {
  const clock = { now: 1_700_000_000_000 }
  const pending: { readonly ms: number; readonly run: () => void }[] = []
  const problems: string[] = []
  const news: KeySetReport[] = []
  const http = createHttp({ timeout: 5000, concurrent: 8, bytes: 2 ** 20 })
  const keySets = createKeySets({
    http,
    ttl,
    maxWait: 5 * second,
    now: () => clock.now,
    after: (ms, run) => {
      pending.push({ ms, run })
      return () => undefined
    },
    report: report => {
      news.push(report)
      if (report.kind !== 'recovered') problems.push(`${report.location} ${report.problem}`)
    },
    ...options,
  })
  t.after(async () => {
    keySets.close()
    await http.close()
  })
  const pass = (ms: number) => {
    clock.now += ms
  }
  /** Starts the next retry; returns how long it would have waited. */
  const retry = () => {
    const next = pending.shift()
    next?.run()
    return next?.ms
  }
  return { keySets, pass, retry, problems, news, pending }
}

type Reply = string | ((response: ServerResponse, request: IncomingMessage) => void)

/** A key server whose answer the test can replace. */
async function keyServer(t: TestContext, first: Reply) {
  const state = { reply: first }
  const server = await stubServer(t, (request, response) => {
    if (typeof state.reply === 'string') response.end(state.reply)
    else state.reply(response, request)
  })
  return { ...server, state, url: `${server.origin}/keys` }
}

const status = (code: number) => (response: ServerResponse) => response.writeHead(code).end()

/** A caller whose deadline is later than the time limit of key sets. */
const patient = (): AbortSignal => AbortSignal.timeout(8 * second)

const count = async (ring: KeyRing, kid: string, signal = patient()): Promise<number> =>
  (await ring.find(kid, { signal })).length

test('nothing is fetched before a key is needed', async t => {
  const server = await keyServer(t, keySetOf(one))
  const { keySets } = bench(t)
  const ring = keySets.open([server.url])
  assert.equal(server.calls.length, 0)
  assert.equal(await count(ring, 'one'), 1)
  assert.equal(server.calls.length, 1)
})

test('concurrent requests share one fetch', async t => {
  const server = await keyServer(t, keySetOf(one))
  const { keySets } = bench(t)
  const rings = [keySets.open([server.url]), keySets.open([server.url, inline(keySetOf(two))])]
  const found = await Promise.all(
    Array.from({ length: 100 }, (_, i) => count(rings[i % 2] as KeyRing, 'one')),
  )
  assert.deepEqual(new Set(found), new Set([1]))
  assert.equal(server.calls.length, 1)
})

test('a cached set answers without waiting', async t => {
  const { keySets } = bench(t)
  const ring = keySets.open([inline(keySetOf(one))])
  await count(ring, 'one')
  assert.ok(Array.isArray(ring.find('one', { signal: patient() })))
})

test('keys are returned in the order of the locations, keys of one id together', async t => {
  const [a, b, c] = [makeKey('ES256', 'k'), makeKey('EdDSA', 'k'), makeKey('ES384', 'k')]
  const { keySets } = bench(t)
  const ring = keySets.open([inline(keySetOf(a, b)), inline(keySetOf(c))])
  const keys = await ring.find('k', { signal: patient() })
  assert.deepEqual(
    keys.map(({ crv }) => crv),
    ['P-256', 'Ed25519', 'P-384'],
  )
})

test('an id in a cached set does not fetch the other sets until more keys are needed', async t => {
  const server = await keyServer(t, keySetOf(one))
  const { keySets } = bench(t)
  await count(keySets.open([inline(keySetOf(one))]), 'one')
  const ring = keySets.open([server.url, inline(keySetOf(one))])
  assert.equal(await count(ring, 'one'), 1)
  assert.equal(server.calls.length, 0)
  const more = await ring.findMore('one', { signal: patient() })
  assert.deepEqual([more?.length, server.calls.length], [1, 1])
  assert.equal(ring.findMore('one', { signal: patient() }), undefined)
})

test('a source that fails does not hide the others', async t => {
  const { keySets, problems } = bench(t)
  const urls = [`${await deadOrigin()}/keys`, inline('<html>'), inline(keySetOf(one))]
  const caller = new AbortController()
  const work = count(keySets.open(urls), 'one', caller.signal)
  await until(() => problems.length === 2, 'both problems are reported')
  caller.abort()
  assert.equal(await work, 1)
})

test('a set older than its TTL is refreshed in the background', async t => {
  const server = await keyServer(t, keySetOf(one))
  const { keySets, pass } = bench(t)
  const ring = keySets.open([server.url])
  await count(ring, 'one')
  pass(ttl)
  await count(ring, 'one')
  assert.equal(server.calls.length, 1)
  pass(1)
  server.state.reply = keySetOf(two)
  assert.ok(Array.isArray(ring.find('one', { signal: patient() })))
  await until(async () => (await count(ring, 'two')) === 1, 'the new key is found')
  assert.equal(server.calls.length, 2)
  assert.equal(await count(ring, 'one'), 0)
})

test('a clock that is set back does not make a set last longer', async t => {
  const server = await keyServer(t, keySetOf(one))
  const { keySets, pass } = bench(t)
  const ring = keySets.open([server.url])
  await count(ring, 'one')
  pass(-3600 * second)
  await count(ring, 'one')
  await until(() => server.calls.length === 2, 'the source is called again')
})

test('a set that was not used for long is fetched again before it is used, while its source answers', async t => {
  const server = await keyServer(t, keySetOf(one))
  const { keySets, pass } = bench(t)
  const ring = keySets.open([server.url])
  await count(ring, 'one')
  pass(3 * ttl)
  server.state.reply = keySetOf(two)
  assert.equal(await count(ring, 'one'), 0)
})

for (const [what, reply] of Object.entries({
  'answers 404': status(404),
  'answers 500': status(500),
  'answers HTML': '<html>',
  'hangs up': (response: ServerResponse) => response.destroy(),
})) {
  test(`a set is used for ten times its TTL while its source ${what}, not longer`, async t => {
    const server = await keyServer(t, keySetOf(one))
    const { keySets, pass } = bench(t)
    const ring = keySets.open([server.url])
    await count(ring, 'one')
    const [key] = await ring.find('one', { signal: patient() })
    server.state.reply = reply
    pass(ttl + 1)
    await count(ring, 'one')
    await until(() => server.calls.length > 1, 'the source is called again')
    for (let i = 2; i < 10; i++) {
      pass(ttl)
      assert.equal(await count(ring, 'one', AbortSignal.timeout(200)), 1)
    }
    assert.equal(key?.live(), true)
    pass(ttl)
    assert.equal(key?.live(), false)
    assert.equal(await count(ring, 'one', AbortSignal.timeout(50)), 0)
  })
}

test('a request does not wait for the refresh of a usable set whose source does not answer', async t => {
  const server = await keyServer(t, keySetOf(one))
  const { keySets, pass } = bench(t)
  const ring = keySets.open([server.url])
  await count(ring, 'one')
  server.state.reply = () => undefined
  pass(ttl + 1)
  assert.ok(Array.isArray(ring.find('one', { signal: patient() })))
  pass(5 * second + 3 * ttl)
  assert.ok(Array.isArray(ring.find('one', { signal: patient() })))
})

test('a request waits no longer than its time limit, and the fetch continues', async t => {
  const held: ServerResponse[] = []
  const server = await keyServer(t, response => void held.push(response))
  const { keySets } = bench(t, { maxWait: 20 })
  const ring = keySets.open([server.url])
  assert.equal(await count(ring, 'one'), 0)
  // The source may receive the request after the caller gave up.
  await until(() => held.length === 1, 'the source is called')
  held[0]?.end(keySetOf(one))
  await until(async () => (await count(ring, 'one')) === 1, 'the continued fetch provides the key')
  assert.equal(server.calls.length, 1)
})

test('a caller that aborts stops waiting, and the fetch continues', async t => {
  const held: ServerResponse[] = []
  const server = await keyServer(t, response => void held.push(response))
  const { keySets } = bench(t)
  const ring = keySets.open([server.url])
  assert.equal(await count(ring, 'one', AbortSignal.abort()), 0)
  await until(() => held.length === 1, 'the source is called')
  held[0]?.end(keySetOf(one))
  assert.equal(await count(ring, 'one'), 1)
})

test('a thousand unknown ids make one fetch per cool-down', async t => {
  const server = await keyServer(t, keySetOf(one))
  const { keySets, pass } = bench(t, { ttl: 3600 * second })
  const ring = keySets.open([server.url])
  assert.equal(await count(ring, 'one'), 1)
  const storm = () => Promise.all(Array.from({ length: 1000 }, (_, i) => count(ring, `r${i}`)))
  await storm()
  for (let i = 0; i < 10; i++) await count(ring, `s${i}`)
  assert.equal(server.calls.length, 2)
  pass(30 * second)
  await storm()
  assert.equal(server.calls.length, 3)
})

test('an unknown id makes one fetch if nothing was fetched before', async t => {
  const server = await keyServer(t, keySetOf(one))
  const { keySets } = bench(t)
  const ring = keySets.open([server.url])
  assert.equal(await count(ring, 'x'), 0)
  assert.equal(await count(ring, 'y'), 0)
  assert.equal(await count(ring, 'one'), 1)
  assert.equal(server.calls.length, 1)
})

test('a key that appears right after a fetch is found at once', async t => {
  const server = await keyServer(t, keySetOf(one))
  const { keySets } = bench(t)
  const ring = keySets.open([server.url])
  await count(ring, 'one')
  server.state.reply = keySetOf(two)
  assert.equal(await count(ring, 'two'), 1)
  assert.equal(server.calls.length, 2)
})

test('unknown ids do not make more calls to a source that fails', async t => {
  const server = await keyServer(t, keySetOf(one))
  const { keySets, pass } = bench(t, { ttl: 3600 * second })
  const ring = keySets.open([server.url])
  await count(ring, 'one')
  server.state.reply = status(404)
  for (let i = 0; i < 100; i++) await count(ring, `r${i}`)
  pass(29 * second)
  await count(ring, 'other')
  assert.equal(server.calls.length, 2)
  assert.equal(await count(ring, 'one'), 1)
})

test('a failing source is retried after 1, 2, 4 … s, and never later than the cool-down', async t => {
  const server = await keyServer(t, status(404))
  const { keySets, pass } = bench(t)
  const ring = keySets.open([server.url])
  for (const pause of [1, 2, 4, 8, 16, 30, 30]) {
    await count(ring, 'one')
    const asked = server.calls.length
    pass(pause * second - 1)
    await count(ring, 'one')
    assert.equal(server.calls.length, asked)
    pass(1)
  }
  server.state.reply = keySetOf(one)
  assert.equal(await count(ring, 'one'), 1)
})

for (const [what, reply] of Object.entries({
  '500': status(500),
  '429': status(429),
  'a lost connection': (response: ServerResponse) => response.destroy(),
})) {
  test(`after ${what} the fetch is retried up to five times`, async t => {
    const server = await keyServer(t, reply)
    const { keySets, retry, pending } = bench(t)
    const ring = keySets.open([server.url])
    const work = count(ring, 'one')
    const waits: (number | undefined)[] = []
    for (let i = 0; i < 4; i++) {
      await until(() => pending.length === 1, 'another attempt is scheduled')
      waits.push(retry())
    }
    assert.equal(await work, 0)
    assert.deepEqual(waits, [1000, 2000, 4000, 8000])
  })
}

for (const code of [400, 401, 404, 501]) {
  test(`after ${code} the fetch is not retried`, async t => {
    const server = await keyServer(t, status(code))
    const { keySets, pending } = bench(t)
    assert.equal(await count(keySets.open([server.url]), 'one'), 0)
    assert.deepEqual([server.calls.length, pending.length], [1, 0])
  })
}

test('a waiting request gets the keys of a later attempt', async t => {
  const server = await keyServer(t, status(503))
  const { keySets, retry, pending } = bench(t)
  const work = count(keySets.open([server.url]), 'one')
  await until(() => pending.length === 1, 'another attempt is scheduled')
  server.state.reply = keySetOf(one)
  retry()
  assert.equal(await work, 1)
})

test('closing ends a fetch and cancels its retries', async t => {
  const server = await keyServer(t, status(503))
  const { keySets, pending } = bench(t)
  const ring = keySets.open([server.url])
  const work = count(ring, 'one')
  await until(() => pending.length === 1, 'another attempt is scheduled')
  keySets.close()
  assert.equal(await work, 0)
  assert.equal(await count(ring, 'one'), 0)
  assert.equal(server.calls.length, 1)
})

test('a status from 200 to 399 with a key set is accepted', async t => {
  for (const code of [200, 201, 203, 300]) {
    const server = await keyServer(t, response => response.writeHead(code).end(keySetOf(one)))
    const { keySets } = bench(t)
    assert.equal(await count(keySets.open([server.url]), 'one'), 1)
  }
})

test('a redirect to the same origin is followed, one to another origin is not', async t => {
  const other = await keyServer(t, keySetOf(two))
  const server = await keyServer(t, (response, { url }) => {
    if (url === '/end') return response.end(keySetOf(one))
    const location = url === '/keys' ? '/end' : other.url
    return response.writeHead(302, { location }).end()
  })
  const { keySets } = bench(t)
  assert.equal(await count(keySets.open([server.url]), 'one'), 1)
  assert.equal(await count(keySets.open([`${server.origin}/away`]), 'two'), 0)
  assert.equal(other.calls.length, 0)
})

test('an answer that never ends and one that never begins give no keys, in bounded time', async t => {
  const endless = await rawServer(t, socket => {
    socket.once('data', () => {
      const pour = () => {
        while (!socket.destroyed && socket.write('HTTP/1.1 200 OK\r\n\r\n{"keys":['.repeat(99)));
      }
      socket.on('drain', pour)
      pour()
    })
  })
  const mute = await rawServer(t, () => undefined)
  const { keySets } = bench(t, { maxWait: 50 })
  assert.equal(await count(keySets.open([`${endless}/`, `${mute}/`]), 'one'), 0)
})

test('a file is read by a relative or an absolute path, and again after its TTL', async t => {
  const folder = temporaryFolder(t)
  const path = `${folder}/keys #1.json`
  await writeFile(path, keySetOf(one))
  const { keySets, pass } = bench(t)
  const relative = `file://../../../../../../../../..${encodeURI(path).replace('#', '%23')}`
  for (const location of [`file://${encodeURI(path).replace('#', '%23')}`, relative]) {
    assert.equal(await count(keySets.open([location]), 'one'), 1, location)
  }
  await writeFile(path, keySetOf(two))
  const ring = keySets.open([relative])
  pass(ttl + 1)
  await until(async () => (await count(ring, 'two')) === 1, 'the new key is found')
})

test('a file that is not regular or too large is not read', async t => {
  const folder = temporaryFolder(t)
  await writeFile(`${folder}/large.json`, keySetOf(one) + ' '.repeat(1000))
  const { keySets, problems } = bench(t, { bytes: 500 })
  const urls = ['file:///dev/zero', `file://${folder}`, `file://${folder}/large.json`]
  assert.equal(await count(keySets.open(urls), 'one'), 0)
  assert.equal(problems.length, 3)
})

for (const location of ['ftp://a.test/keys', 'data:,x', 'keys.json', '', 's3://bucket/keys']) {
  test(`"${location}" never has keys`, async t => {
    const { keySets } = bench(t)
    assert.equal(await count(keySets.open([location]), 'one'), 0)
  })
}

test('an empty list of locations has no keys', async t => {
  assert.equal(await count(bench(t).keySets.open([]), 'one'), 0)
})

test('an exception of the HTTP client counts as a failing source', async t => {
  const broken = { send: () => Promise.reject(new Error('bug')), close: () => Promise.resolve() }
  const { keySets, problems } = bench(t, { http: broken })
  assert.equal(await count(keySets.open(['http://a.test/']), 'one'), 0)
  assert.deepEqual(problems, ['http://a.test/ bug'])
})

test('problems are reported without credentials', async t => {
  const origin = await deadOrigin()
  const { keySets, problems } = bench(t)
  const url = `${origin.replace('//', '//me:secret@')}/keys?token=secret#secret`
  const caller = new AbortController()
  const work = count(keySets.open([url, inline('secret')]), 'one', caller.signal)
  await until(() => problems.length === 2, 'both problems are reported')
  caller.abort()
  await work
  assert.deepEqual(problems.map(text => text.split(' ')[0]).sort(), [`${origin}/keys`, 'inline:'])
  assert.ok(!problems.join().includes('secret'))
})

test('a key is used until a fetch lacks it, and an unchanged answer changes nothing', async t => {
  const server = await keyServer(t, keySetOf(one, two))
  const { keySets, pass } = bench(t)
  const ring = keySets.open([server.url])
  const [key] = await ring.find('one', { signal: patient() })
  const refreshed = async (reply: string, asked: number) => {
    server.state.reply = reply
    pass(ttl + 1)
    await until(
      () => key?.live() !== undefined && server.calls.length === asked,
      'the source is called again',
    )
  }
  await refreshed(keySetOf(one, two), 2)
  await refreshed(keySetOf(one, two), 3)
  assert.equal(key?.live(), true)
  await refreshed(keySetOf(two), 4)
  await until(() => key?.live() === false, 'the removed key is not found any more')
  assert.equal(await count(ring, 'one'), 0)
})

const unusable: Readonly<Record<string, object>> = {
  'RSA of 512 bits': { ...makeKey('RS256', 'bad', 512).jwk },
  'RSA of 1024 bits': { ...makeKey('RS256', 'bad', 1024).jwk },
  'RSA with the exponent 1': { ...makeKey('RS256', 'bad').jwk, e: 'AQ' },
  'RSA with a giant modulus': { kty: 'RSA', kid: 'bad', n: 'A'.repeat(100_000), e: 'AQAB' },
  'RSA without a modulus': { kty: 'RSA', kid: 'bad', e: 'AQAB' },
  'curve secp256k1': { ...one.jwk, kid: 'bad', crv: 'secp256k1' },
  'a point that is not on the curve': { ...one.jwk, kid: 'bad', x: one.jwk.y },
  'coordinates of another curve': { ...one.jwk, kid: 'bad', crv: 'P-384' },
  'curve Ed448': { kty: 'OKP', crv: 'Ed448', kid: 'bad', x: 'A'.repeat(76) },
  'an unknown key type': { kty: 'AKP', kid: 'bad' },
  'the fields of another key type': { kty: 7, kid: 'bad' },
  'an empty shared key': { kty: 'oct', kid: 'bad', k: '' },
  'a short shared key': { kty: 'oct', kid: 'bad', k: 'c2VjcmV0' },
  'use enc': { ...one.jwk, kid: 'bad', use: 'enc' },
}
for (const [what, jwk] of Object.entries(unusable)) {
  test(`a key with ${what} is skipped, the others are used`, async t => {
    const { keySets } = bench(t)
    const ring = keySets.open([inline(keySetOf(jwk, one))])
    assert.equal(await count(ring, 'one'), 1)
    assert.equal(await count(ring, 'bad'), 0)
  })
}

test('entries that are not keys are skipped', async t => {
  const { keySets } = bench(t)
  const keys = [null, 7, 'x', [], {}, { kid: 3 }, { ...one.jwk, kid: '' }, one.jwk]
  const ring = keySets.open([inline(JSON.stringify({ keys }))])
  assert.equal(await count(ring, 'one'), 1)
})

for (const text of ['', '[]', 'null', '{}', '{"keys":{}}', '{"keys":', '['.repeat(100_000), '\0']) {
  test(`${JSON.stringify(text.slice(0, 12))} is not a key set`, async t => {
    const { keySets, problems } = bench(t)
    assert.equal(await count(keySets.open([inline(text)]), 'one'), 0)
    assert.equal(problems.length, 1)
  })
}

const usable: Readonly<Record<string, object>> = {
  'no use': { ...one.jwk, use: undefined },
  'a private part': { ...one.privateKey.export({ format: 'jwk' }), kid: 'one' },
  'alg, x5c and key_ops': { ...one.jwk, alg: 'RS256', x5c: ['x'], key_ops: ['encrypt'] },
}
for (const [what, jwk] of Object.entries(usable)) {
  test(`a key with ${what} is public and usable`, async t => {
    const { keySets } = bench(t)
    const [key] = await keySets.open([inline(keySetOf(jwk))]).find('one', { signal: patient() })
    assert.equal(key?.key.type, 'public')
  })
}

test('the keys of a set, and of one id, are read up to a bound', async t => {
  const secret = (i: number) => ({ kty: 'oct', k: Buffer.alloc(32, i).toString('base64url') })
  const many = Array.from({ length: 1100 }, (_, i) => ({ ...secret(i), kid: `k${i}` }))
  const same = Array.from({ length: 100 }, (_, i) => ({ ...secret(i), kid: 'same' }))
  const { keySets } = bench(t)
  const ring = keySets.open([inline(keySetOf(...many))])
  assert.deepEqual([await count(ring, 'k999'), await count(ring, 'k1000')], [1, 0])
  assert.equal(await count(keySets.open([inline(keySetOf(...same))]), 'same'), 8)
})

test('names of Object.prototype are ordinary key ids', async t => {
  const odd = (kid: string): TestKey => ({ ...one, jwk: { ...one.jwk, kid } })
  const { keySets } = bench(t)
  const ring = keySets.open([inline(keySetOf(odd('__proto__'), odd('ключ')))])
  assert.equal(await count(ring, '__proto__'), 1)
  assert.equal(await count(ring, Buffer.from('ключ').toString('latin1')), 1)
  assert.equal(await count(ring, 'constructor'), 0)
})

test('an outage is logged with its start and the set in use, and its end is logged once', async t => {
  const server = await keyServer(t, keySetOf(one))
  const { keySets, pass, retry, news } = bench(t)
  const ring = keySets.open([server.url])
  assert.equal(await count(ring, 'one'), 1)
  const fetched = 1_700_000_000_000
  server.state.reply = status(503)
  pass(ttl + second)
  await count(ring, 'one')
  await until(() => news.length === 1, 'the first failure is logged')
  pass(second)
  retry()
  await until(() => news.length === 2, 'the second failure is logged')
  const since = fetched + ttl + second
  const used = { fetched, until: fetched + 10 * ttl }
  const about = { location: server.url, use: 'verify', problem: 'status 503' }
  assert.deepEqual(news, [
    { kind: 'failed', since, used, ...about },
    { kind: 'failed', since, used, ...about },
  ])
  server.state.reply = keySetOf(one)
  pass(second)
  retry()
  await until(() => news.length === 3, 'the end is logged')
  assert.deepEqual(news[2], { kind: 'recovered', since, location: server.url, use: 'verify' })
})

test('an outage before the first fetch is logged as one without a set to use', async t => {
  const origin = await deadOrigin()
  const { keySets, news } = bench(t)
  void keySets.openSigning(`${origin}/keys`).key({ signal: patient() })
  await until(() => news.length === 1, 'the failure is logged')
  const [first] = news
  assert.ok(first?.kind === 'failed')
  assert.deepEqual([first.use, first.used], ['sign', undefined])
  assert.match(first.problem, /no answer: connect ECONNREFUSED/)
})
