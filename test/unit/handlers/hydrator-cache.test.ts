import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hydrator } from '../../../src/handlers/mutators/hydrator.ts'
import { createMemoryCache } from '../../../src/outbound/cache.ts'
import { createHttp } from '../../../src/outbound/http.ts'
import { testDeps } from '../../support/deps.ts'
import { requestTo, sessionOf } from '../../support/request.ts'
import { stubServer } from '../../support/stub-server.ts'

test('the cache key of an answer is the headers and the query that were sent, not those in the session', async t => {
  let calls = 0
  const { origin } = await stubServer(t, (request, response) => {
    calls += 1
    request.resume()
    const seen = `${request.headers['x-tenant']}${request.url}`
    response.end(JSON.stringify({ subject: '', extra: { seen } }))
  })
  const http = createHttp({ timeout: 5000, concurrent: 4, bytes: 10_000 })
  t.after(() => http.close())
  const run = hydrator.create(
    { api: { url: `${origin}/` }, cache: { enabled: true, ttl: '1m' } },
    {
      ...testDeps,
      http,
      cache: createMemoryCache(10_000),
    },
  )
  // As an earlier hydrator leaves it: the same for every request.
  const session = sessionOf(requestTo('http://h/'))
  const seen = async (tenant: string, url: string): Promise<unknown> => {
    const request = requestTo(url, { headers: [['X-Tenant', tenant]] })
    const found = await run(session, request)
    assert.ok(found.kind === 'session', JSON.stringify(found))
    return found.extra?.['seen']
  }
  assert.equal(await seen('red', 'http://h/'), 'red/')
  assert.equal(await seen('blue', 'http://h/'), 'blue/')
  assert.equal(await seen('blue', 'http://h/?a=1'), 'blue/?a=1')
  assert.equal(await seen('red', 'http://h/'), 'red/')
  assert.equal(calls, 3)
})
