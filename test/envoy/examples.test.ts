import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adminSpellings } from '../support/admin-spellings.ts'
import { eventually } from '../support/child.ts'
import { ask } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'
import { bearer, startExample, token } from './example.ts'

for (const name of ['grpc', 'http'] as const) {
  test(`envoy-examples/${name} as it is`, async t => {
    const upstream = await startUpstream(t)
    const { port, envoy, oarlock } = await startExample(t, name, upstream)
    t.beforeEach(() => void upstream.take())

    await t.test(
      'a request with a valid token is allowed, and the upstream receives the subject',
      async () => {
        const answer = await ask(port, { target: '/orders/7?x=1', headers: [bearer] })
        assert.deepEqual([answer.status, answer.text], [200, 'upstream'])
        const received = upstream.only()
        assert.equal(received.target, '/orders/7?x=1')
        assert.deepEqual(received.all('x-user'), ['alice'])
      },
    )

    await t.test('a spoofed header is overwritten, however many times it was sent', async () => {
      const spoofed = [
        ['x-user', 'root'],
        ['X-USER', 'admin'],
      ] as const
      for (const [target, headers, user] of [
        ['/orders/7', [...spoofed, bearer], 'alice'],
        ['/public/news', spoofed, 'guest'],
      ] as const) {
        assert.equal((await ask(port, { target, headers })).status, 200)
        assert.deepEqual(upstream.only().all('x-user'), [user])
      }
    })

    await t.test('its underscore spelling is denied', async () => {
      const headers = [['X_User', 'root'], bearer] as const
      assert.equal((await ask(port, { target: '/orders/7', headers })).status, 400)
      assert.deepEqual(upstream.take(), [])
    })

    for (const [what, status, target, headers] of [
      ['no token', 401, '/orders/7', []],
      ['a malformed token', 401, '/orders/7', [['Authorization', 'Bearer x.y.z']]],
      [
        'a changed token',
        401,
        '/orders/7',
        [['Authorization', `Bearer ${token.slice(0, -4)}AAAA`]],
      ],
      ['two tokens', 401, '/orders/7', [bearer, ['Authorization', 'Bearer x.y.z']]],
      ['a rule that denies', 403, '/admin', [bearer]],
      ['no rule', 404, '/elsewhere', [bearer]],
      ['another method', 404, '/public/news', []],
    ] as const) {
      await t.test(`${what}: ${status}, and the upstream receives nothing`, async () => {
        const method = what === 'another method' ? 'DELETE' : 'GET'
        const answer = await ask(port, { method, target, headers })
        assert.equal(answer.status, status)
        assert.deepEqual(answer.all('content-type'), ['application/json'])
        assert.match(answer.text, /^\{"error":\{"code":\d+/)
        assert.deepEqual(upstream.take(), [])
      })
    }

    await t.test('every spelling of a path in the admin area matches its rule', async () => {
      for (const target of adminSpellings) {
        const { status } = await ask(port, { target })
        assert(status >= 400 && status < 500, `${target}: ${status}`)
        assert.deepEqual(upstream.take(), [], target)
      }
    })

    await t.test(
      'Envoy keeps an empty segment: it forwards the path that was matched',
      async () => {
        assert.equal((await ask(port, { target: '/public//../admin' })).status, 200)
        assert.equal(upstream.only().target, '/public/admin')
      },
    )

    await t.test('forwarded headers of a client are ignored', async () => {
      const headers = [
        ['X-Forwarded-Uri', '/public/news'],
        ['X-Forwarded-Host', 'other.example'],
        ['X-Forwarded-Method', 'GET'],
        ['X-Forwarded-Proto', 'https'],
        ['X-Original-Url', 'http://app.example/public/news'],
        ['X-Envoy-Original-Path', '/public/news'],
        ['X-Http-Method-Override', 'GET'],
        ['User-Agent', 'GoogleHC/1.0'],
      ] as const
      assert.equal((await ask(port, { target: '/admin', headers })).status, 401)
      assert.deepEqual(upstream.take(), [])
    })

    if (name === 'grpc') {
      await t.test('rule and subject are in the access log', async () => {
        await ask(port, { target: '/orders/7', headers: [bearer] })
        await eventually(
          () =>
            /"rule":"orders".*"subject":"alice"|"subject":"alice".*"rule":"orders"/.exec(
              envoy.log(),
            ),
          'rule and subject',
        )
        assert(!envoy.log().includes(token))
      })
    }

    await t.test('without Oarlock no request is allowed', async () => {
      await oarlock.stop()
      assert.equal((await ask(port, { target: '/public/news' })).status, 503)
      assert.deepEqual(upstream.take(), [])
    })
  })
}
