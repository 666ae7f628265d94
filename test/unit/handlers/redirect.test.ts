import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redirect } from '../../../src/handlers/errors/redirect.ts'
import { failure } from '../../../src/model/failure.ts'
import { testDeps } from '../../support/deps.ts'
import { requestTo } from '../../support/request.ts'

const failed = failure('unauthorized', { message: 'no' })

const answer = (config: object, request: object) =>
  redirect.create(
    { to: 'https://login.test/', code: 302, return_to_query_param: '', ...config } as never,
    testDeps,
  )(failed, { ...requestTo('http://shop.test/a/b?x=1'), ...request })

const locationOf = (config: object, request: object): string | undefined =>
  answer(config, request).headers.get('Location')?.[0]

const returning = { return_to_query_param: 'next' }

test('the return address is the matched URL', () => {
  assert.equal(
    locationOf(returning, {}),
    'https://login.test/?next=http%3A%2F%2Fshop.test%2Fa%2Fb%3Fx%3D1',
  )
})

test('a URL whose scheme is neither http nor ws is not a return address', () => {
  for (const scheme of ['javascript', 'data', 'file', '']) {
    assert.equal(locationOf(returning, { scheme }), 'https://login.test/', scheme)
  }
})

test('no part of a request can add another parameter', () => {
  const path = '/a"><script>&next=//evil#x'
  const location = locationOf(returning, { path, query: 'a=1&next=https://evil' })
  const url = new URL(location ?? '')
  assert.equal(url.origin, 'https://login.test')
  assert.equal([...url.searchParams.keys()].join(), 'next')
  assert.ok(url.searchParams.get('next')?.startsWith('http://shop.test/a'))
})

test('a path that is still escaped is not escaped again', () => {
  const path = '/a%20b/100%/ü'
  const location = locationOf(returning, { path, query: '', pathEscapes: 'all' })
  assert.equal(
    new URL(location ?? '').searchParams.get('next'),
    'http://shop.test/a%20b/100%25/%FC',
  )
})

test('a relative target stays on the host for every path', () => {
  for (const path of ['//evil.test/x', '/\\evil.test', '/..//evil.test/', '/a/../..//evil/']) {
    const location = locationOf({ to: 'login' }, { path }) ?? ''
    assert.match(location, /^\/(?!\/)/, path)
  }
})

test('the page shows the address as text', () => {
  const { body } = answer({ to: 'https://login.test/?a="><script>' }, {})
  assert.ok(!body.includes('<script>'))
})

test('a target with a line break is refused at load', () => {
  assert.throws(
    () => answer({ to: 'https://login.test/\r\nSet-Cookie: a=b' }, {}),
    /to: found a line break/,
  )
})
