import assert from 'node:assert/strict'
import { test } from 'node:test'
import { durationPattern } from '../../../src/lib/duration.ts'
import { isUri, isUriReference } from '../../../src/lib/schema/uri.ts'
import { compileSchema } from '../../support/compile-schema.ts'

const of = (schema: object, value: unknown) =>
  compileSchema(schema)(value).map(
    ({ path, found, expected }) => `${path.join('.')}: ${found} -> ${expected}`,
  )

const object = (properties: object, rest: object = {}) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...rest,
})

test('a valid value has no issues', () => {
  assert.deepEqual(of(object({ a: { type: 'integer' } }), { a: 1 }), [])
})

test('all mistakes are reported at once, each at its place', () => {
  const schema = object({
    port: { type: 'integer' },
    hosts: { type: 'array', items: { type: 'string' } },
  })
  assert.deepEqual(of(schema, { port: '4455', hosts: ['a', 2] }), [
    'port: "4455" (string) -> a whole number',
    'hosts.1: 2 -> a string',
  ])
})

test('indexes of lists are numbers in the path', () => {
  const [issue] = compileSchema({ type: 'array', items: { type: 'string' } })([1])
  assert.deepEqual(issue?.path, [0])
})

test('for an unknown key a similar known key is suggested', () => {
  const schema = object({ authorizers: {}, mutators: {} })
  assert.deepEqual(of(schema, { authorisers: {} }), [
    'authorisers: an unknown key -> no such key; did you mean "authorizers"?',
  ])
})

test('for an unknown key without a similar one all keys are listed', () => {
  assert.deepEqual(of(object({ enabled: {} }), { zzzzzz: 1 }), [
    'zzzzzz: an unknown key -> no such key; there are enabled',
  ])
})

test('a missing key is reported with the expected value', () => {
  const schema = object({ to: { type: 'string', format: 'uri-reference' } }, { required: ['to'] })
  assert.deepEqual(of(schema, {}), [
    'to: nothing -> a URL or a path, without backslash: this key is required here',
  ])
})

test('an enum is reported with its values, a duration with its form', () => {
  const schema = object({
    s: { type: 'string', enum: ['exact', 'none'] },
    d: { type: 'string', pattern: durationPattern },
  })
  assert.deepEqual(of(schema, { s: 'Exact', d: '1m30s' }), [
    's: "Exact" (string) -> one of "exact", "none"',
    'd: "1m30s" (string) -> a duration: a whole number and one unit, such as 500ms or 5s',
  ])
})

test('null is reported in words', () => {
  assert.deepEqual(of(object({ a: { type: 'object' } }), { a: null }), [
    'a: null (nothing after the colon) -> an object',
  ])
})

const tokenFrom = {
  oneOf: [
    { type: 'null' },
    object({ header: { type: 'string' } }, { required: ['header'] }),
    object({ cookie: { type: 'string' } }, { required: ['cookie'] }),
  ],
}

test('of several alternatives the issue describes the most similar one', () => {
  assert.deepEqual(of(object({ token_from: tokenFrom }), { token_from: { header: 5 } }), [
    'token_from.header: 5 -> a string',
  ])
})

test('if two alternatives match at once, the issue shows the value', () => {
  const value = { token_from: { header: 'a', cookie: 'b' } }
  assert.deepEqual(of(object({ token_from: tokenFrom }), value), [
    'token_from: an object (header, cookie) -> null or an object with header or an object with cookie',
  ])
})

test('for scalar alternatives the issue names all', () => {
  const workers = {
    oneOf: [
      { type: 'integer', minimum: 1 },
      { type: 'string', enum: ['auto'] },
    ],
  }
  const expected = 'a whole number of at least 1 or "auto"'
  assert.deepEqual(of(workers, 0), [`: 0 -> ${expected}`])
  assert.deepEqual(of(workers, 'x'), [`: "x" (string) -> ${expected}`])
})

test('if no alternative is similar, the issue names each of them once', () => {
  assert.deepEqual(of(object({ token_from: tokenFrom }), { token_from: 'x' }), [
    'token_from: "x" (string) -> null or an object with header or an object with cookie',
  ])
})

test('a condition is not reported itself, its requirement is', () => {
  const schema = {
    type: 'object',
    properties: { enabled: { type: 'boolean' }, config: { type: 'object' } },
    if: { required: ['enabled'], properties: { enabled: { const: true } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { required: ['config'], properties: { config: { type: 'object' } } },
  }
  assert.deepEqual(of(schema, { enabled: true }), [
    'config: nothing -> an object: this key is required here',
  ])
})

for (const path of [
  ['client_secret'],
  ['password'],
  ['headers', 'Authorization'],
  ['key', 'base64'],
  ['redis', 'url'],
  ['X-Api-Key'],
]) {
  test(`a secret is not printed: ${path.join('.')}`, () => {
    const text = { type: 'string' }
    const schema = path.reduceRight<object>((below, key) => object({ [key]: below }), text)
    const value = path.reduceRight<unknown>((below, key) => ({ [key]: below }), 12345)
    assert.deepEqual(of(schema, value), [`${path.join('.')}: a number (hidden) -> a string`])
  })
}

test('a long text is shortened', () => {
  const [line = ''] = of({ type: 'integer' }, 'x'.repeat(10_000))
  assert.ok(line.length < 120, line)
})

test('very many mistakes make a bounded list', () => {
  const values = Array.from({ length: 20_000 }, () => 1)
  assert.equal(of({ type: 'array', items: { type: 'string' } }, values).length, 100)
})

test('a key named __proto__ is an ordinary key', () => {
  assert.deepEqual(of(object({ a: {} }), JSON.parse('{"__proto__": {"a": 1}}')), [
    '__proto__: an unknown key -> no such key; there are a',
  ])
})

const uris = [
  'file://rel.json',
  'inline://x',
  'mailto:x',
  'http:',
  'http://',
  'http://a:80/x?y#z',
  'http://u:p@a/',
  'http://[::1]:80/',
  'http://a/b c',
  'http://a/?%zz',
  'http://a<b>/',
  'http://ü.test/ä',
  's3://b/k',
  'urn:x',
]
const notUris = [
  'foo',
  '/a/b.json',
  'http://a\\b',
  'http://a b/',
  'http://a:x/',
  'http://[::1/',
  'http://a|b/',
  'http://%41/',
  'http://a/%zz',
  ' http://a/',
  '1http://a/',
  'http://a/\n',
  '',
  ':x',
]

test('uri: a scheme and no backslash', () => {
  assert.deepEqual(
    uris.filter(uri => !isUri(uri)),
    [],
  )
  assert.deepEqual(notUris.filter(isUri), [])
})

test('uri-reference: also relative', () => {
  const fine = ['', '/login', 'login?x=1', '//h/x', '../x', '#f', ...uris]
  assert.deepEqual(
    fine.filter(text => !isUriReference(text)),
    [],
  )
  assert.deepEqual(['a\\b', 'a:b c\n', ':x', '/%zz'].filter(isUriReference), [])
})

test('cidr', () => {
  const schema = { type: 'string', format: 'cidr' }
  assert.deepEqual(of(schema, '10.0.0.0/8'), [])
  assert.equal(of(schema, '10.0.0.0/33').length, 1)
})
