import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'
import { overGrpc, overHttp, startEdges } from './edges.ts'
import { allow, deny, startScriptedDoors } from './scripted-doors.ts'

const rpc = {
  method: 'POST',
  headers: [
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
  ],
} as const

test('a denial through Envoy', async t => {
  const upstream = await startUpstream(t)
  const doors = await startScriptedDoors(t)
  const open = { failure_mode_allow: true }
  const envoy = await startEdges(t, {
    edges: {
      grpc: { authz: overGrpc({ validate_mutations: true }) },
      http: { authz: overHttp() },
      'open grpc': { authz: overGrpc(open) },
      'open http': { authz: overHttp({ settings: open }) },
    },
    grpc: doors.grpc,
    http: doors.http,
    upstream: upstream.port,
  })
  const grpc = envoy.port('grpc')
  t.afterEach(() => assert.deepEqual(upstream.take(), [], 'a denied request reached the upstream'))

  for (const edge of ['grpc', 'http'] as const) {
    const port = envoy.port(edge)

    for (const status of [400, 401, 403, 404, 413, 429, 500, 502, 503, 504]) {
      const shown = edge === 'http' && status >= 500 ? 403 : status
      await t.test(`${edge}: ${status} reaches the client as ${shown} with its body`, async () => {
        const body = '{"error":"no \xc3\xa9"}'
        doors.on('/no', () =>
          deny(status, { body, headers: { 'Content-Type': 'application/json' } }),
        )
        const answer = await ask(port, { target: '/no' })
        assert.deepEqual([answer.status, answer.text], [shown, body])
        assert.deepEqual(answer.all('content-type'), ['application/json'])
      })
    }

    await t.test(`${edge}: a challenge and every cookie reach the client`, async () => {
      const headers = {
        'WWW-Authenticate': 'Basic realm="x"',
        'Set-Cookie': ['a=1; Path=/', 'b=2; Path=/'],
      }
      doors.on('/challenge', () => deny(401, { headers }))
      const answer = await ask(port, { target: '/challenge' })
      assert.equal(answer.status, 401)
      assert.deepEqual(answer.all('www-authenticate'), ['Basic realm="x"'])
      assert.deepEqual(answer.all('set-cookie'), ['a=1; Path=/', 'b=2; Path=/'])
    })

    await t.test(`${edge}: a redirect keeps its Location`, async () => {
      const Location = 'https://login.example/?return_to=%2Forders'
      doors.on('/redirect', () => deny(302, { headers: { Location } }))
      const answer = await ask(port, { target: '/redirect' })
      assert.deepEqual([answer.status, answer.all('location')], [302, [Location]])
    })

    await t.test(`${edge}: HEAD gets the status without a body`, async () => {
      doors.on('/head', () => deny(403, { body: 'forbidden' }))
      const answer = await ask(port, { method: 'HEAD', target: '/head' })
      assert.deepEqual([answer.status, answer.text], [403, ''])
    })

    await t.test(`${edge}: a denied WebSocket handshake gets a plain answer`, async () => {
      const headers = [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket'],
        ['Sec-WebSocket-Version', '13'],
        ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
      ] as const
      doors.on('/socket', () => deny(403, { body: 'no' }))
      const answer = await ask(port, { target: '/socket', headers })
      assert.deepEqual([answer.status, answer.text], [403, 'no'])
    })

    await t.test(`${edge}: a header that would split is not sent`, async () => {
      const headers = { Location: 'https://x/\r\nSet-Cookie: admin=1' }
      doors.on('/inject', () => deny(302, { headers }))
      const answer = await ask(port, { target: '/inject' })
      assert.equal(answer.status, edge === 'grpc' ? 500 : 403)
      assert.deepEqual([answer.all('location'), answer.all('set-cookie')], [[], []])
    })

    await t.test(
      `${edge}: an internal error of Oarlock is a denial, even for a filter that fails open`,
      async () => {
        doors.on('/bug', () => {
          throw new Error('a bug')
        })
        const answer = await ask(envoy.port(`open ${edge}`), { target: '/bug' })
        assert.equal(answer.status, edge === 'grpc' ? 500 : 403)
        assert.match(answer.text, /"code":500/)
      },
    )

    await t.test(
      `${edge}: a 503 of Oarlock is a denial, even for a filter that fails open`,
      async () => {
        doors.on('/busy', () => deny(503))
        const { status } = await ask(envoy.port(`open ${edge}`), { target: '/busy' })
        assert.equal(status, edge === 'grpc' ? 503 : 403)
      },
    )
  }

  await t.test('304 has no body', async () => {
    doors.on('/not-modified', () => deny(304, { body: 'text' }))
    const answer = await ask(grpc, { target: '/not-modified' })
    assert.equal(answer.status, 304)
    assert(['', '0'].includes(answer.all('content-length').join()))
  })

  for (const status of [0, 100, 101, 200, 204, 299, 600, 999, -1, 1.5]) {
    await t.test(`${status} is not valid for a denial and becomes 500`, async () => {
      doors.on('/odd', () => deny(status))
      assert.equal((await ask(grpc, { target: '/odd' })).status, 500)
    })
  }

  await t.test('headers above 60 KiB are left out, and the request stays denied', async () => {
    const headers = { 'Set-Cookie': 'x'.repeat(40_000), Location: 'y'.repeat(30_000) }
    doors.on('/large', () => deny(403, { headers, body: 'no' }))
    const answer = await ask(grpc, { target: '/large' })
    assert.deepEqual([answer.status, answer.text], [403, 'no'])
    assert.deepEqual([answer.all('set-cookie'), answer.all('location')], [[], []])
  })

  await t.test('a body above 60 KiB is cut between two characters', async () => {
    doors.on('/long', () => deny(403, { body: `a${'\xc3\xa9'.repeat(40_000)}` }))
    const { body } = await ask(grpc, { target: '/long' })
    assert.equal(body.length, 61_439)
    assert(!body.toString('utf8').includes('\ufffd'))
  })

  for (const [status, code] of [
    [400, '13'],
    [401, '16'],
    [403, '7'],
    [404, '12'],
    [429, '14'],
    [503, '14'],
    [500, '2'],
  ] as const) {
    await t.test(
      `a gRPC client gets ${status} as grpc-status ${code} with a plain message`,
      async () => {
        const headers = { 'Content-Type': 'application/json', 'X-Why': 'kept' }
        doors.on('/pkg.Service/Method', () => deny(status, { headers, body: '{"error":{}}' }))
        const answer = await ask(grpc, { target: '/pkg.Service/Method', ...rpc })
        assert.equal(answer.status, 200)
        assert.deepEqual(answer.all('grpc-status'), [code])
        assert.match(answer.all('grpc-message').join(), /^[A-Z][a-z ,]+/)
        assert.deepEqual(answer.all('x-why'), ['kept'])
      },
    )
  }

  await t.test('a gRPC client is not redirected', async () => {
    const headers = { Location: 'https://login.example/' }
    doors.on('/pkg.Service/Login', () => deny(302, { headers }))
    const answer = await ask(grpc, { target: '/pkg.Service/Login', ...rpc })
    assert.deepEqual(answer.all('grpc-status'), ['16'])
    assert.deepEqual(answer.all('location'), [])
  })

  await t.test('the access log records a denial', async () => {
    const denied = envoy.accessLog().filter(({ details }) => details === 'ext_authz_denied')
    assert(denied.length > 20)
    assert(denied.every(({ flags }) => flags === 'UAEX'))
    assert.deepEqual(
      envoy.accessLog().filter(({ details }) => details === 'ext_authz_error'),
      [],
    )
  })

  await t.test('an allowed request still passes afterwards', async () => {
    doors.on('/yes', () => allow())
    for (const edge of ['grpc', 'http', 'open grpc', 'open http'] as const) {
      assert.equal((await ask(envoy.port(edge), { target: '/yes' })).status, 200)
      upstream.only()
    }
  })
})
