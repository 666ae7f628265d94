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
  ['an error name that fits', { error: ['unauthorized', 'forbidden'] }, true],
  ['an error name that does not fit', { error: ['not_found'] }, false],
  [
    'a 429 counts as an internal server error',
    { error: ['internal_server_error'] },
    true,
    { code: 'too_many_requests' },
  ],
  [
    'a decision that took too long counts as one, too',
    { error: ['internal_server_error'] },
    true,
    { code: 'gateway_timeout' },
  ],
  [
    'a service that is not available has no such name',
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
  ['the quality is not read', accept('text/html'), true, accepting('text/html;q=0')],
  [
    'another parameter makes another type',
    accept('text/html'),
    false,
    accepting('text/html; charset=x'),
  ],
  [
    'nor is it of the family of all types',
    accept('*/*'),
    false,
    accepting('application/json; charset=utf-8'),
  ],
  [
    'what stands behind it does not count',
    accept('text/html'),
    false,
    accepting('application/json; charset=utf-8, text/html'),
  ],
  ['what stands before it does', accept('text/html'), true, accepting('text/html, a/b; c=d')],
  [
    'a quality and another parameter end the list',
    accept('text/html'),
    false,
    accepting('a/b;q=0.5;c=d, text/html'),
  ],
  ['a quality that is not one ends the list', accept('*/*'), false, accepting('a/b;q=.5, c/d')],
  ['blanks around a quality', accept('c/d'), true, accepting('a/b ; q=0.5 , c/d')],
  ['case counts', accept('text/html'), false, accepting('TEXT/HTML')],
  ['a wildcard of the request fits itself only', accept('text/html'), false, accepting('*/*')],
  ['a wildcard of the configuration fits all', accept('*/*'), true, accepting('image/png')],
  ['a half wildcard of the configuration', accept('text/*'), true, accepting('text/html')],
  ['no Accept means any bytes', accept('application/octet-stream'), true],
  [
    'a content type without its parameters, in any case',
    contentType('text/html'),
    true,
    sending('Text/HTML; charset=x'),
  ],
  ['a broken content type fits nothing', contentType('text/html'), false, sending('te xt')],
  [
    'an address in the network',
    { request: { cidr: ['10.0.0.0/8'] } },
    true,
    { address: '10.1.2.3' },
  ],
  [
    'an address outside of it',
    { request: { cidr: ['10.0.0.0/8'] } },
    false,
    { address: '8.8.8.8' },
  ],
  [
    'remote_ip is the same',
    { request: { remote_ip: { match: ['::1/128'] } } },
    true,
    { address: '::1' },
  ],
  [
    'all parts must hold',
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

test('no conditions hold always, several are alternatives', () => {
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

test('an Accept header of blanks and commas is read in one pass', () => {
  const holds = compileWhen([accept('text/html')])
  const failed = failure('unauthorized', { message: 'x' })
  for (const value of [`a/b${' '.repeat(60_000)}x`, ','.repeat(60_000), 'a/b;q=1,'.repeat(8000)]) {
    const request = requestTo('http://h/', { headers: [['Accept', value]] })
    assert.equal(holds(failed, request), false)
  }
})
