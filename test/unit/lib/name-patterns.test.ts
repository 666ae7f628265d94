import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileNames, patternProblem } from '../../../src/lib/name-patterns.ts'

test('names are compared whole, entries with a star by their beginning', () => {
  const isMeant = compileNames(['a', 'b*', '__proto__'])
  assert.deepEqual(
    ['a', 'ab', 'b', 'bc', 'A', '', '__proto__', 'constructor', 'b*'].filter(isMeant),
    ['a', 'b', 'bc', '__proto__', 'b*'],
  )
})

test('a star alone, or inside, is a mistake', () => {
  for (const pattern of ['', '*', '**', 'a*b', '*a', 'a**'])
    assert.ok(patternProblem(pattern), pattern)
  for (const pattern of ['a', 'a*', 'a-b.c*']) assert.equal(patternProblem(pattern), undefined)
})
