import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hydrator } from '../../../src/handlers/mutators/hydrator.ts'
import type { Session } from '../../../src/model/session.ts'
import { createHttp } from '../../../src/outbound/http.ts'
import { testDeps } from '../../support/deps.ts'
import { requestTo, sessionOf } from '../../support/request.ts'
import { stubServer } from '../../support/stub-server.ts'

test('an answer is remembered for the headers and the query that were sent, whatever the session says of them', async t => {
  let calls = 0
  const { origin } = await stubServer(t, (request, response) => {
    calls += 1
    request.resume()
    response.end(JSON.stringify({ subject: `${request.headers['x-tenant']}${request.url}` }))
  })
  const http = createHttp({ timeout: 5000, concurrent: 4, bytes: 10_000 })
  t.after(() => http.close())
  const known = new Map<string, unknown>()
  const cache = {
    get: async (key: string) => known.get(key),
    set: (key: string, value: unknown) => void known.set(key, value),
  }
  const run = hydrator.create({ api: { url: `${origin}/` }, cache: { enabled: true, ttl: '1m' } }, {
    ...testDeps,
    http,
    cache,
  } as never)
  // As an earlier hydrator leaves it: the same for every request.
  const session = sessionOf(requestTo('http://h/'))
  const subject = async (tenant: string, url: string): Promise<string> => {
    const request = requestTo(url, { headers: [['X-Tenant', tenant]] })
    return ((await run(session, request)) as Session).subject
  }
  assert.equal(await subject('red', 'http://h/'), 'red/')
  assert.equal(await subject('blue', 'http://h/'), 'blue/')
  assert.equal(await subject('blue', 'http://h/?a=1'), 'blue/?a=1')
  assert.equal(await subject('red', 'http://h/'), 'red/')
  assert.equal(calls, 3)
})
