import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonValue } from '../../../src/lib/json.ts'
import { deepMerge } from '../../../src/lib/merge.ts'

test('objects merge member by member', () => {
  assert.deepEqual(deepMerge({ a: { b: 1, c: 2 } }, { a: { c: 3 }, d: 4 }), {
    a: { b: 1, c: 3 },
    d: 4,
  })
})

test('lists, scalars and null replace', () => {
  const under = { list: [1, 2], object: { a: 1 }, text: 'x' }
  const over = { list: [3], object: null, text: { a: 1 } }
  assert.deepEqual(deepMerge(under, over), over)
})

test('__proto__ is an ordinary key and changes no prototype', () => {
  const hostile = JSON.parse('{"__proto__": {"polluted": true}}') as JsonValue
  const merged = deepMerge(deepMerge({}, hostile), JSON.parse('{"__proto__": {"more": 1}}'))
  assert.equal(JSON.stringify(merged), '{"__proto__":{"polluted":true,"more":1}}')
  assert.equal(Object.getPrototypeOf(merged), Object.prototype)
  assert.equal(({} as { polluted?: boolean }).polluted, undefined)
})

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>

test('merging a value with itself gives it, and changes neither side', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      const before = JSON.stringify([a, b])
      deepMerge(a, b)
      assert.equal(JSON.stringify([a, b]), before)
      assert.deepEqual(JSON.stringify(deepMerge(a, a)), JSON.stringify(a))
    }),
  )
})

test('merging the same once more changes nothing', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      const once = deepMerge(a, b)
      assert.equal(JSON.stringify(deepMerge(once, b)), JSON.stringify(once))
    }),
  )
})
