import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { type Cache, cacheKey, createMemoryCache } from '../../src/outbound/cache.ts'

const backends: Readonly<Record<string, () => Promise<Cache>>> = {
  memory: async () => createMemoryCache(1_000_000),
}

for (const [name, open] of Object.entries(backends)) {
  test(`${name}: what was set is there, whatever JSON it is`, async () => {
    const cache = await open()
    for (const value of [true, false, 0, '', 'text', [1, 'a', null], { a: { b: [1] } }]) {
      cache.set('k', value, 60_000)
      assert.deepEqual(await cache.get('k'), value)
    }
    await cache.close()
  })

  test(`${name}: what was not set is not there`, async () => {
    const cache = await open()
    assert.equal(await cache.get('nothing'), undefined)
    await cache.close()
  })

  test(`${name}: an entry ends with its time`, async () => {
    const cache = await open()
    cache.set('short', 1, 30)
    cache.set('long', 1, 60_000)
    cache.set('forever', 1, undefined)
    await pause(80)
    assert.equal(await cache.get('short'), undefined)
    assert.equal(await cache.get('long'), 1)
    assert.equal(await cache.get('forever'), 1)
    await cache.close()
  })

  test(`${name}: what is over already is not kept`, async () => {
    const cache = await open()
    for (const lifetime of [0, -1, Number.NaN]) cache.set('k', 1, lifetime)
    assert.equal(await cache.get('k'), undefined)
    await cache.close()
  })

  test(`${name}: hits and misses are counted`, async () => {
    const cache = await open()
    cache.set('k', 1, 60_000)
    await cache.get('k')
    await cache.get('x')
    const { hits, misses } = cache.counters()
    assert.deepEqual({ hits, misses }, { hits: 1, misses: 1 })
    await cache.close()
  })
}

test('memory: a million entries do not grow beyond the bound', async () => {
  const cache = createMemoryCache(200_000)
  for (let i = 0; i < 1_000_000; i++) cache.set(`key ${i}`, i, 60_000)
  assert.equal(await cache.get('key 0'), undefined)
  assert.equal(await cache.get('key 999999'), 999_999)
  assert.ok(cache.counters().evictions > 999_000)
})

test('memory: one entry cannot push out all others', async () => {
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

test('different parts never make one key', () => {
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
