import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changeQuery, type ParsedQuery } from '../../../../src/doors/proxy/embedded/change-query.ts'

const changes = { set: new Map([['user', 'guest']]), remove: ['user', 'token'] }

function changed(request: ParsedQuery): ParsedQuery {
  changeQuery(request, changes)
  return request
}

test('both targets get the changed query, whatever is mounted', () => {
  assert.deepEqual(changed({ url: '/x?token=1&a=2', originalUrl: '/m/x?token=1&a=2' }), {
    url: '/x?a=2&user=guest',
    originalUrl: '/m/x?a=2&user=guest',
  })
  assert.deepEqual(changed({ url: '/' }), { url: '/?user=guest' })
})

test('without a change nothing is written', () => {
  const request = Object.freeze({ url: '/x?a', query: 1 })
  changeQuery(request, { set: new Map(), remove: [] })
})

test('a query that was parsed before is parsed again by the application, or is empty', () => {
  const app = { get: (name: string) => (name === 'query parser fn' ? (text: string) => [text] : 0) }
  assert.deepEqual(changed({ url: '/x?token=1', query: { token: '1' }, app }).query, ['user=guest'])
  assert.deepEqual(
    { ...(changed({ url: '/x?token=1', query: { token: '1' } }).query as object) },
    {},
  )
})
