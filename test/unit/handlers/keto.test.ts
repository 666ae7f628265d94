import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ketoEngineAcpOry } from '../../../src/handlers/authorizers/keto-engine-acp-ory.ts'
import { createHttp } from '../../../src/outbound/http.ts'
import { testDeps } from '../../support/deps.ts'
import { requestTo, sessionOf } from '../../support/request.ts'
import { stubServer } from '../../support/stub-server.ts'

for (const [answer, outcome] of [
  ['{"allowed":true}', 'session'],
  ['{"allowed":true,"more":1}', 'session'],
  ['{"allowed":false}', 'forbidden'],
  ['{"allowed":null}', 'forbidden'],
  ['{}', 'forbidden'],
  ['null', 'forbidden'],
  ['{"allowed":"true"}', 'internal_server_error'],
  ['{"allowed":1}', 'internal_server_error'],
  ['true', 'internal_server_error'],
  ['[{"allowed":true}]', 'internal_server_error'],
  ['"true"', 'internal_server_error'],
  ['<html>', 'internal_server_error'],
  ['', 'internal_server_error'],
] as const) {
  test(`the answer ${answer || 'without a body'} of Keto: ${outcome}`, async t => {
    const { origin } = await stubServer(t, (_, response) => response.end(answer))
    const http = createHttp({ timeout: 5000, concurrent: 4, bytes: 10_000 })
    t.after(() => http.close())
    const authorize = ketoEngineAcpOry.create(
      { base_url: origin, required_action: 'a', required_resource: 'r' },
      { ...testDeps, http },
    )
    const request = requestTo('http://h/')
    const result = await authorize(sessionOf(request), request)
    assert.equal(result.kind === 'session' ? 'session' : result.code, outcome)
  })
}

test('Keto receives the client address that the door determined, never one from a header', async t => {
  const bodies: string[] = []
  const { origin } = await stubServer(t, (request, response) => {
    request.setEncoding('utf8').on('data', text => bodies.push(text))
    request.on('end', () => response.end('{"allowed":true}'))
  })
  const http = createHttp({ timeout: 5000, concurrent: 4, bytes: 10_000 })
  t.after(() => http.close())
  const authorize = ketoEngineAcpOry.create(
    { base_url: origin, required_action: 'a', required_resource: 'r' },
    { ...testDeps, http },
  )
  const request = requestTo('http://h/', {
    address: '203.0.113.9',
    headers: [
      ['X-Forwarded-For', '8.8.8.8'],
      ['X-Real-IP', '8.8.4.4'],
    ],
  })
  await authorize(sessionOf(request), request)
  assert.match(bodies.join(''), /"remoteIpAddress":"203\.0\.113\.9"/)
})
