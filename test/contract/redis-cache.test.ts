import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { createRedisCache } from '../../src/outbound/cache.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { freePort, loopback } from '../support/ports.ts'
import { openCache, startRedis, untilRemembers } from '../support/redis.ts'

async function openClient(t: Cleanup, url: string) {
  const client = createClient({ url })
  client.on('error', () => undefined)
  await client.connect()
  t.after(() => client.destroy())
  return client
}

test('replicas share cached results', async t => {
  const { url } = await startRedis(t)
  const [one, other] = [await openCache(t, url), await openCache(t, url)]
  one.set('k', { sub: 'alice' }, 60_000)
  await one.get('k')
  assert.deepEqual(await other.get('k'), { sub: 'alice' })
})

test('neither keys nor values can be read on the server', async t => {
  const { url } = await startRedis(t)
  const cache = await openCache(t, url)
  const client = await openClient(t, url)
  await client.flushAll()
  cache.set('token-of-alice', { secret: 'value-of-alice' }, 60_000)
  await cache.get('token-of-alice')
  const [name = ''] = await client.keys('*')
  assert.match(name, /^oarlock:1:[\w-]{43}$/)
  const stored = (await client.get(name)) ?? ''
  assert.ok(stored.length > 0)
  assert.doesNotMatch(name + stored, /alice|secret/)
})

test('an entry that was damaged, swapped or written by another program is ignored', async t => {
  const { url } = await startRedis(t)
  const cache = await openCache(t, url)
  const client = await openClient(t, url)
  await client.flushAll()
  cache.set('a', 'of a', 60_000)
  await cache.get('a')
  const [name = ''] = await client.keys('*')
  cache.set('b', 'of b', 60_000)
  await cache.get('b')
  const other = (await client.keys('*')).find(key => key !== name) ?? ''
  await client.copy(other, name, { REPLACE: true })
  assert.equal(await cache.get('a'), undefined)
  for (const text of ['', 'x', 'x'.repeat(200), '"json"']) {
    await client.set(name, text)
    assert.equal(await cache.get('a'), undefined, text)
  }
  await client.del(name)
  await client.lPush(name, 'a list')
  assert.equal(await cache.get('a'), undefined)
  assert.equal(await cache.get('b'), 'of b')
})

test('every entry expires, after a day if it has no TTL of its own', async t => {
  const { url } = await startRedis(t)
  const cache = await openCache(t, url)
  const client = await openClient(t, url)
  for (const lifetime of [undefined, Number.POSITIVE_INFINITY, 5_000]) {
    await client.flushAll()
    cache.set('k', 1, lifetime)
    await cache.get('k')
    const [name = ''] = await client.keys('*')
    const left = await client.pTTL(name)
    assert.ok(left > 0 && left <= Math.min(lifetime ?? 86_400_000, 86_400_000), `${left}`)
  }
})

test('a server that is not there: nothing is cached, and one line is logged', async t => {
  const port = await freePort()
  const problems: (string | undefined)[] = []
  const cache = createRedisCache({
    url: `redis://${loopback}:${port}`,
    report: problem => problems.push(problem),
  })
  t.after(() => cache.close())
  cache.set('k', 1, 60_000)
  assert.equal(await cache.get('k'), undefined)
  while (problems.length === 0) await pause(20)
  await startRedis(t, { port })
  await untilRemembers(cache)
  assert.equal(problems.length, 2)
  assert.match(problems[0] ?? '', /ECONNREFUSED/)
  assert.equal(problems[1], undefined)
})

test('a server that goes away and comes back is used again', async t => {
  const redis = await startRedis(t)
  const cache = await openCache(t, redis.url)
  await redis.stop()
  cache.set('k', 1, 60_000)
  assert.equal(await cache.get('k'), undefined)
  await startRedis(t, { port: redis.port })
  await untilRemembers(cache)
})

test('a server that does not answer: a lookup times out, and few are made', async t => {
  const redis = await startRedis(t)
  const cache = await openCache(t, redis.url, { answerTimeout: 1000 })
  cache.set('k', 1, 60_000)
  assert.equal(await cache.get('k'), 1)
  redis.signal('SIGSTOP')
  t.after(() => redis.signal('SIGCONT'))
  assert.equal(await cache.get('k'), undefined)
  const resting = cache.get('k')
  assert.equal(resting, undefined, 'no lookup is made')
  redis.signal('SIGCONT')
  await untilRemembers(cache)
})

test('a wrong password: nothing is cached', async t => {
  const { url, port } = await startRedis(t, { password: 'right' })
  await openCache(t, url)
  const problems: (string | undefined)[] = []
  const cache = createRedisCache({
    url: `redis://:wrong@${loopback}:${port}`,
    report: problem => problems.push(problem),
  })
  t.after(() => cache.close())
  while (problems.length === 0) await pause(20)
  cache.set('k', 1, 60_000)
  assert.equal(await cache.get('k'), undefined)
  assert.match(problems[0] ?? '', /WRONGPASS/)
  assert.doesNotMatch(problems.join(), /right|:wrong/)
})

for (const [what, text] of [
  ['garbage', '\u0000garbage\r\n$-5\r\n*9999999999\r\n'],
  ['an endless text', `$5000000000\r\n${'x'.repeat(100_000)}`],
  ['HTTP', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'],
] as const) {
  test(`a server that answers with ${what}: nothing is cached`, async t => {
    const server = createServer(socket => {
      socket.on('error', () => undefined).on('data', () => socket.write(text, 'latin1'))
    })
    server.listen(0, loopback)
    await once(server, 'listening')
    t.after(() => void server.close())
    const { port } = server.address() as { port: number }
    const cache = createRedisCache({ url: `redis://${loopback}:${port}` })
    await pause(300)
    for (let asked = 0; asked < 20; asked++) {
      cache.set('k', 1, 60_000)
      assert.equal(await cache.get('k'), undefined)
    }
    await cache.close()
  })
}

test('closing ends the connection attempts', async () => {
  const cache = createRedisCache({ url: `redis://${loopback}:${await freePort()}` })
  await pause(150)
  await cache.close()
  assert.equal(await cache.get('k'), undefined)
})
