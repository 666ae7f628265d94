import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCookie } from '../../../src/lib/cookies.ts'

const cases: readonly (readonly [
  what: string,
  lines: readonly string[],
  found: string | undefined,
])[] = [
  ['alone', ['sess=a'], 'a'],
  ['among others', ['x=1; sess=a; y=2'], 'a'],
  ['on a later line', ['x=1', 'sess=a'], 'a'],
  ['twice: the first', ['sess=a; sess=b'], 'a'],
  ['with spaces around', ['x=1 ;\t sess =a \t; y'], 'a'],
  ['with a space inside', ['sess= a b '], ' a b'],
  ['in quotes', ['sess="a b"'], 'a b'],
  ['with half a quote', ['sess="a'], undefined],
  ['with an equals sign in the value', ['sess=a=b=='], 'a=b=='],
  ['without a value', ['sess='], ''],
  ['without an equals sign', ['sess'], ''],
  ['with forbidden bytes, then a valid one', ['sess=\xe9; sess=a\\; sess=b'], 'b'],
  ['in another case', ['SESS=a'], undefined],
  ['only as a part of a name', ['xsess=a; sessx=b; x=sess=c'], undefined],
  ['absent', [], undefined],
]
for (const [what, lines, found] of cases) {
  test(`a cookie ${what}`, () => {
    assert.equal(readCookie(lines, 'sess'), found)
  })
}

test('a name that is not a cookie name is never found', () => {
  assert.equal(readCookie(['a b=1; =2'], 'a b'), undefined)
  assert.equal(readCookie(['a b=1; =2'], ''), undefined)
})

test('long runs of spaces and separators are read in time', () => {
  const hostile = `sess${' '.repeat(30_000)}x${';'.repeat(30_000)}${' '.repeat(30_000)}=`
  assert.equal(readCookie([hostile], 'sess'), undefined)
})
