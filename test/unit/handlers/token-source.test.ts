import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  compileTokenSource,
  type TokenFrom,
  tokenFromSchema,
} from '../../../src/handlers/token-source.ts'
import { compileSchema } from '../../support/compile-schema.ts'
import { requestTo } from '../../support/request.ts'

type Pairs = readonly (readonly [string, string])[]

const read = (from: TokenFrom | undefined, headers: Pairs, query = '') =>
  compileTokenSource(from).read(requestTo(`http://h/${query}`, { headers }))

const authorizations: readonly (readonly [value: string, token: string | undefined])[] = [
  ['Bearer abc', 'abc'],
  ['bearer abc', 'abc'],
  ['BEARER abc', 'abc'],
  ['Bearer  abc', ' abc'],
  ['Bearer abc def', 'abc def'],
  ['Bearer Bearer abc', 'Bearer abc'],
  ['Bearer\tabc', undefined],
  ['Bearer ', undefined],
  ['Bearer', undefined],
  ['Bearerabc', undefined],
  [' Bearer abc', undefined],
  ['Basic abc', undefined],
  ['abc', undefined],
  ['', undefined],
]
for (const [value, token] of authorizations) {
  test(`Authorization "${value}" holds ${token === undefined ? 'no token' : `"${token}"`}`, () => {
    for (const from of [
      undefined,
      null,
      { header: 'Authorization' },
      { header: 'AUTHORIZATION' },
    ]) {
      assert.equal(read(from, [['Authorization', value]]), token)
    }
  })
}

test('without a header there is no token', () => {
  assert.equal(read(undefined, []), undefined)
})

test('the first of several Authorization values is used', () => {
  const headers: Pairs = [
    ['Authorization', 'Basic x'],
    ['authorization', 'Bearer abc'],
  ]
  assert.equal(read(undefined, headers), undefined)
})

test('the whole value of any other header is the token', () => {
  assert.equal(read({ header: 'X-Jwt' }, [['x-jwt', 'Bearer abc']]), 'Bearer abc')
  assert.equal(read({ header: 'X-Jwt' }, [['x-jwt', '']]), undefined)
  assert.equal(read({ header: 'X-Jwt' }, [['authorization', 'Bearer abc']]), undefined)
})

test('a query parameter is decoded, and the token is read from the query only', () => {
  const from = { query_parameter: 'token' }
  assert.equal(
    read(
      from,
      [
        ['token', 'x'],
        ['cookie', 'token=y'],
      ],
      '?a=1&token=a%2Eb',
    ),
    'a.b',
  )
  assert.equal(read(from, [['authorization', 'Bearer abc']], '?token='), undefined)
})

test('a cookie is read from all Cookie headers', () => {
  assert.equal(
    read({ cookie: 'sess' }, [
      ['cookie', 'a=b'],
      ['Cookie', 'sess=abc'],
    ]),
    'abc',
  )
  assert.equal(read({ cookie: 'sess' }, [['cookie', 'sess=']]), undefined)
})

test('a token among subprotocols; what is not exactly one token is a refused credential', () => {
  const from = { websocket_protocol: 'bearer' }
  const of = (...values: readonly string[]) =>
    read(
      from,
      values.map(value => ['Sec-WebSocket-Protocol', value] as const),
    )
  assert.equal(of(), undefined)
  assert.equal(of('chat'), undefined)
  assert.equal(of('chat, bearer, abc'), 'abc')
  for (const refused of [of('bearer'), of('bearer, a', 'chat'), of('bearer, a, a')]) {
    assert.ok(typeof refused === 'object')
    assert.deepEqual([refused.code, refused.isRefusal], ['unauthorized', true])
  }
  assert.equal(read(from, [['authorization', 'Bearer abc']]), undefined)
})

test('the source of the credential is returned', () => {
  const of = (from?: TokenFrom) => compileTokenSource(from).credential
  assert.deepEqual(of(), { in: 'header', name: 'authorization' })
  assert.deepEqual(of({ header: 'X-Jwt' }), { in: 'header', name: 'x-jwt' })
  assert.deepEqual(of({ cookie: 'sess' }), { in: 'cookie', name: 'sess' })
  assert.deepEqual(of({ query_parameter: 't' }), { in: 'query', name: 't' })
  assert.deepEqual(of({ websocket_protocol: 'b' }), { in: 'websocket_protocol', name: 'b' })
})

const validate = compileSchema(tokenFromSchema)

test('the schema accepts one source or none', () => {
  for (const good of [
    null,
    { header: 'a' },
    { cookie: 'a' },
    { query_parameter: 'a' },
    { websocket_protocol: 'a.b' },
  ]) {
    assert.deepEqual(validate(good), [])
  }
  for (const bad of [
    {},
    { header: 'a', cookie: 'b' },
    { header: 1 },
    'header',
    { body: 'x' },
    { websocket_protocol: '' },
    { websocket_protocol: 'a, b' },
  ]) {
    assert.notDeepEqual(validate(bad), [])
  }
})
