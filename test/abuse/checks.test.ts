import assert from 'node:assert/strict'
import { connect } from 'node:http2'
import { test } from 'node:test'
import {
  type Answer,
  answerOf,
  checkOf,
  encodeAttributes,
  loopbackPeer,
  rawHeaders,
} from '../support/check.ts'
import { checkClient } from '../support/grpc-client.ts'
import { makeKey, makeToken } from '../support/keys.ts'
import { stubServer } from '../support/stub-server.ts'
import { adminToken, bearer, checkResult, handlers, host, open, startAreas } from './areas.ts'

/** Messages that do not describe a request: each is answered, and the answer is a denial. */
const messages: Readonly<Record<string, Buffer>> = {
  'an empty message': Buffer.alloc(0),
  'random bytes': Buffer.from('ff00ff00deadbeef', 'hex'),
  'the text of an HTTP request': Buffer.from('GET /public HTTP/1.1\r\n\r\n'),
  JSON: Buffer.from('{"attributes":{"request":{"http":{"path":"/public"}}}}'),
  'a length greater than the message': Buffer.from('0affffffff0f', 'hex'),
  'a varint of eleven bytes': Buffer.from('08ffffffffffffffffffff01', 'hex'),
  'groups that never end': Buffer.from('0b'.repeat(10_000), 'hex'),
  'a truncated message': checkOf({ host, path: '/public' }).subarray(0, -3),
  'no attributes': encodeAttributes({}),
  'no request': encodeAttributes({ source: loopbackPeer }),
  'no http': encodeAttributes({ request: {} }),
  'no fields': encodeAttributes({ request: { http: {} } }),
  'no method': checkOf({ host, path: '/public', method: '' }),
  'no path': checkOf({ host, path: '' }),
  'no scheme': checkOf({ host, path: '/public', scheme: '' }),
  'no host': checkOf({ host: '', path: '/public' }),
}

test('a message that does not describe a request is denied, and the gRPC status is OK', async t => {
  const { oarlock } = await startAreas(t)
  const client = checkClient(t, `127.0.0.1:${oarlock.grpc}`)
  for (const [what, message] of Object.entries(messages)) {
    await t.test(what, async () => {
      const answer = await client.check(message)
      assert.ok([400, 403, 404].includes(Number(checkResult(answer))), JSON.stringify(answer))
      assert.equal(answer.ok_response, undefined)
      assert.equal(answer.error_response, undefined)
    })
  }
  await t.test('a valid check is allowed afterwards', async () => {
    const answer = await client.check(checkOf({ host, path: '/public' }))
    assert.equal(checkResult(answer), 'public')
  })
})

test('header bytes that are not UTF-8 are matched byte by byte', async t => {
  const { check } = await startAreas(t)
  const bytes = Buffer.from([0x63, 0x61, 0x66, 0xe9, 0xff, 0x80])
  const http = { host, path: '/public', ...rawHeaders(['x-latin', bytes], ['cookie', bytes]) }
  assert.equal(checkResult(await check(http)), 'public')
  const credential = rawHeaders(['authorization', Buffer.concat([Buffer.from('Bearer '), bytes])])
  assert.equal(checkResult(await check({ host, path: '/admin', ...credential })), 401)
})

/** Each decision has its own. */
const withoutId = (answer: object): unknown =>
  JSON.parse(JSON.stringify(answer).replace(/"[0-9a-f]{32}"/g, '"id"'))

test('the header map and the raw header list lead to the same decisions', async t => {
  const { check } = await startAreas(t)
  const [name, value] = bearer(adminToken)
  for (const path of ['/public', '/admin', '/nowhere']) {
    const mapped = await check({ host, path, headers: { [name.toLowerCase()]: value } })
    const listed = await check({ host, path, ...rawHeaders([name.toLowerCase(), value]) })
    assert.deepEqual(withoutId(listed), withoutId(mapped))
  }
})

test('context extensions are not read as headers, and headers are not read as context extensions', async t => {
  const { check } = await startAreas(t)
  const [, value] = bearer(adminToken)
  const context = { context_extensions: { authorization: value, 'x-user': 'root' } }
  assert.equal(checkResult(await check({ host, path: '/admin' }, context)), 401)
})

test("the tenant comes from the context extensions of the route, never from a client's header", async t => {
  const tenant = '{{ .MatchContext.ContextExtensions.tenant }}'
  const mutators = [{ handler: 'header', config: { headers: { 'X-Rule': tenant } } }]
  const { check, forwarded } = await startAreas(t, {
    rules: [{ ...open('tenants', `http://${host}/t`), mutators }],
  })
  const spoofs = ['tenant', 'Tenant', 'x-tenant', 'context_extensions', 'x-rule'] as const
  const headers = rawHeaders(...spoofs.map(name => [name, 'other'] as const))
  const asked = { host, path: '/t?tenant=other', ...headers }
  const context = { context_extensions: { tenant: 'shop' } }
  assert.equal(checkResult(await check(asked, context)), 'shop')
  for (const rest of [undefined, { context_extensions: { Tenant: 'shop' } }]) {
    assert.equal(checkResult(await check(asked, rest)), '')
  }
  const sent = spoofs.map(name => [name, 'other'] as const)
  assert.equal(await forwarded({ target: '/t', headers: sent }), '')
})

test('a certificate or a principal in the check is not a credential by itself', async t => {
  const { check } = await startAreas(t)
  const source = { ...loopbackPeer, principal: 'spiffe://root', service: 'admin' }
  assert.equal(checkResult(await check({ host, path: '/admin' }, { source })), 401)
})

/** Sends one check whose deadline only the server knows: a client-side deadline would race with it. */
async function checkWithin(port: number, timeout: string, message: Buffer): Promise<Answer> {
  const session = connect(`http://127.0.0.1:${port}`)
  const stream = session.request({
    ':method': 'POST',
    ':path': '/envoy.service.auth.v3.Authorization/Check',
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-timeout': timeout,
  })
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  stream.end(Buffer.concat([prefix, message]))
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  session.close()
  return answerOf(Buffer.concat(chunks).subarray(5))
}

test('a check with a short deadline is denied in time while the key set does not arrive', async t => {
  const silent = await stubServer(t, () => undefined)
  const key = makeKey('ES256', 'late')
  const jwt = {
    enabled: true,
    config: { jwks_urls: [silent.origin], jwks_max_wait: '60s', allowed_algorithms: ['ES256'] },
  }
  const { oarlock } = await startAreas(t, {
    config: { ...handlers, authenticators: { jwt } },
    rules: [{ ...open('late', `http://${host}/<.*>`), authenticators: [{ handler: 'jwt' }] }],
  })
  const headers = rawHeaders(bearer(await makeToken(key, { sub: 'alice' })))
  const message = checkOf({ host, path: '/x', ...headers })
  const answer = await checkWithin(oarlock.grpc, '50m', message)
  assert.ok([401, 504].includes(Number(checkResult(answer))), JSON.stringify(answer))
  assert.equal(answer.ok_response, undefined)
})
