import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Condition, compileWhen } from '../../../src/handlers/errors/when.ts'
import { type FailureCode, failure } from '../../../src/model/failure.ts'
import { requestTo } from '../../support/request.ts'

type Row = readonly [name: string, condition: Condition, expected: boolean, asked?: Asked]
interface Asked {
  readonly code?: FailureCode
  readonly headers?: readonly (readonly [string, string])[]
  readonly address?: string
}

const accept = (...types: string[]): Condition => ({ request: { header: { accept: types } } })
const contentType = (...types: string[]): Condition => ({
  request: { header: { content_type: types } },
})
const accepting = (value: string): Asked => ({ headers: [['Accept', value]] })
const sending = (value: string): Asked => ({ headers: [['Content-Type', value]] })

const rows: readonly Row[] = [
  ['an empty condition holds', {}, true],
  ['an error name that matches', { error: ['unauthorized', 'forbidden'] }, true],
  ['an error name that does not match', { error: ['not_found'] }, false],
  [
    'a 429 counts as an internal server error',
    { error: ['internal_server_error'] },
    true,
    { code: 'too_many_requests' },
  ],
  [
    'a decision above its deadline counts as an internal server error, too',
    { error: ['internal_server_error'] },
    true,
    { code: 'gateway_timeout' },
  ],
  [
    'an unavailable service does not count as an internal server error',
    { error: ['internal_server_error'] },
    false,
    { code: 'service_unavailable' },
  ],
  [
    'a 429 has its own name too',
    { error: ['too_many_requests'] },
    true,
    { code: 'too_many_requests' },
  ],
  ['an accepted type', accept('text/html'), true, accepting('text/html, */*')],
  ['the quality is ignored', accept('text/html'), true, accepting('text/html;q=0')],
  [
    'a type with another parameter is another type',
    accept('text/html'),
    false,
    accepting('text/html; charset=x'),
  ],
  [
    'a type with another parameter does not match a wildcard',
    accept('*/*'),
    false,
    accepting('application/json; charset=utf-8'),
  ],
  [
    'types after it are not read',
    accept('text/html'),
    false,
    accepting('application/json; charset=utf-8, text/html'),
  ],
  ['types before it are read', accept('text/html'), true, accepting('text/html, a/b; c=d')],
  [
    'a quality with another parameter ends the list',
    accept('text/html'),
    false,
    accepting('a/b;q=0.5;c=d, text/html'),
  ],
  ['a quality that is not valid ends the list', accept('*/*'), false, accepting('a/b;q=.5, c/d')],
  ['spaces around a quality', accept('c/d'), true, accepting('a/b ; q=0.5 , c/d')],
  ['case counts', accept('text/html'), false, accepting('TEXT/HTML')],
  ['a wildcard in the request matches only itself', accept('text/html'), false, accepting('*/*')],
  [
    'a wildcard in the configuration matches every type',
    accept('*/*'),
    true,
    accepting('image/png'),
  ],
  ['a wildcard subtype in the configuration', accept('text/*'), true, accepting('text/html')],
  ['no Accept means any bytes', accept('application/octet-stream'), true],
  [
    'a content type matches without its parameters, in any case',
    contentType('text/html'),
    true,
    sending('Text/HTML; charset=x'),
  ],
  [
    'a content type that is not valid matches nothing',
    contentType('text/html'),
    false,
    sending('te xt'),
  ],
  [
    'an address in the network',
    { request: { cidr: ['10.0.0.0/8'] } },
    true,
    { address: '10.1.2.3' },
  ],
  [
    'an address outside the network',
    { request: { cidr: ['10.0.0.0/8'] } },
    false,
    { address: '8.8.8.8' },
  ],
  [
    'remote_ip works in the same way',
    { request: { remote_ip: { match: ['::1/128'] } } },
    true,
    { address: '::1' },
  ],
  [
    'all parts must match',
    { error: ['forbidden'], ...accept('text/html') },
    false,
    accepting('image/png'),
  ],
]

for (const [name, condition, expected, asked = {}] of rows) {
  test(`when: ${name}`, () => {
    const { code = 'forbidden', headers = [], address = '127.0.0.1' } = asked
    const request = requestTo('http://h/', { headers, address })
    assert.equal(compileWhen([condition])(failure(code, { message: 'x' }), request), expected)
  })
}

test('no conditions always match, one of several must match', () => {
  const request = requestTo('http://h/')
  const failed = failure('forbidden', { message: 'x' })
  assert.equal(compileWhen(undefined)(failed, request), true)
  assert.equal(compileWhen([])(failed, request), true)
  assert.equal(
    compileWhen([{ error: ['not_found'] }, { error: ['forbidden'] }])(failed, request),
    true,
  )
})

test('a network that is not valid is named', () => {
  assert.throws(
    () => compileWhen([{ request: { cidr: ['10.0.0.0/99'] } }]),
    /"10\.0\.0\.0\/99" is not a network/,
  )
})

test('an Accept header of spaces and commas is read in one pass', () => {
  const holds = compileWhen([accept('text/html')])
  const failed = failure('unauthorized', { message: 'x' })
  for (const value of [`a/b${' '.repeat(60_000)}x`, ','.repeat(60_000), 'a/b;q=1,'.repeat(8000)]) {
    const request = requestTo('http://h/', { headers: [['Accept', value]] })
    assert.equal(holds(failed, request), false)
  }
})
