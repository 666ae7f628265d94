import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileScopes, normaliseScopes, type ScopeStrategy } from '../../../src/handlers/scopes.ts'
import type { JsonObject } from '../../../src/lib/json.ts'

type Table = readonly (readonly [granted: string, needed: string, passes: boolean])[]

const tables: Readonly<Record<Exclude<ScopeStrategy, 'none'>, Table>> = {
  exact: [
    ['admin', 'admin', true],
    ['administrator', 'admin', false],
    ['admin ', 'admin', false],
    ['Admin', 'admin', false],
    ['a', 'a.b', false],
    ['*', 'a', false],
    ['', '', true],
  ],
  hierarchic: [
    ['admin', 'admin', true],
    ['admin', 'administrator', false],
    ['administrator', 'admin', false],
    ['a', 'a.b', true],
    ['a', 'a.b.c', true],
    ['a.b', 'a.b.c', true],
    ['a.b.c', 'a.b', false],
    ['a.', 'a.b', false],
    ['', 'a.b', false],
    ['*', 'a', false],
    ['b', 'a.b', false],
  ],
  wildcard: [
    ['a.b.c', 'a.b.c', true],
    ['a.*', 'a.b.c', true],
    ['*', 'a.b.c', true],
    ['a.b.*', 'a.b.c', true],
    ['a.*.c', 'a.b.c', true],
    ['*.b.c', 'a.b.c', true],
    ['*.*.*', 'a.b.c', true],
    ['a.b', 'a.b.c', false],
    ['a.b*', 'a.b.c', false],
    ['a.b.c.*', 'a.b.c', false],
    ['a.*.*.*', 'a.b.c', false],
    ['a.*', 'a', false],
    ['a.*', 'a.', false],
    ['*', '', false],
    ['', '', true],
    ['adm*', 'admin', false],
  ],
}

for (const [strategy, table] of Object.entries(tables)) {
  for (const [granted, needed, passes] of table) {
    test(`${strategy}: "${granted}" ${passes ? 'grants' : 'does not grant'} "${needed}"`, () => {
      const missing = compileScopes(strategy as ScopeStrategy, [needed])?.([granted])
      assert.deepEqual(missing, passes ? undefined : [needed])
    })
  }
}

test('every required scope must be granted by some scope', () => {
  const missing = compileScopes('exact', ['a', 'b', 'c'])
  assert.equal(missing?.(['c', 'b', 'a']), undefined)
  assert.deepEqual(missing?.(['a', 'c']), ['b'])
  assert.deepEqual(missing?.([]), ['a', 'b', 'c'])
})

test('if no scope is required, every token passes', () => {
  assert.equal(compileScopes('exact', [])?.([]), undefined)
})

test('the strategy none compares nothing', () => {
  assert.equal(compileScopes('none', ['a']), undefined)
})

const claims: readonly (readonly [what: string, claims: JsonObject, extra: JsonObject])[] = [
  ['none', { sub: 'a' }, { sub: 'a', scp: [] }],
  ['scp as a list', { scp: ['a', 'b'] }, { scp: ['a', 'b'] }],
  ['scp as a string', { scp: 'a b' }, { scp: ['a', 'b'] }],
  ['scope as a string', { scope: 'a b' }, { scp: ['a', 'b'] }],
  ['scope as a list', { scope: ['a'] }, { scp: ['a'] }],
  ['scopes as a list', { scopes: ['a'] }, { scp: ['a'] }],
  ['double blanks', { scope: ' a  b ' }, { scp: ['', 'a', '', 'b', ''] }],
  ['an empty string', { scp: '' }, { scp: [''] }],
  ['commas', { scope: 'a,b' }, { scp: ['a,b'] }],
  [
    'a list with items that are not strings',
    { scp: ['a', 9, null, ['b']] },
    { scp: ['a', '', '', ''] },
  ],
  ['a number', { scp: 7 }, { scp: [] }],
  ['null, although scope is there', { scp: null, scope: 'a' }, { scp: [], scope: 'a' }],
  ['scp before scope before scopes', { scopes: 'c', scope: 'b' }, { scopes: 'c', scp: ['b'] }],
  ['an object', { scope: { a: 1 } }, { scp: [] }],
]
for (const [what, given, expected] of claims) {
  test(`scope claim: ${what}`, () => {
    const { scopes, extra } = normaliseScopes(given)
    assert.deepEqual(extra, expected)
    assert.deepEqual(scopes, extra['scp'])
  })
}

test('a claim named __proto__ is an ordinary claim', () => {
  const hostile = JSON.parse('{"__proto__":{"scp":["admin"]},"scope":"a"}') as JsonObject
  const { scopes, extra } = normaliseScopes(hostile)
  assert.deepEqual(scopes, ['a'])
  assert.deepEqual(Object.keys(extra).sort(), ['__proto__', 'scp'])
})
