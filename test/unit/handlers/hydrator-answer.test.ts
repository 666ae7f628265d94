import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSession } from '../../../src/handlers/mutators/hydrator/answer.ts'
import type { JsonValue } from '../../../src/lib/json.ts'
import { withSession } from '../../../src/model/session.ts'
import { requestTo, sessionOf } from '../../support/request.ts'

const before = withSession(sessionOf(requestTo('http://h/p')), {
  subject: 'alice',
  extra: { a: 1 },
  headers: new Map([['X-Before', ['1']]]),
})

test('fields that the answer omits are removed, but the match context stays', () => {
  const after = readSession(before, { subject: 'alice' })
  assert.equal(after.extra, null)
  assert.equal(after.headers, null)
  assert.equal(after.matchContext, before.matchContext)
})

test('names are read in any case, and headers become canonical', () => {
  const after = readSession(before, {
    Subject: 'alice',
    HEADER: { 'x-one': ['1'], 'X-ONE': ['2'] },
  })
  assert.equal(after.subject, 'alice')
  assert.deepEqual([...(after.headers ?? [])], [['X-One', ['1', '2']]])
})

test('a match context replaces the previous one completely', () => {
  const { matchContext } = readSession(before, {
    match_context: { method: 'POST', url: { Path: '/x' }, regexp_capture_groups: ['g'] },
  })
  assert.equal(matchContext.method, 'POST')
  assert.equal(matchContext.url.path, '/x')
  assert.deepEqual(matchContext.regexpCaptureGroups, ['g'])
})

test('a hydrator cannot change the context extensions', () => {
  const { matchContext } = readSession(before, {
    match_context: { context_extensions: { tenant: 'other' }, ContextExtensions: { tenant: 'x' } },
  })
  assert.equal(matchContext.contextExtensions, before.matchContext.contextExtensions)
})

const wrong: readonly JsonValue[] = [
  null,
  [],
  'text',
  1,
  { subject: 5 },
  { extra: [] },
  { extra: 'x' },
  { header: { 'X-A': 'text' } },
  { header: { 'X-A': [1] } },
  { header: [] },
  { match_context: 'x' },
  { match_context: { url: 'http://h/' } },
  { match_context: { method: 1 } },
  { match_context: { regexp_capture_groups: 'x' } },
]

for (const answer of wrong) {
  test(`${JSON.stringify(answer)} is not a session`, () => {
    assert.throws(() => readSession(before, answer), TypeError)
  })
}

test('names of Object.prototype are ordinary keys', () => {
  const answer = JSON.parse('{"subject":"alice","extra":{"__proto__":{"admin":true}}}')
  const { extra } = readSession(before, answer)
  assert.equal(Reflect.get({}, 'admin'), undefined)
  assert.deepEqual(Object.keys(extra ?? {}), ['__proto__'])
})
