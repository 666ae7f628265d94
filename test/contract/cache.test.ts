import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { type Cache, cacheKey, createMemoryCache } from '../../src/outbound/cache.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { openCache, startRedis } from '../support/redis.ts'

const backends: Readonly<Record<string, (t: Cleanup) => Promise<Cache>>> = {
  memory: async () => createMemoryCache(1_000_000),
  redis: async t => openCache(t, (await startRedis(t)).url),
}

for (const [name, open] of Object.entries(backends)) {
  test(`${name}: a stored value can be read, whatever JSON it is`, async t => {
    const cache = await open(t)
    for (const value of [true, false, 0, '', 'text', [1, 'a', null], { a: { b: [1] } }]) {
      cache.set('k', value, 60_000)
      assert.deepEqual(await cache.get('k'), value)
    }
    await cache.close()
  })

  test(`${name}: keys and values may have any characters and length`, async t => {
    const cache = await open(t)
    const odd = ['', ' ', '\0\n', 'ÿ\u0080', '€😀', 'k'.repeat(10_000)]
    for (const [index, key] of odd.entries()) cache.set(key, { key, index }, 60_000)
    for (const [index, key] of odd.entries()) assert.deepEqual(await cache.get(key), { key, index })
    await cache.close()
  })

  test(`${name}: the last stored value is read`, async t => {
    const cache = await open(t)
    cache.set('k', 1, 60_000)
    cache.set('k', 2, 60_000)
    assert.equal(await cache.get('k'), 2)
    await cache.close()
  })

  test(`${name}: an unknown key has no value`, async t => {
    const cache = await open(t)
    assert.equal(await cache.get('nothing'), undefined)
    await cache.close()
  })

  test(`${name}: an entry ends with its TTL`, async t => {
    const cache = await open(t)
    cache.set('short', 1, 30)
    cache.set('long', 1, 60_000)
    cache.set('forever', 1, undefined)
    await pause(80)
    assert.equal(await cache.get('short'), undefined)
    assert.equal(await cache.get('long'), 1)
    assert.equal(await cache.get('forever'), 1)
    await cache.close()
  })

  test(`${name}: an entry that has already expired is not stored`, async t => {
    const cache = await open(t)
    for (const lifetime of [0, -1, Number.NaN]) cache.set('k', 1, lifetime)
    assert.equal(await cache.get('k'), undefined)
    await cache.close()
  })

  test(`${name}: hits and misses are counted`, async t => {
    const cache = await open(t)
    cache.set('k', 1, 60_000)
    const before = cache.counters()
    await cache.get('k')
    await cache.get('x')
    const { hits, misses } = cache.counters()
    assert.deepEqual([hits - before.hits, misses - before.misses], [1, 1])
    await cache.close()
  })
}

test('memory: a million entries stay within the bound', async () => {
  const cache = createMemoryCache(200_000)
  for (let i = 0; i < 1_000_000; i++) cache.set(`key ${i}`, i, 60_000)
  assert.equal(await cache.get('key 0'), undefined)
  assert.equal(await cache.get('key 999999'), 999_999)
  assert.ok(cache.counters().evictions > 999_000)
})

test('memory: one entry cannot evict all others', async () => {
  const cache = createMemoryCache(100_000)
  cache.set('small', 1, 60_000)
  cache.set('huge', 'x'.repeat(50_000), 60_000)
  assert.equal(await cache.get('huge'), undefined)
  assert.equal(await cache.get('small'), 1)
})

const part = fc.oneof(
  fc.constantFrom('', 'a', 'b|c', 'a|b', ':', '1:', '[', '-;', '#1;'),
  fc.string(),
  fc.array(fc.string(), { maxLength: 3 }),
  fc.integer(),
  fc.constant(undefined),
)

test('different key parts never make the same key', () => {
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 4 }),
      fc.array(part, { maxLength: 4 }),
      (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other) && one.length === other.length
        assert.equal(cacheKey(...one) === cacheKey(...other), same)
      },
    ),
    {
      numRuns: 5000,
      examples: [
        [
          ['a', 'b|c'],
          ['a|b', 'c'],
        ],
        [[['a,b']], [['a', 'b']]],
      ],
    },
  )
})
