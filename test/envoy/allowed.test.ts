import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'
import { overGrpc, overHttp, startEdges } from './edges.ts'
import { allow, startScriptedDoors } from './scripted-doors.ts'

test('an allow through Envoy', async t => {
  const upstream = await startUpstream(t, response => {
    response.setHeader('set-cookie', ['theirs=1'])
    response.setHeader('x-frame-options', 'ALLOWALL')
    response.end('upstream')
  })
  const doors = await startScriptedDoors(t)
  const envoy = await startEdges(t, {
    edges: {
      grpc: { authz: overGrpc({ encode_raw_headers: true, validate_mutations: true }) },
      unvalidated: { authz: overGrpc() },
      open: { authz: overGrpc({ failure_mode_allow: true, validate_mutations: true }) },
      http: { authz: overHttp({ settings: { validate_mutations: true } }) },
    },
    grpc: doors.grpc,
    http: doors.http,
    upstream: upstream.port,
  })
  const grpc = envoy.port('grpc')
  t.beforeEach(() => void upstream.take())

  for (const edge of ['grpc', 'http'] as const) {
    const port = envoy.port(edge)

    await t.test(`${edge}: a header that is set replaces every copy of the client`, async () => {
      doors.on('/set', () => allow({ headers: { 'X-User': 'alice' } }))
      const headers = [
        ['X-User', 'root'],
        ['x-user', 'admin'],
        ['X-USER', ''],
      ] as const
      assert.equal((await ask(port, { target: '/set', headers })).status, 200)
      assert.deepEqual(upstream.only().all('x-user'), ['alice'])
    })

    await t.test(
      `${edge}: owned headers that are not set are removed, their underscore spellings too`,
      async () => {
        doors.on('/unset', () => allow({ remove: ['X-Role', 'X-User', 'X_user'] }))
        const headers = [
          ['X-User', 'root'],
          ['X_User', 'root'],
          ['x-role', 'admin'],
          ['x-role', 'owner'],
          ['x-other', 'stays'],
        ] as const
        assert.equal((await ask(port, { target: '/unset', headers })).status, 200)
        const received = upstream.only()
        for (const name of ['x-user', 'x_user', 'x-role']) assert.deepEqual(received.all(name), [])
        assert.deepEqual(received.all('x-other'), ['stays'])
        assert.deepEqual(received.all('x-envoy-auth-headers-to-remove'), [])
      },
    )

    await t.test(`${edge}: an empty value is sent as an empty header`, async () => {
      doors.on('/empty', () => allow({ headers: { 'X-User': '' } }))
      await ask(port, { target: '/empty', headers: [['x-user', 'root']] })
      assert.deepEqual(upstream.only().all('x-user'), [''])
    })

    await t.test(`${edge}: text above ASCII arrives as its UTF-8 bytes`, async () => {
      doors.on('/utf8', () => allow({ headers: { 'X-User': 'Jos\xc3\xa9' } }))
      await ask(port, { target: '/utf8' })
      assert.deepEqual(upstream.only().all('x-user'), ['Jos\xc3\xa9'])
    })

    await t.test(`${edge}: a cookie that is set replaces all cookies of the client`, async () => {
      doors.on('/cookie', () => allow({ headers: { Cookie: 'user=alice' } }))
      const headers = [
        ['Cookie', 'a=1; user=root'],
        ['Cookie', 'user=admin'],
      ] as const
      await ask(port, { target: '/cookie', headers })
      assert.deepEqual(upstream.only().all('cookie'), ['user=alice'])
    })

    for (const bad of ['a\r\nX-Role: admin', 'a\nb', 'a\0b']) {
      const name = `${edge}: a value with ${JSON.stringify(bad.slice(1, 3))} is a denial`
      await t.test(name, async () => {
        doors.on('/split', () => allow({ headers: { 'X-User': bad } }))
        const { status } = await ask(port, { target: '/split' })
        assert.equal(status, edge === 'grpc' ? 500 : 403)
        assert.deepEqual(upstream.take(), [])
      })
    }

    await t.test(
      `${edge}: Connection cannot name an owned header and have it removed`,
      async () => {
        const headers = [['Connection', 'close, X-User']] as const
        await ask(port, { target: '/set', headers })
        assert.deepEqual(upstream.only().all('x-user'), ['alice'])
      },
    )
  }

  await t.test(
    'several values of a name: the first overwrites, the next are appended',
    async () => {
      doors.on('/several', () => allow({ headers: { 'X-Group': ['one', 'two'] } }))
      await ask(grpc, { target: '/several', headers: [['x-group', 'admins']] })
      assert.deepEqual(upstream.only().all('x-group'), ['one,two'])
    },
  )

  await t.test('framing headers and Host are never set', async () => {
    const headers = {
      Host: 'evil.example',
      'Content-Length': '5',
      'Transfer-Encoding': 'chunked',
      Connection: 'upgrade',
      Upgrade: 'websocket',
      'X-User': 'alice',
    }
    doors.on('/framing', () => allow({ headers }))
    const answer = await ask(grpc, { target: '/framing', host: 'app.example' })
    assert.deepEqual([answer.status, answer.text], [200, 'upstream'])
    const received = upstream.only()
    assert.deepEqual(received.all('host'), ['app.example'])
    assert.deepEqual(received.all('x-user'), ['alice'])
    for (const name of ['connection', 'upgrade', 'content-length', 'transfer-encoding']) {
      assert.deepEqual(received.all(name), [], name)
    }
  })

  await t.test('framing headers and Host are never in the list of headers to remove', async () => {
    doors.on('/removing', () => allow({ remove: ['Host', ':path', 'X-User'] }))
    await ask(grpc, { target: '/removing', headers: [['x-user', 'root']] })
    const received = upstream.only()
    assert.deepEqual([received.target, received.all('host')], ['/removing', ['app.example']])
    assert.deepEqual(received.all('x-user'), [])
  })

  await t.test("a cookie for the client is sent together with the upstream's own", async () => {
    doors.on('/login', () => allow({ response: { 'Set-Cookie': ['ours=1', 'ours=2'] } }))
    const answer = await ask(grpc, { target: '/login' })
    assert.deepEqual(answer.all('set-cookie'), ['theirs=1', 'ours=1', 'ours=2'])
  })

  await t.test("another header for the client replaces the upstream's", async () => {
    doors.on('/frames', () => allow({ response: { 'X-Frame-Options': 'DENY', 'X-New': 'yes' } }))
    const answer = await ask(grpc, { target: '/frames' })
    assert.deepEqual(answer.all('x-frame-options'), ['DENY'])
    assert.deepEqual(answer.all('x-new'), ['yes'])
  })

  await t.test('a header for the client that would split is a denial', async () => {
    doors.on('/inject', () => allow({ response: { 'X-New': 'a\r\nSet-Cookie: b' } }))
    const answer = await ask(grpc, { target: '/inject' })
    assert.deepEqual([answer.status, answer.all('set-cookie')], [500, []])
    assert.deepEqual(upstream.take(), [])
  })

  await t.test('query parameters are set and removed, encoded', async () => {
    const set = new Map([['user', 'a b&c=d']])
    doors.on('/query', () => allow({ query: { set, remove: ['token'] } }))
    const target = '/query?token=secret&user=root&user=admin&keep=1'
    await ask(envoy.port('unvalidated'), { target })
    assert.equal(upstream.only().target, '/query?keep=1&user=a%20b%26c%3Dd')
    // Envoy's validation does not know escapes: it rejects the change, and with it the request.
    assert.equal((await ask(grpc, { target })).status, 500)
    assert.deepEqual(upstream.take(), [])
  })

  await t.test(
    "headers above Envoy's limit are denied, even by a filter that fails open",
    async () => {
      doors.on('/huge', () => allow({ headers: { 'X-User': 'x'.repeat(70_000) } }))
      for (const edge of ['grpc', 'open'] as const) {
        assert.equal((await ask(envoy.port(edge), { target: '/huge' })).status, 500)
      }
      assert.deepEqual(upstream.take(), [])
    },
  )

  await t.test('HEAD is checked and forwarded as HEAD', async () => {
    const answer = await ask(grpc, { method: 'HEAD', target: '/set' })
    assert.equal(answer.status, 200)
    assert.equal(upstream.only().method, 'HEAD')
    assert.equal(doors.last().method, 'HEAD')
  })

  await t.test(
    'a WebSocket handshake is checked, and headers for the client are in its answer',
    async () => {
      doors.on('/socket', () =>
        allow({ headers: { 'X-User': 'alice' }, response: { 'X-New': 'yes' } }),
      )
      const headers = [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket'],
        ['Sec-WebSocket-Version', '13'],
        ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
        ['X-User', 'root'],
      ] as const
      const answer = await ask(grpc, { target: '/socket', headers })
      assert.deepEqual([answer.status, answer.all('x-new')], [101, ['yes']])
      const received = upstream.only()
      assert.deepEqual(
        [received.all('x-user'), received.all('upgrade')],
        [['alice'], ['websocket']],
      )
    },
  )
})
