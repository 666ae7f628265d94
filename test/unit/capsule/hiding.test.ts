/** No credential of a request stands in its capsule, whatever a rule does with it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHiding } from '../../../src/capsule/hiding.ts'
import { createRecorder } from '../../../src/capsule/recorder.ts'
import type { CredentialSource } from '../../../src/model/session.ts'
import { createRedaction } from '../../../src/observability/redaction.ts'
import { requestTo } from '../../support/request.ts'

const redaction = createRedaction({ leak: false, text: 'hidden', headers: ['X-Private'] })

const request = requestTo('http://h.test/a?page=2&token=t0ken&long=0123456789&w=77', {
  headers: [
    ['Authorization', 'Bearer opaque-credential'],
    ['Cookie', 'consent=1; sid=5e551on; pin=77'],
    ['X-Own', 'own credential'],
    ['X-Private', 'p'],
    ['X-Kind', 'b'],
    ['Referer', 'https://a.test/?code=1'],
  ],
})

const credentials: readonly CredentialSource[] = [
  { in: 'header', name: 'X-Own' },
  { in: 'cookie', name: 'pin' },
  { in: 'query', name: 'w' },
]

const hiding = createHiding(request, { redaction, credentials, masked: ['alice'] })

for (const value of [
  'Bearer opaque-credential',
  'opaque-credential',
  'prefix opaque-credential suffix',
  '5e551on',
  'x5e551onx',
  '77',
  'own credential',
  'credential',
  't0ken',
  'token=t0ken',
  '0123456789',
  '/a|long=0123456789',
  'alice',
  'the subject alices',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln',
  'https://user:password@a.test/',
  '\xff',
]) {
  test(`${JSON.stringify(value)} is left out`, () => assert.equal(hiding.text(value), null))
}

test('other texts are shown', () => {
  // `consent=1` is a cookie, too.
  for (const value of ['b', '1', '2', 'GET', 'orders', '7', ''])
    assert.equal(hiding.text(value), value)
})

test('headers are left out by name and by value', () => {
  const shown = (name: string, ...values: string[]) => hiding.header(name, values)
  for (const name of ['authorization', 'cookie', 'x-own', 'x-private', 'x-api-key', 'my-token'])
    assert.equal(shown(name, 'v'), null, name)
  assert.deepEqual(shown('x-kind', 'b', 'c'), ['b', 'c'])
  assert.equal(shown('x-copy', 'b', 'opaque-credential'), null)
  assert.equal(shown('referer', 'https://a.test/?code=1'), null)
})

test('members are left out by name and by value, at any depth', () => {
  const { value, isWhole } = hiding.json({
    sub: 'bob',
    list: [1, { password: 'p', name: 'n' }],
    copy: 'opaque-credential',
    __proto__x: 'a',
  })
  assert.equal(isWhole, false)
  assert.deepEqual(value, {
    sub: 'bob',
    list: [1, { password: null, name: 'n' }],
    copy: null,
    __proto__x: 'a',
  })
  assert.equal(hiding.json({ sub: 'bob', n: [null, 1.5, true] }).isWhole, true)
})

test('of a request with very many values nothing is shown, and that takes no time', () => {
  const cookie = Array.from({ length: 2000 }, (_, i) => `c${i}=value-${i}`).join('; ')
  const many = createHiding(requestTo('http://h.test/', { headers: [['Cookie', cookie]] }), {
    redaction,
    credentials: [],
    masked: [],
  })
  assert.equal(many.text('orders'), null)
})

const recorder = createRecorder({
  rules: () => ({
    digest: 'd',
    strategy: 'regexp',
    credentials,
    parameters: new Set(['page', 'token']),
  }),
  redaction,
  mask: [],
  maskText: 'hidden',
  now: () => 1,
})

test('a capsule has the values that were read, and names of all headers', () => {
  const recording = recorder(request)
  recording.request.headers.first('x-kind')
  recording.request.headers.canonical.get('Authorization')
  const capsule = recording.finish([])
  assert.ok('request' in capsule)
  const { headers, query } = capsule.request
  assert.deepEqual(headers, {
    authorization: null,
    cookie: null,
    'x-own': null,
    'x-private': null,
    'x-kind': ['b'],
    referer: null,
  })
  assert.deepEqual(query, [
    ['page', '2'],
    ['token', null],
    ['long', null],
    ['w', null],
  ])
})

test('a capsule that is too long, or of a hidden URL, is left out', () => {
  const long = recorder(requestTo('http://h.test/', { headers: [['X-Kind', 'a'.repeat(70_000)]] }))
  long.request.headers.first('x-kind')
  assert.deepEqual(long.finish([]), { v: 1, omitted: 'it is longer than 65536 characters' })
  const hidden = recorder(requestTo('http://h.test/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln'))
  assert.match(JSON.stringify(hidden.finish([])), /does not have the URL/)
  const deep = recorder({
    ...request,
    metadata: JSON.parse(`${'[{"a":'.repeat(20_000)}1${'}]'.repeat(20_000)}`),
  })
  void deep.request.metadata
  assert.match(JSON.stringify(deep.finish([])), /cannot be written/)
})
