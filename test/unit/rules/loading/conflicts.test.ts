import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conflictsOf } from '../../../../src/rules/loading/conflicts.ts'
import { parseDocument } from '../../../../src/rules/loading/document.ts'

interface Written {
  readonly id?: string
  readonly url?: string
  readonly methods?: readonly string[]
  readonly match?: object
}

/** Each rule in a file of its own. */
function conflicts(...rules: readonly Written[]): readonly string[] {
  const texts = rules.map(({ id = '', url = 'http://h/', methods = ['GET'], match }) => ({
    id,
    match: match ?? { url, methods },
  }))
  const parsed = parseDocument(JSON.stringify(texts))
  assert.ok(parsed.kind === 'document', JSON.stringify(parsed))
  const located = parsed.rules.map((definition, i) => ({
    definition,
    place: `file${i}`,
    location: `file://file${i}`,
    path: `file${i}`,
    index: 0,
  }))
  return conflictsOf(located).map(({ message }) => message)
}

test('the same id twice is reported with both places', () => {
  const found = conflicts({ id: 'a', url: 'http://x/' }, { id: 'a', url: 'http://y/' })
  assert.deepEqual(found, ['the id "a" is used twice: in file0, and in file1'])
  assert.deepEqual(conflicts({ id: '', url: 'http://x/' }, { id: '', url: 'http://y/' }), [])
})

test('the same pattern for a shared method is reported with both rules and places', () => {
  const found = conflicts(
    { id: 'a', methods: ['GET', 'POST', 'PUT'] },
    { id: 'b', methods: ['DELETE'] },
    { id: 'c', methods: ['post', 'PUT', 'PUT'] },
  )
  assert.deepEqual(found, [
    'rules "a" (file0) and "c" (file2) match the same POST, PUT requests: each such request is denied with 500',
  ])
})

test('patterns are compared in the form in which they match', () => {
  assert.equal(conflicts({ id: 'a', url: 'http://H/A' }, { id: 'b', url: 'http://h/A' }).length, 1)
  assert.equal(conflicts({ id: 'a', url: 'http://h/A' }, { id: 'b', url: 'http://h/a' }).length, 0)
  const rpc = { authority: 'h', full_method: 'a.B/C' }
  const both = conflicts(
    { id: 'a', match: rpc },
    { id: 'b', match: { ...rpc, allow_http_get: true } },
  )
  assert.match(both.join(), /"a" \(file0\) and "b" \(file1\) match the same POST requests/)
})

test('a method that a rule lists twice does not conflict with itself', () => {
  assert.deepEqual(conflicts({ id: 'a', methods: ['GET', 'get', 'GET'] }), [])
})

test('a rule without a place is named alone', () => {
  const document = parseDocument(
    '[{"id":"a","match":{"hosts":["h"]}},{"id":"b","match":{"hosts":["h"]}}]',
  )
  assert.ok(document.kind === 'document')
  const located = document.rules.map((definition, index) => ({
    definition,
    place: '',
    location: '',
    path: undefined,
    index,
  }))
  assert.deepEqual(
    conflictsOf(located).map(({ message }) => message),
    ['rules "a" and "b" match the same any requests: each such request is denied with 500'],
  )
})
