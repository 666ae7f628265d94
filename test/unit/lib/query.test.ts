import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readQueryValue } from '../../../src/lib/query.ts'

const cases: readonly (readonly [query: string, found: string | undefined])[] = [
  ['', undefined],
  ['t=a', 'a'],
  ['x=1&t=a&t=b', 'a'],
  ['t', ''],
  ['t=', ''],
  ['t=a+b%2Bc%3d', 'a b+c='],
  ['%74=a', 'a'],
  ['t=%C3%B6', '\xc3\xb6'],
  ['t=%zz&t=a', 'a'],
  ['t=%a', undefined],
  ['t=a;b&t=c', 'c'],
  ['T=a', undefined],
  ['t=a=b', 'a=b'],
  ['&&t=a', 'a'],
]
for (const [query, found] of cases) {
  test(`t of "${query}"`, () => {
    assert.equal(readQueryValue(query, 't'), found)
  })
}

test('ten thousand keys are read in time', () => {
  assert.equal(readQueryValue('a=1&'.repeat(10_000), 't'), undefined)
})
