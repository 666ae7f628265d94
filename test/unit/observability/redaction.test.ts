import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRedaction } from '../../../src/observability/redaction.ts'
import { processorTime } from '../../support/processor-time.ts'

const redaction = createRedaction({ leak: false, text: 'hidden', headers: ['X-Api-Key'] })

test('headers with credentials are hidden, and headers with URLs lose their query', () => {
  for (const name of [
    'authorization',
    'cookie',
    'set-cookie',
    'x-session-token',
    'sec-websocket-protocol',
    'x-api-key',
  ])
    assert.equal(redaction.header(name, 'secret'), 'hidden')
  assert.equal(redaction.header('location', 'https://a.test/x?code=secret#y'), 'https://a.test/x')
  assert.equal(redaction.header('accept', 'text/html'), 'text/html')
})

test('a query is hidden; none is null', () => {
  assert.equal(redaction.query('a=b'), 'hidden')
  assert.equal(redaction.query(''), null)
})

test('secrets in texts are hidden, the rest is kept', () => {
  for (const [text, shown] of [
    ['connect to redis://user:pass@cache:6379 failed', 'connect to redis://cache:6379 failed'],
    ['GET https://a.test/x?token=1&b=2 failed', 'GET https://a.test/x?hidden failed'],
    ['sent Bearer abcdefgh.ijkl', 'sent Bearer hidden'],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln is bad', 'token hidden is bad'],
    ['What is this? Rule "a" failed', 'What is this? Rule "a" failed'],
    ['file:///etc/oarlock/rules.yaml', 'file:///etc/oarlock/rules.yaml'],
  ] as const)
    assert.equal(redaction.text(text), shown)
})

test('with leak_sensitive_values everything is shown', () => {
  const open = createRedaction({ leak: true, text: 'hidden', headers: [] })
  assert.equal(open.header('authorization', 'secret'), 'secret')
  assert.equal(open.query('a=b'), 'a=b')
  assert.equal(open.text('https://u:p@a.test/?x=1'), 'https://u:p@a.test/?x=1')
})

test('a long hostile text takes almost no time', () => {
  const start = processorTime()
  for (const part of ['a://', 'eyJ', 'bearer ', 'x?', '@', 'eyJaaaaaaaaa.', 'eyJ-', '://x']) {
    redaction.text(part.repeat(5000))
    redaction.text(`https://${part.repeat(5000)}`)
  }
  assert(processorTime() - start < 2000)
})
