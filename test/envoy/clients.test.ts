import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { request } from 'node:https'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../support/folder.ts'
import { loopback } from '../support/ports.ts'
import { ask } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'
import { extension, overGrpc, overHttp, startEdges } from './edges.ts'
import { allow, startScriptedDoors } from './scripted-doors.ts'

const certificate = join(root, 'test/conformance/data/tls-cert.pem')
const key = join(root, 'test/conformance/data/tls-key.pem')

const tls = {
  name: 'envoy.transport_sockets.tls',
  typed_config: {
    '@type': extension('transport_sockets.tls.v3.DownstreamTlsContext'),
    require_client_certificate: false,
    common_tls_context: {
      alpn_protocols: ['h2', 'http/1.1'],
      tls_certificates: [
        { certificate_chain: { filename: certificate }, private_key: { filename: key } },
      ],
      validation_context: { trusted_ca: { filename: certificate } },
    },
  },
}

const megabyte = 1 << 20
const wholeBodies = {
  with_request_body: { max_request_bytes: 8 * megabyte, pack_as_bytes: true },
}

test('properties of clients and connections', async t => {
  const upstream = await startUpstream(t)
  const doors = await startScriptedDoors(t)
  const raw = { encode_raw_headers: true }
  const envoy = await startEdges(t, {
    edges: {
      'grpc map': { authz: overGrpc() },
      'grpc raw': { authz: overGrpc(raw) },
      'http raw': { authz: overHttp({ settings: raw }) },
      encrypted: { authz: overGrpc({ include_peer_certificate: true }), transport: tls },
      bodies: { authz: overGrpc(wholeBodies) },
      'open bodies': { authz: overGrpc({ ...wholeBodies, failure_mode_allow: true }) },
    },
    grpc: doors.grpc,
    http: doors.http,
    upstream: upstream.port,
  })
  doors.on('/', () => allow({ headers: { 'X-User': 'alice' } }))
  t.beforeEach(() => void upstream.take())

  await t.test(
    'behind TLS the scheme is https, and a client certificate identifies the client',
    async () => {
      const identity = { cert: readFileSync(certificate), key: readFileSync(key) }
      assert.equal(await status(envoy.port('encrypted'), identity), 200)
      const { scheme, client } = doors.last()
      assert.deepEqual([scheme, client.principal], ['https', 'localhost'])
      assert.equal(client.certificate?.trim(), readFileSync(certificate, 'utf8').trim())
    },
  )

  await t.test('without a client certificate no principal is sent', async () => {
    assert.equal(await status(envoy.port('encrypted'), {}), 200)
    const { client } = doors.last()
    assert.deepEqual([client.principal, client.certificate], [undefined, undefined])
  })

  for (const edge of ['grpc map', 'grpc raw', 'http raw']) {
    await t.test(`${edge}: an HTTP/2 client with one field per cookie`, async () => {
      const answer = await askHttp2(envoy.port(edge), {
        ':path': '/?a=1',
        ':authority': 'App.Example:81',
        cookie: ['sid=abc', 'theme=dark'],
        'x-user': 'root',
      })
      assert.equal(answer, 200)
      const { host, path, query, headers } = doors.last()
      assert.deepEqual([host, path, query], ['app.example:81', '/', 'a=1'])
      assert.equal(headers.all('cookie').join('; '), 'sid=abc; theme=dark')
      assert.deepEqual(upstream.only().all('x-user'), ['alice'])
    })
  }

  await t.test('a body of nearly 4 MiB is checked', async () => {
    const body = Buffer.alloc(4 * megabyte - 10_000, 'a')
    const answer = await ask(envoy.port('bodies'), { method: 'POST', body })
    assert.equal(answer.status, 200)
  })

  await t.test('a message above 4 MiB is a gRPC error, before any rule', async () => {
    const body = Buffer.alloc(5 * megabyte, 'a')
    for (const [edge, expected] of [
      ['bodies', 403],
      ['open bodies', 200],
    ] as const) {
      assert.equal((await ask(envoy.port(edge), { method: 'POST', body })).status, expected)
    }
    assert.equal((await ask(envoy.port('bodies'))).status, 200)
  })
})

const status = (port: number, identity: object): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const options = { host: loopback, port, servername: 'localhost', agent: false, ...identity }
    request({ ...options, rejectUnauthorized: false }, response => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })

type Http2Headers = Readonly<Record<string, string | string[]>>

async function askHttp2(port: number, headers: Http2Headers): Promise<number | undefined> {
  const session = connectHttp2(`http://${loopback}:${port}`)
  try {
    return await new Promise((resolve, reject) => {
      session.on('error', reject)
      session
        .request(headers)
        .on('response', answer => resolve(answer[':status']))
        .on('error', reject)
        .end()
    })
  } finally {
    session.destroy()
  }
}
