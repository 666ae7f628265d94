import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileNames } from '../../../src/lib/name-patterns.ts'
import { namesInQuery, readQueryValue } from '../../../src/lib/query.ts'
import { processorTime } from '../../support/processor-time.ts'

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

const found = (query: string, ...patterns: readonly string[]) =>
  namesInQuery(query, compileNames(patterns))

test('a parameter is found in every spelling, once, as it is written', () => {
  assert.deepEqual(found('token=1&to%6ben=2&%74%6F%6b%65%6E&token&other=token', 'token'), [
    'token',
    'to%6ben',
    '%74%6F%6b%65%6E',
  ])
  assert.deepEqual(found('a+b=1&a%20b=2&a%2Bb=3', 'a b'), ['a+b', 'a%20b'])
  assert.deepEqual(found('Token=1&tokens=2&xtoken=3&&=4', 'token'), [])
})

test('names that do not decode are found by their beginning', () => {
  assert.deepEqual(found('d%65bug%zz=1&debug_x=2&%=3&bug=4', 'debug*'), ['d%65bug%zz', 'debug_x'])
})

test('a parameter behind a semicolon is found', () => {
  assert.deepEqual(found('a=1;token=2&b=3;c=token&;to%6ben', 'token'), ['a', ';to%6ben'])
})

test('names of JavaScript are ordinary names', () => {
  assert.deepEqual(found('__proto__=1&constructor=2', 'toString'), [])
  assert.deepEqual(found('__proto__=1&constructor=2', '__proto__'), ['__proto__'])
})

test('ten thousand parameters are searched in time', () => {
  const began = processorTime()
  assert.deepEqual(found('a;b;c=%61&'.repeat(10_000), 'token', 'debug*'), [])
  assert.ok(processorTime() - began < 500)
})

const spellings = {
  token: [
    'token',
    '+token',
    '%20token',
    '%09token',
    'token%00',
    'token%00x',
    'token[]',
    'token%5B%5D',
    'token[a][b]',
  ],
  a_b: ['a.b', 'a+b', 'a%20b', 'a_b', 'a.b[]'],
  key: ['[key]', '%5Bkey%5D', '[key][]'],
}

for (const [name, written] of Object.entries(spellings)) {
  for (const spelling of written) {
    test(`some programs read ${spelling} as ${name}`, () => {
      assert.deepEqual(
        namesInQuery(`x=1&${spelling}=2`, one => one === name),
        [spelling],
      )
    })
  }
}

test('other names are other parameters', () => {
  const others = 'tokens=1&my.token=2&x[token]=3&to[ken]=4'
  assert.deepEqual(
    namesInQuery(others, one => one === 'token'),
    [],
  )
})
