import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { eventually } from '../support/child.ts'
import { loopback } from '../support/ports.ts'
import { ask } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'
import { extension, overGrpc, overHttp, perRoute, startEdges, toUpstream } from './edges.ts'
import { allow, deny, startScriptedDoors } from './scripted-doors.ts'

const buffering = (settings: object) => ({
  with_request_body: { max_request_bytes: 16, ...settings },
})

const tenantToMetadata = {
  name: 'envoy.filters.http.header_to_metadata',
  typed_config: {
    '@type': extension('filters.http.header_to_metadata.v3.Config'),
    request_rules: [
      {
        header: 'x-tenant',
        on_header_present: { metadata_namespace: 'demo.ns', key: 'tenant' },
      },
    ],
  },
}

const tcpAuthz = {
  name: 'envoy.filters.network.ext_authz',
  typed_config: {
    '@type': extension('filters.network.ext_authz.v3.ExtAuthz'),
    stat_prefix: 'tcp',
    transport_api_version: 'V3',
    grpc_service: { envoy_grpc: { cluster_name: 'grpc' }, timeout: '5s' },
  },
}

const raw = { encode_raw_headers: true }

test('checks as Envoy sends them', async t => {
  const upstream = await startUpstream(t)
  const doors = await startScriptedDoors(t)
  const envoy = await startEdges(t, {
    edges: {
      'grpc map': { authz: overGrpc() },
      'grpc raw': { authz: overGrpc(raw) },
      'http joined': { authz: overHttp() },
      'http raw': { authz: overHttp({ settings: raw }) },
      bytes: { authz: overGrpc(buffering({ allow_partial_message: true, pack_as_bytes: true })) },
      text: { authz: overGrpc(buffering({ allow_partial_message: true })) },
      whole: { authz: overGrpc(buffering({ allow_partial_message: false })) },
      'http body': { authz: overHttp({ settings: buffering({ allow_partial_message: true }) }) },
      routes: {
        authz: overGrpc(),
        virtualHost: perRoute({
          check_settings: { context_extensions: { tenant: 'a', level: 'host' } },
        }),
        routes: [
          toUpstream('/public', perRoute({ disabled: true })),
          toUpstream(
            '/api',
            perRoute({ check_settings: { context_extensions: { level: 'route' } } }),
          ),
          toUpstream('/'),
        ],
      },
      metadata: {
        authz: overGrpc({ metadata_context_namespaces: ['demo.ns'] }),
        filters: [tenantToMetadata],
      },
    },
    tcp: { tcp: tcpAuthz },
    grpc: doors.grpc,
    http: doors.http,
    upstream: upstream.port,
  })
  doors.on('/', () => allow())
  t.beforeEach(() => void upstream.take())

  const headers = [
    ['X-Role', 'user'],
    ['x-role', 'admin'],
    ['Cookie', 'sid=abc; theme=dark'],
    ['Cookie', 'second=2'],
    ['X-Latin', 'caf\xe9'],
    ['X-Empty', ''],
  ] as const

  for (const edge of ['grpc raw', 'http raw']) {
    await t.test(`${edge}: header lines stay separate, bytes stay unchanged`, async () => {
      await ask(envoy.port(edge), { headers })
      const { headers: seen } = doors.last()
      assert.deepEqual(seen.all('x-role'), ['user', 'admin'])
      assert.deepEqual(seen.all('cookie'), ['sid=abc; theme=dark', 'second=2'])
      assert.deepEqual(seen.all('x-latin'), ['caf\xe9'])
      assert.deepEqual(seen.all('x-empty'), [''])
    })
  }

  await t.test('Envoy joins Authorization lines: the result is not a valid token', async () => {
    const two = [
      ['Authorization', 'Bearer a'],
      ['Authorization', 'Bearer b'],
    ] as const
    for (const edge of ['grpc map', 'grpc raw', 'http joined', 'http raw']) {
      await ask(envoy.port(edge), { headers: two })
      assert.deepEqual(doors.last().headers.all('authorization'), ['Bearer a,Bearer b'])
    }
  })

  for (const edge of ['grpc map', 'http joined']) {
    await t.test(
      `${edge}: lines of one name arrive as a list, so that both are visible`,
      async () => {
        await ask(envoy.port(edge), { headers })
        const { headers: seen } = doors.last()
        assert.deepEqual(seen.all('x-role'), ['user,admin'])
        assert.deepEqual(seen.all('cookie'), ['sid=abc; theme=dark,second=2'])
        assert.deepEqual(seen.all('x-empty'), [''])
      },
    )
  }

  await t.test('without raw headers Envoy replaces a byte that is not UTF-8 by !', async () => {
    await ask(envoy.port('grpc map'), { headers })
    assert.deepEqual(doors.last().headers.all('x-latin'), ['caf!'])
  })

  for (const edge of ['grpc map', 'grpc raw', 'http raw']) {
    await t.test(`${edge}: method, host and path are those of the request line`, async () => {
      const { port } = envoy
      doors.on('/orders/7', () => allow())
      await ask(port(edge), {
        method: 'PURGE',
        target: '/orders/%37?a=%20&a',
        host: 'App.Example:8443',
        headers: [
          ['x-forwarded-host', 'other.example'],
          ['x-forwarded-uri', '/public'],
          ['x-forwarded-method', 'GET'],
          ['x-original-url', 'http://other.example/public'],
        ],
      })
      const { method, host, path, query, scheme } = doors.last()
      assert.deepEqual(
        { method, host, path, query, scheme },
        {
          method: 'PURGE',
          host: 'app.example:8443',
          path: '/orders/7',
          query: 'a=%20&a',
          scheme: 'http',
        },
      )
      upstream.only()
    })
  }

  await t.test('no pseudo-header is among the headers', async () => {
    for (const edge of ['grpc map', 'grpc raw']) {
      await ask(envoy.port(edge))
      const wire = doors.last().headers.pairs.filter(([name]) => name.startsWith(':'))
      assert.deepEqual(wire, [])
    }
  })

  const small = Buffer.from('caf\xc3\xa9 1', 'latin1')
  const large = Buffer.from('0123456789abcdefXYZ')

  for (const edge of ['bytes', 'text', 'whole', 'http body']) {
    await t.test(`${edge}: a body within the limit is in the check, and is forwarded`, async () => {
      let seen: unknown
      doors.on('/', async ({ body }) => {
        seen = await body?.bytes(1000)
        return allow()
      })
      await ask(envoy.port(edge), { method: 'POST', body: small })
      assert.deepEqual(seen, { bytes: small, complete: true })
      assert.deepEqual(upstream.only().body, small)
    })
  }

  for (const edge of ['bytes', 'text']) {
    await t.test(
      `${edge}: a longer body is cut and marked; the upstream gets all of it`,
      async () => {
        let seen: unknown
        doors.on('/', async ({ body }) => {
          seen = await body?.bytes(1000)
          return allow()
        })
        const headersToo = [['x-envoy-auth-partial-body', 'false']] as const
        await ask(envoy.port(edge), { method: 'POST', body: large, headers: headersToo })
        assert.deepEqual(seen, { bytes: large.subarray(0, 16), complete: false })
        assert.deepEqual(upstream.only().body, large)
      },
    )
  }

  await t.test('without allow_partial_message a longer body gets 413 without a check', async () => {
    let checks = 0
    doors.on('/', () => {
      checks += 1
      return allow()
    })
    const { status } = await ask(envoy.port('whole'), { method: 'POST', body: large })
    assert.deepEqual([status, checks, upstream.take()], [413, 0, []])
  })

  await t.test(
    'without buffering a body is withheld, and is empty only if it is announced as empty',
    async () => {
      let seen: unknown
      doors.on('/', async ({ body }) => {
        seen = await body?.bytes(1000)
        return allow()
      })
      await ask(envoy.port('grpc raw'), { method: 'POST', body: small })
      assert.deepEqual(seen, { bytes: Buffer.alloc(0), complete: false })
      assert.deepEqual(upstream.only().body, small)
      await ask(envoy.port('grpc raw'), { method: 'POST', headers: [['Content-Length', '0']] })
      assert.deepEqual(seen, { bytes: Buffer.alloc(0), complete: true })
    },
  )

  await t.test('a route with the filter disabled sends no check', async () => {
    let checks = 0
    doors.on('/public', () => {
      checks += 1
      return deny(403)
    })
    const { status } = await ask(envoy.port('routes'), { target: '/public' })
    assert.deepEqual([status, checks], [200, 0])
  })

  await t.test('context extensions are those of host and route, never the client’s', async () => {
    doors.on('/api', () => allow())
    const spoofed = [
      ['tenant', 'b'],
      ['level', 'b'],
      ['x-envoy-context-extensions', 'tenant=b'],
    ] as const
    await ask(envoy.port('routes'), { target: '/api', headers: spoofed })
    assert.deepEqual(Object.fromEntries(doors.last().context), { tenant: 'a', level: 'route' })
    await ask(envoy.port('routes'), { target: '/other' })
    assert.deepEqual(Object.fromEntries(doors.last().context), { tenant: 'a', level: 'host' })
  })

  await t.test('filter metadata is in the check', async () => {
    doors.on('/', () => allow())
    await ask(envoy.port('metadata'), { headers: [['x-tenant', 't1']] })
    assert.deepEqual(doors.last().metadata, { 'demo.ns': { tenant: 't1' } })
    await ask(envoy.port('metadata'))
    assert.deepEqual(doors.last().metadata, {})
  })

  await t.test('the metadata of a decision is in the access log', async () => {
    const metadata = { rule: 'orders', subject: 'Jos\xc3\xa9' }
    doors.on('/logged', () => allow({ metadata }))
    await ask(envoy.port('grpc map'), { target: '/logged' })
    const line = await eventually(
      () => envoy.accessLog().find(({ path }) => path === '/logged'),
      'the line in the access log',
    )
    const { rule, subject } = line['metadata'] as Record<string, unknown>
    assert.deepEqual({ rule, subject }, { rule: 'orders', subject: 'José' })
  })

  await t.test('the client is the peer, or what a trusted peer forwards', async () => {
    for (const [forwarded, address] of [
      [undefined, loopback],
      ['203.0.113.9', '203.0.113.9'],
      ['203.0.113.9, 198.51.100.7', '198.51.100.7'],
      ['203.0.113.9, 10.0.0.7', '203.0.113.9'],
    ] as const) {
      const sent = forwarded === undefined ? [] : [['x-forwarded-for', forwarded] as const]
      await ask(envoy.port('grpc map'), { headers: sent })
      assert.equal(doors.last().client.address, address)
    }
  })

  await t.test('a TCP connection is denied, and the door keeps working', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      let text = ''
      const socket = connect(envoy.port('tcp'), loopback)
      socket.setTimeout(10_000, () => reject(new Error('still open')))
      socket.on('data', part => {
        text += part
      })
      socket.on('error', reject)
      socket.on('close', () => resolve(text))
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    })
    assert.equal(answer, '')
    assert.deepEqual(upstream.take(), [])
    doors.on('/', () => allow())
    assert.equal((await ask(envoy.port('grpc map'))).status, 200)
  })

  for (const edge of ['grpc map', 'http raw']) {
    await t.test(`${edge}: a client that disconnects aborts the calls of its check`, async () => {
      const aborted = new Promise<unknown>(resolve => {
        doors.on('/hang', ({ signal }) => {
          socket.destroy()
          return new Promise(settle => {
            signal.addEventListener('abort', () => {
              resolve(signal.reason)
              settle(deny(499))
            })
          })
        })
      })
      const socket = connect(envoy.port(edge), loopback)
      socket.write('GET /hang HTTP/1.1\r\nHost: a\r\n\r\n')
      assert.equal(await aborted, 'caller gone')
    })
  }

  await t.test('a request without a route is not checked and not forwarded', async () => {
    let checks = 0
    doors.on('*', () => {
      checks += 1
      return allow()
    })
    for (const [method, target] of [
      ['OPTIONS', '*'],
      ['CONNECT', 'app.example:443'],
    ] as const) {
      assert.equal((await ask(envoy.port('grpc map'), { method, target })).status, 404)
    }
    assert.deepEqual([checks, upstream.take()], [0, []])
  })
})
