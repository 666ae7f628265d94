import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { reachOf } from '../../../src/explain/match/reach.ts'
import { compileText, parseText } from '../../../src/rules/matching/pattern.ts'
import { isProblem, type Strategy } from '../../../src/rules/matching/problem.ts'

function reach(source: string, text: string, strategy: Strategy = 'regexp') {
  const node = parseText(source, strategy)
  assert.ok(!isProblem(node))
  return reachOf(node, text)
}

for (const [source, text, expected] of [
  ['/orders', '/orders', { matches: true, at: 7 }],
  ['/orders', '/order/1', { matches: false, at: 6 }],
  ['/orders/<[0-9]+>', '/orders/12a', { matches: false, at: 10 }],
  ['/<(a|bc)>/x', '/bd', { matches: false, at: 2 }],
  ['/<.*>/end', '/a/b', { matches: false, at: 4 }],
  ['/<(?!admin).*>', '/admin', { matches: false, at: 1 }],
  ['/<(a*)*>b', '/aaaa', { matches: false, at: 5 }],
  ['/<.>', '/😀', { matches: true, at: 3 }],
] as const) {
  test(`${source} goes along ${text}`, () => assert.deepEqual(reach(source, text), expected))
}

test('a back reference cannot be told', () => {
  assert.equal(reach('/<(?<q>a)\\k<q>>', '/aa'), undefined)
})

test('a pattern that takes too many steps cannot be told', () => {
  assert.equal(reach('/<((a|aa)+b?)+>!', `/${'a'.repeat(100_000)}`), undefined)
})

const source = fc
  .array(fc.constantFrom('/', 'a', 'b', '<a*>', '<[ab]>', '<(a|b/)+>', '<.{1,3}>', '<b?>'), {
    maxLength: 6,
  })
  .map(parts => `/${parts.join('')}`)
const text = fc
  .array(fc.constantFrom('/', 'a', 'b', 'c'), { maxLength: 8 })
  .map(x => `/${x.join('')}`)

test('it matches where the compiled pattern does, and no text goes on from where it stops', () => {
  fc.assert(
    fc.property(source, text, (written, sent) => {
      const pattern = compileText(written, 'regexp')
      assert.ok(!isProblem(pattern))
      const found = reach(written, sent)
      assert.equal(found?.matches, pattern.test(sent))
      if (found === undefined || found.matches) return
      // Another text with the same beginning and the same next character does not match either.
      const next = sent.slice(0, found.at + 1)
      if (next.length <= found.at) return
      for (const rest of ['', 'a', 'b', '/', 'ab', '/b/'])
        assert.equal(pattern.test(next + rest), false)
    }),
    { numRuns: 2000 },
  )
})
