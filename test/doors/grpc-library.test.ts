/**
 * A gRPC server that sends checks itself, as libraries with the ext_authz filter do (gRFC A92): no scheme, no host,
 * raw headers. Changes are applied to the metadata; a denial becomes the status of the call.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  ServerInterceptingCall as Intercepting,
  Metadata,
  type ServerInterceptingCall,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js'
import { shopClient, startShop } from '../envoy/grpc-services.ts'
import { type Answer, checkOf, rawHeaders } from '../support/check.ts'
import { type CheckClient, checkClient } from '../support/grpc-client.ts'
import { inline, keySetOf, makeKey, makeToken } from '../support/keys.ts'
import { startOarlock } from '../support/oarlock.ts'

const key = makeKey('ES256', 'shop')
const authorization = `Bearer ${await makeToken(key, { sub: 'alice' })}`

const rule = (id: string, match: object, parts: object = {}) => ({
  id,
  match,
  authenticators: [{ handler: 'jwt' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
  ...parts,
})

const config = {
  authenticators: {
    jwt: {
      enabled: true,
      config: { jwks_urls: [inline(keySetOf(key))], allowed_algorithms: ['ES256'] },
    },
  },
  authorizers: { allow: { enabled: true }, deny: { enabled: true } },
  mutators: {
    header: { enabled: true, config: { headers: { 'X-User': '{{ print .Subject }}' } } },
  },
  errors: {
    fallback: ['redirect'],
    handlers: { redirect: { enabled: true, config: { to: 'https://login.example/' } } },
  },
}

const rules = [
  rule('orders', { authority: '<.*>', full_method: 'shop.Orders/<(Get|Watch)>' }),
  rule(
    'admin',
    { authority: '<.*>', full_method: 'shop.Admin/<.*>' },
    { authorizer: { handler: 'deny' } },
  ),
  rule('page', { url: '<https?>://<.*>/grpc.health.v1.Health/Check', methods: ['POST'] }),
]

/** Maps `denied_response.status` to the status of the call, as every gRPC library maps HTTP. */
const statusOf: Readonly<Record<string, status>> = {
  BadRequest: status.INTERNAL,
  Unauthorized: status.UNAUTHENTICATED,
  Forbidden: status.PERMISSION_DENIED,
  NotFound: status.UNIMPLEMENTED,
}

function changed(metadata: Metadata, { ok_response }: Answer): Metadata {
  const after = metadata.clone()
  for (const { header } of ok_response?.headers ?? []) {
    assert.match(header.key, /^[a-z0-9_-]+$/, 'gRPC libraries refuse names in upper case')
    after.set(header.key, header.value ?? '')
  }
  for (const name of ok_response?.headers_to_remove ?? []) {
    assert.match(name, /^[a-z0-9_-]+$/)
    after.remove(name)
  }
  return after
}

function denied({ denied_response }: Answer) {
  const metadata = new Metadata()
  for (const { header } of denied_response?.headers ?? []) {
    assert.notEqual(header.key, 'content-type', 'content-length would be that of the call')
    metadata.set(header.key, header.value ?? '')
  }
  const code = statusOf[`${denied_response?.status?.code}`] ?? status.UNKNOWN
  return { code, details: denied_response?.body ?? '', metadata }
}

const asking =
  (client: CheckClient): ServerInterceptor =>
  ({ path }, call): ServerInterceptingCall =>
    new Intercepting(call, {
      start: next =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            const pairs = Object.entries(metadata.getMap()).map(
              ([name, value]) => [name, value] as const,
            )
            const http = { method: 'POST', path, host: '', scheme: '', ...rawHeaders(...pairs) }
            void client.check(checkOf(http)).then(answer => {
              if ((answer.status?.code ?? 0) === 0) pass(changed(metadata, answer))
              else call.sendStatus(denied(answer))
            })
          },
        }),
    })

async function start(t: TestContext) {
  const oarlock = await startOarlock(t, { config, rules })
  const check = checkClient(t, `127.0.0.1:${oarlock.grpc}`)
  const shop = await startShop(t, { interceptors: [asking(check)] })
  return { shop, client: shopClient(t, shop.port) }
}

test('a gRPC server that sends checks itself: rules of the gRPC form, metadata, statuses', async t => {
  const { shop, client } = await start(t)
  const headers = { authorization, 'x-user': 'root', x_user: 'root' }
  assert.equal((await client.call('/shop.Orders/Get', headers)).code, 0)
  const [call] = shop.take()
  assert.deepEqual([call?.metadata.get('x-user'), call?.metadata.get('x_user')], [['alice'], []])

  for (const [path, sent, code, details] of [
    ['/shop.Orders/Get', {}, status.UNAUTHENTICATED, 'The request could not be authorized'],
    [
      '/shop.Admin/Delete',
      { authorization },
      status.PERMISSION_DENIED,
      'The requested action was forbidden',
    ],
    // A rule of the HTTP form has a scheme, which the check does not contain.
    [
      '/grpc.health.v1.Health/Check',
      { authorization },
      status.UNIMPLEMENTED,
      'The requested resource could not be found',
    ],
  ] as const) {
    const outcome = await client.call(path, sent)
    assert('details' in outcome)
    assert.deepEqual([outcome.code, outcome.details], [code, details])
    assert.deepEqual(outcome.trailers.get('location'), [])
    assert.deepEqual(shop.take(), [])
  }
})

test('a stream is checked once, when it is opened', async t => {
  const { shop, client } = await start(t)
  assert.deepEqual(await client.watch(['one', 'two'], { authorization }), ['one', 'two'])
  assert.deepEqual(shop.take()[0]?.metadata.get('x-user'), ['alice'])
  await assert.rejects(client.watch(['one']), { code: status.UNAUTHENTICATED })
  assert.deepEqual(shop.take(), [])
})
