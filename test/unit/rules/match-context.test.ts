import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptySession, urlText } from '../../../src/rules/match-context.ts'
import { requestTo } from '../../support/request.ts'

const named = new Map([['id', '7']])

const contextOf = (target: string) =>
  emptySession(
    { id: 'r', captures: () => ({ groups: ['g'], named }) },
    requestTo(`http://h${target}`),
  ).matchContext

test('a match context reads each part once, when it is first used', () => {
  let reads = 0
  const request = requestTo('http://h/a', {
    method: 'PUT',
    headers: [
      ['x-a', '1'],
      ['X-A', '2'],
      ['host', 'h'],
    ],
  })
  const { matchContext } = emptySession(
    { id: 'r', captures: () => ({ groups: [`group ${++reads}`], named }) },
    request,
  )
  assert.equal(reads, 0)
  assert.deepEqual(matchContext.regexpCaptureGroups, ['group 1'])
  assert.equal(matchContext.regexpCaptureGroups, matchContext.regexpCaptureGroups)
  assert.equal(matchContext.namedCaptures, named)
  assert.equal(reads, 1)
  assert.equal(matchContext.method, 'PUT')
  assert.deepEqual([...matchContext.header], [['X-A', ['1', '2']]])
})

for (const [target, rawPath] of [
  ['/a', ''],
  ['/a%20b', ''],
  ['/a%2Fb', '/a%2Fb'],
  ["/a'b", "/a'b"],
  ['/%41?x=%zz', '/%41'],
  ['/a%zz', ''],
] as const) {
  test(`the raw path of ${target} is ${rawPath || 'not kept'}`, () =>
    assert.equal(contextOf(target).url.rawPath, rawPath))
}

test('a bare question mark differs from no query', () => {
  assert.equal(contextOf('/a?').url.forceQuery, true)
  assert.equal(contextOf('/a').url.forceQuery, false)
  assert.equal(contextOf('/a?b=1').url.rawQuery, 'b=1')
})

test('context extensions of the check are not headers', () => {
  const context = new Map([['tenant', 'shop']])
  const request = { ...requestTo('http://h/a', { headers: [['tenant', 'other']] }), context }
  assert.equal(
    emptySession({ id: 'r', captures: () => ({ groups: [], named }) }, request).matchContext
      .contextExtensions,
    context,
  )
  assert.deepEqual([...contextOf('/a').contextExtensions], [])
})

test('patterns see characters, not bytes', () => {
  assert.equal(urlText('https', requestTo('https://h/\u00fc')), 'https://h/\u00fc')
})
