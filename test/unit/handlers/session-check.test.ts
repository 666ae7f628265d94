import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileCheck } from '../../../src/handlers/authenticators/session/check.ts'
import { createHttp } from '../../../src/outbound/http.ts'
import { requestTo, sessionOf } from '../../support/request.ts'
import { stubServer } from '../../support/stub-server.ts'

for (const [answer, reason] of [
  ['{}', /has no subject: subject_from expects it at "identity.id"/],
  ['{"identity":{"id":7}}', /subject_from .* expected a string at "identity.id"/],
  ['{"identity":{"id":"a"},"traits":[]}', /extra_from .* expected an object at "traits"/],
] as const) {
  test(`a missing field in the answer of a session store is named with its path: ${answer}`, async t => {
    const { origin } = await stubServer(t, (_, response) => response.end(answer))
    const http = createHttp({ timeout: 5000, concurrent: 4, bytes: 10_000 })
    t.after(() => http.close())
    const check = compileCheck(http, { subject: 'identity.id', extra: 'traits' })
    const call = {
      method: 'GET',
      url: `${origin}/`,
      headers: {},
      signal: requestTo('http://h/').signal,
    }
    const found = await check(sessionOf(requestTo('http://h/')), call, { in: 'cookie', name: 's' })
    assert.ok(found.kind === 'failure')
    assert.match(found.info.reason ?? '', reason)
  })
}
