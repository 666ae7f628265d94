/** A token among the subprotocols of a real WebSocket handshake through the proxy. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inline, keySetOf, makeKey, makeToken } from '../support/keys.ts'
import { startOarlock } from '../support/oarlock.ts'
import { startUpstream } from '../support/upstream.ts'
import { openWebSocket } from '../support/web-socket.ts'

const key = makeKey('ES256', 'k')
const token = await makeToken(key, { sub: 'alice' })

const config = {
  authenticators: {
    jwt: {
      enabled: true,
      config: { jwks_urls: [inline(keySetOf(key))], allowed_algorithms: ['ES256'] },
    },
  },
  authorizers: { allow: { enabled: true } },
  mutators: {
    header: { enabled: true, config: { headers: { 'X-User': '{{ print .Subject }}' } } },
  },
}

test('the token of a handshake stays at the proxy, and the other subprotocols reach the upstream', async t => {
  const upstream = await startUpstream(t)
  const oarlock = await startOarlock(t, {
    config,
    rules: [
      {
        id: 'socket',
        match: { hosts: ['app.example'], paths: ['/ws'] },
        upstream: { url: `http://127.0.0.1:${upstream.port}` },
        authenticators: [
          {
            handler: 'jwt',
            remove_credential: true,
            config: { token_from: { websocket_protocol: 'bearer' } },
          },
        ],
        authorizer: { handler: 'allow' },
        mutators: [{ handler: 'header' }],
      },
    ],
  })
  const open = (protocols: string) =>
    openWebSocket(t, oarlock.proxy, {
      target: '/ws',
      headers: [['Sec-WebSocket-Protocol', protocols]],
    })

  for (const [sent, received] of [
    [`chat, bearer, ${token}, v2.chat`, ['chat, v2.chat']],
    [`bearer, ${token}`, []],
  ] as const) {
    const socket = await open(sent)
    assert.match(socket.head, /^HTTP\/1\.1 101 /)
    await socket.echo('hello')
    const request = upstream.only()
    assert.deepEqual(request.all('sec-websocket-protocol'), received)
    assert.deepEqual(request.all('x-user'), ['alice'])
    assert.ok(!JSON.stringify(request.headers).includes(token))
  }
  assert.match((await open('bearer, not.a.token')).head, /^HTTP\/1\.1 401 /)
  assert.match((await open(`chat, ${token}`)).head, /^HTTP\/1\.1 401 /)
})
