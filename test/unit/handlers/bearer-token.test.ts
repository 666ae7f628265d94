import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { bearerToken } from '../../../src/handlers/authenticators/bearer-token.ts'
import type { TokenFrom } from '../../../src/handlers/token-source.ts'
import { createHttp } from '../../../src/outbound/http.ts'
import { testDeps } from '../../support/deps.ts'
import { requestTo, sessionOf } from '../../support/request.ts'
import { stubServer } from '../../support/stub-server.ts'

/** What the session store receives in `Authorization`, or the outcome without a call. */
async function sentTo(
  t: TestContext,
  token_from: TokenFrom,
  headers: readonly (readonly [string, string])[],
): Promise<string | undefined> {
  const { origin, calls } = await stubServer(t, (_, response) => response.end('{"sub":"alice"}'))
  const http = createHttp({ timeout: 5000, concurrent: 4, bytes: 10_000 })
  t.after(() => http.close())
  const run = bearerToken.create(
    {
      check_session_url: `${origin}/`,
      preserve_path: true,
      preserve_query: true,
      preserve_host: false,
      force_method: 'GET',
      forward_http_headers: [],
      subject_from: 'sub',
      extra_from: 'extra',
      token_from,
    },
    { ...testDeps, http },
  )
  const request = requestTo('http://h/', { headers })
  const outcome = await run(sessionOf(request), request)
  const [call] = calls
  if (call === undefined) return outcome.kind === 'failure' ? outcome.code : outcome.kind
  assert.equal(call.headers['sec-websocket-protocol'], undefined)
  return call.headers.authorization
}

const from = { websocket_protocol: 'bearer' }

test('a token among subprotocols is sent as Authorization, in place of one that the client sent', async t => {
  const protocols = ['Sec-WebSocket-Protocol', 'chat, bearer, abc'] as const
  assert.equal(await sentTo(t, from, [protocols]), 'Bearer abc')
  assert.equal(await sentTo(t, from, [protocols, ['Authorization', 'Basic x']]), 'Bearer abc')
})

test('without the name there is no token; without a token behind it the credential is refused', async t => {
  const authorization = ['Authorization', 'Bearer x'] as const
  assert.equal(await sentTo(t, from, [authorization]), 'not_responsible')
  assert.equal(await sentTo(t, from, [['Sec-WebSocket-Protocol', 'chat']]), 'not_responsible')
  assert.equal(await sentTo(t, from, [['Sec-WebSocket-Protocol', 'bearer']]), 'unauthorized')
})

test('a token from a header leaves Authorization as it is', async t => {
  const headers = [
    ['X-Token', 'abc'],
    ['Authorization', 'Basic x'],
  ] as const
  assert.equal(await sentTo(t, { header: 'X-Token' }, headers), 'Basic x')
})
