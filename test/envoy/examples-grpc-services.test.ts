/** gRPC services behind Envoy, with rules of the gRPC form. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { status } from '@grpc/grpc-js'
import { bearer, startExample } from './example.ts'
import { type Outcome, shopClient, startShop } from './grpc-services.ts'

const authorization = bearer[1]

function assertRefused(outcome: Outcome, code: number, details: RegExp): void {
  assert.equal(outcome.code, code)
  assert('details' in outcome)
  assert.match(outcome.details, details)
}

test('envoy-examples/grpc-services: methods are matched, and denials are gRPC statuses', async t => {
  const shop = await startShop(t)
  const { port, oarlock } = await startExample(t, 'grpc-services', shop)
  const client = shopClient(t, port)
  shop.take()

  await t.test("an allowed call reaches the server with the caller's identity", async () => {
    const outcome = await client.call('/shop.Orders/Get', { authorization, 'x-user': 'root' })
    assert.deepEqual(outcome, { code: 0, message: Buffer.from('a message') })
    const [call, ...others] = shop.take()
    assert.deepEqual([call?.metadata.get('x-user'), others], [['alice'], []])
  })

  await t.test('a stream is checked once, when it is opened', async () => {
    const messages = ['one', 'two', 'three']
    assert.deepEqual(await client.watch(messages, { authorization }), messages)
    assert.equal(shop.take().length, 1)
    await assert.rejects(client.watch(messages), { code: status.UNAUTHENTICATED })
    assert.deepEqual(shop.take(), [])
  })

  await t.test('health is open to everybody', async () => {
    assert.equal((await client.call('/grpc.health.v1.Health/Check')).code, 0)
    assert.deepEqual(shop.take()[0]?.metadata.get('x-user'), ['guest'])
  })

  const unauthorized = /^The request could not be authorized$/
  for (const [what, path, headers, code, details] of [
    ['no token', '/shop.Orders/Get', {}, status.UNAUTHENTICATED, unauthorized],
    [
      'a malformed token',
      '/shop.Orders/Get',
      { authorization: 'Bearer x.y.z' },
      status.UNAUTHENTICATED,
      unauthorized,
    ],
    [
      'a method that is denied',
      '/shop.Admin/Delete',
      { authorization },
      status.PERMISSION_DENIED,
      /^The requested action was forbidden$/,
    ],
    [
      'a method without a rule',
      '/shop.Orders/Delete',
      { authorization },
      status.UNIMPLEMENTED,
      /^The requested resource could not be found$/,
    ],
    [
      'another spelling of the method',
      '/shop.Orders/../shop.Admin/Delete',
      { authorization },
      status.PERMISSION_DENIED,
      /forbidden/,
    ],
  ] as const) {
    await t.test(`${what}: ${status[code]}, and the server receives nothing`, async () => {
      assertRefused(await client.call(path, headers), code, details)
      assert.deepEqual(shop.take(), [])
    })
  }

  await t.test('a request that is not a gRPC call matches no rule of the gRPC form', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/shop.Orders/Get`, {
      method: 'POST',
      headers: { authorization },
    })
    assert.equal(answer.status, 404)
    assert.deepEqual(shop.take(), [])
  })

  await t.test('Oarlock down: UNAVAILABLE', async () => {
    await oarlock.stop()
    assertRefused(
      await client.call('/shop.Orders/Get', { authorization }),
      status.UNAVAILABLE,
      /^$/,
    )
    assert.deepEqual(shop.take(), [])
  })
})
