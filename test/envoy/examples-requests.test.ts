import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually, startChild, untilReady } from '../support/child.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { temporaryFolder } from '../support/folder.ts'
import { freePort, loopback } from '../support/ports.ts'
import { ask } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'
import { openWebSocket } from '../support/web-socket.ts'
import { bearer, startExample, token } from './example.ts'

test('envoy-examples/body: a policy service decides about bodies', async t => {
  const upstream = await startUpstream(t)
  const moved = { 10002: await startPolicy(t) }
  const { port } = await startExample(t, 'body', { ...upstream, moved })
  const post = (target: string, body: string) =>
    ask(port, { method: 'POST', target, headers: [bearer], body: Buffer.from(body) })

  assert.equal((await post('/transfers', '{"amount": 10}')).status, 200)
  const received = upstream.only()
  assert.deepEqual([received.all('x-user'), received.all('x-limit')], [['alice'], ['1000']])
  assert.equal(received.body.toString(), '{"amount": 10}')

  const long = `{"amount": 10, "note": "${'x'.repeat(9000)}"}`
  for (const [what, body] of Object.entries({ refused: '{"amount": 5000}', partial: long })) {
    assert.equal((await post('/transfers', body)).status, 403, what)
    assert.deepEqual(upstream.take(), [], what)
  }
  assert.equal((await post('/orders', long)).status, 200)
  assert.equal(upstream.only().body.length, long.length)
})

async function startPolicy(t: Cleanup): Promise<number> {
  const port = await freePort()
  const policy = startChild(t, {
    command: [process.execPath, 'envoy-examples/body/policy.mjs', `${port}`],
    logFile: join(temporaryFolder(t), 'policy.log'),
  })
  const allowed = { method: 'POST', body: '{"amount": 1}' }
  await untilReady(policy, new Request(`http://${loopback}:${port}`, allowed))
  return port
}

test('envoy-examples/per-route: settings of single routes', async t => {
  const upstream = await startUpstream(t)
  const { port } = await startExample(t, 'per-route', upstream)
  const headers = [['X-User', 'root']] as const

  assert.equal((await ask(port, { target: '/static/logo.png', headers })).status, 200)
  assert.deepEqual(upstream.only().all('x-user'), [])
  const tenants = [bearer, ['X-Tenant', 'other'], ['tenant', 'other']] as const
  assert.equal((await ask(port, { target: '/orders/7', headers: tenants })).status, 200)
  const order = upstream.only()
  assert.deepEqual([order.all('x-user'), order.all('x-tenant')], [['alice'], ['shop']])

  for (const [target, status] of [
    ['/orders/7', 401],
    ['/static/../admin', 401],
    ['/static-admin', 404],
    ['/static%2f..%2fadmin', 400],
    ['/static/..;/admin', 401],
  ] as const) {
    assert.equal((await ask(port, { target, headers })).status, status, target)
    assert.deepEqual(upstream.take(), [], target)
  }

  const upload = (bytes: number) =>
    ask(port, {
      method: 'POST',
      target: '/uploads',
      headers: [bearer],
      body: Buffer.alloc(bytes, 'x'),
    })
  assert.equal((await upload(60_000)).status, 200)
  assert.equal(upstream.only().body.length, 60_000)
  assert.equal((await upload(70_000)).status, 413)
  assert.deepEqual(upstream.take(), [])
})

test('envoy-examples/websocket: the handshake is checked', async t => {
  const upstream = await startUpstream(t)
  const { port } = await startExample(t, 'websocket', upstream)
  const headers = [
    ['Cookie', `token=${token}`],
    ['X-User', 'root'],
  ] as const
  const opened = await openWebSocket(t, port, { target: '/live', headers })
  assert.match(opened.head, /^HTTP\/1\.1 101 /)
  await opened.echo('bytes pass in both directions')
  assert.deepEqual(upstream.only().all('x-user'), ['alice'])
  const refused = await openWebSocket(t, port, { target: '/live' })
  assert.match(refused.head, /^HTTP\/1\.1 401 [\s\S]*application\/json/)
  assert.deepEqual(upstream.take(), [])
})

test('envoy-examples/raw-headers: Oarlock sees a second cookie line', async t => {
  const upstream = await startUpstream(t)
  const { port, another } = await startExample(t, 'raw-headers', upstream)
  const headers = [
    ['Cookie', 'theme=dark'],
    ['Cookie', `token=${token}`],
  ] as const
  const target = '/account'
  assert.equal((await ask(port, { target, headers })).status, 200)
  assert.deepEqual(upstream.only().all('x-user'), ['alice'])
  const joining = await another(text =>
    text.replace('encode_raw_headers: true', 'encode_raw_headers: false'),
  )
  assert.equal((await ask(joining, { target, headers })).status, 401)
})

test("envoy-examples/access-log: one decision in Envoy's and in Oarlock's log", async t => {
  const upstream = await startUpstream(t)
  const { port, envoy, oarlock } = await startExample(t, 'access-log', upstream)
  await ask(port, { target: '/orders/7?secret=1', headers: [bearer] })
  await ask(port, { target: '/orders/8' })
  const line = (path: string) => envoy.log().match(new RegExp(`\\{.*"path":"${path}".*\\}`))?.[0]
  const allowed = JSON.parse(
    await eventually(() => line('/orders/7'), 'the allowed request is logged'),
  )
  assert.deepEqual([allowed.rule, allowed.subject, allowed.status], ['orders', 'alice', 200])
  assert.match(allowed.decision_id, /^[0-9a-f]{32}$/)
  await eventually(
    () => (oarlock.log().includes(allowed.decision_id) ? true : undefined),
    "the same id in Oarlock's log",
  )
  const denied = JSON.parse(
    await eventually(() => line('/orders/8'), 'the denied request is logged'),
  )
  const { status, details, rule, reason } = denied
  assert.deepEqual(
    [status, details, rule, reason],
    [401, 'ext_authz_denied', 'orders', 'unauthorized'],
  )
  assert.match(denied.decision_id, /^[0-9a-f]{32}$/)
  await eventually(
    () => (oarlock.log().includes(denied.decision_id) ? true : undefined),
    "the denial's id in Oarlock's log",
  )
  for (const log of [envoy.log(), oarlock.log()]) assert(!/eyJ|secret/.test(log), log)
})

test('envoy-examples/mutation: set, emptied, removed, kept', async t => {
  const upstream = await startUpstream(t)
  const { port } = await startExample(t, 'mutation', upstream)
  const headers = [
    ['X-User', 'root'],
    ['X_User', 'root'],
    ['x_user_name', 'Root'],
    ['Cookie', 'user=root; theme=dark'],
    ['X-Other', 'kept'],
    bearer,
  ] as const
  const target = '/orders/7?b=2&a=1&a=%2F'
  assert.equal((await ask(port, { target, headers })).status, 200)
  const received = upstream.only()
  assert.equal(received.target, target)
  for (const [name, values] of Object.entries({
    'x-user': ['alice'],
    'x-user-name': ['Alice Example'],
    x_user: [],
    x_user_name: [],
    authorization: [''],
    'x-other': ['kept'],
  })) {
    assert.deepEqual(received.all(name), values, name)
  }
  assert.deepEqual(received.all('cookie').join().split('; ').sort(), ['theme=dark', 'user=alice'])
})

test('envoy-examples/path-normalisation: the matched path is the forwarded path', async t => {
  const upstream = await startUpstream(t)
  const { port } = await startExample(t, 'path-normalisation', upstream)

  await t.test('allowed spellings', async () => {
    for (const target of ['//a///../news', '/a/../news', '/./%6eews', '/news;v=1', '/news%20x']) {
      assert.equal((await ask(port, { target: `/public${target}` })).status, 200, target)
      const received = upstream.only()
      const forwarded = decodeURIComponent(received.target)
      assert.deepEqual(received.all('x-matched-path'), [forwarded], target)
    }
  })

  await t.test('other spellings', async () => {
    for (const [spelling, status] of [
      ['/public/../admin', 401],
      ['/public/%2e%2e/admin', 401],
      ['//admin', 401],
      ['/public/..%2fadmin', 307],
      ['/public\\..\\admin', 401],
      ['/public/..%5cadmin', 307],
      ['/public/..;/admin', 401],
      ['/public%00', 400],
    ] as const) {
      assert.equal((await ask(port, { target: spelling })).status, status, spelling)
      assert.deepEqual(upstream.take(), [], spelling)
    }
  })
})
