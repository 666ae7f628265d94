import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Cleanup } from '../support/cleanup.ts'
import { temporaryFolder } from '../support/folder.ts'
import { listen } from '../support/listen.ts'
import { startOarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { type Answer, ask } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'
import { overGrpc, overHttp, startEdges } from './edges.ts'

const rules = (keys: number) => [
  {
    id: 'public',
    match: { url: '<https?>://<[^/]+>/public', methods: ['GET'] },
    authenticators: [{ handler: 'anonymous' }],
    authorizer: { handler: 'allow' },
    mutators: [{ handler: 'noop' }],
  },
  {
    id: 'slow',
    match: { url: '<https?>://<[^/]+>/slow', methods: ['GET'] },
    authenticators: [
      { handler: 'jwt', config: { jwks_urls: [`http://${loopback}:${keys}/jwks.json`] } },
    ],
    authorizer: { handler: 'allow' },
    mutators: [{ handler: 'noop' }],
  },
]

const config = {
  log: { level: 'debug' },
  authenticators: {
    anonymous: { enabled: true },
    jwt: {
      enabled: true,
      config: {
        jwks_urls: ['https://keys.example/jwks.json'],
        jwks_max_wait: '4s',
        allowed_algorithms: ['ES256'],
      },
    },
  },
  authorizers: { allow: { enabled: true } },
  mutators: { noop: { enabled: true } },
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
const token = `${encode({ alg: 'ES256', kid: 'a' })}.${encode({ sub: 'alice' })}.${'A'.repeat(86)}`
const slow = { target: '/slow', headers: [['Authorization', `Bearer ${token}`]] } as const

const short = '0.3s'
const shortGrpc = (cluster = 'grpc') => ({
  grpc_service: { envoy_grpc: { cluster_name: cluster }, timeout: short },
})
const shortHttp = {
  service: {
    server_uri: { uri: 'http://oarlock', cluster: 'http', timeout: short },
  },
}
const open = { failure_mode_allow: true, failure_mode_allow_header_add: true }
const closed = { failure_mode_allow: false, status_on_error: { code: 'ServiceUnavailable' } }

test('checks that fail', async t => {
  const upstream = await startUpstream(t)
  const silent = await startSilent(t)
  const socket = join(temporaryFolder(t), 'oarlock.sock')
  const oarlock = await startOarlock(t, { config, rules: rules(silent) })
  await startOarlock(t, { config, rules: rules(silent), grpcSocket: socket })
  const envoy = await startEdges(t, {
    edges: {
      grpc: { authz: overGrpc({ ...closed, ...shortGrpc() }) },
      http: { authz: overHttp({ settings: closed, ...shortHttp }) },
      'open grpc': { authz: overGrpc({ ...open, ...shortGrpc() }) },
      'open http': { authz: overHttp({ settings: open, ...shortHttp }) },
      socket: { authz: overGrpc({ ...closed, ...shortGrpc('socket') }) },
      healthy: { authz: overGrpc({ ...closed, ...shortGrpc('healthy') }) },
      stuck: { authz: overGrpc({ ...closed, ...shortGrpc('stuck') }) },
    },
    grpc: oarlock.grpc,
    http: oarlock.api,
    upstream: upstream.port,
    others: {
      socket: { place: socket },
      healthy: { place: oarlock.grpc, settings: grpcHealthCheck },
      stuck: { place: silent },
    },
  })
  t.beforeEach(() => void upstream.take())

  for (const edge of ['grpc', 'http', 'open grpc', 'open http', 'socket', 'healthy']) {
    await t.test(`${edge}: requests are allowed before the failure`, async () => {
      assert.equal((await ask(envoy.port(edge), { target: '/public' })).status, 200)
      upstream.only()
    })
  }

  for (const edge of ['grpc', 'open grpc', 'http', 'open http']) {
    await t.test(
      `${edge}: a decision that takes too long is a denial by Oarlock, in time`,
      async () => {
        const denial = await inTime(() => {
          upstream.take()
          return ask(envoy.port(edge), slow)
        })
        assert.equal(denial?.status, edge.endsWith('grpc') ? 504 : 403)
        assert.deepEqual(upstream.take(), [])
      },
    )
  }

  await t.test('a check that is never answered is an error of the filter', async () => {
    assert.equal((await ask(envoy.port('stuck'), { target: '/public' })).status, 503)
    assert.deepEqual(upstream.take(), [])
  })

  await t.test('when Oarlock is stopped, requests are denied', async () => {
    await oarlock.stop()
    for (const edge of ['grpc', 'http', 'healthy']) {
      assert.equal((await ask(envoy.port(edge), { target: '/public' })).status, 503, edge)
    }
    assert.deepEqual(upstream.take(), [])
  })

  await t.test(
    'only failure_mode_allow allows the request then, as the client sent it',
    async () => {
      for (const edge of ['open grpc', 'open http']) {
        const headers = [['x-user', 'root']] as const
        assert.equal((await ask(envoy.port(edge), { target: '/slow', headers })).status, 200)
        const received = upstream.only()
        assert.deepEqual(received.all('x-envoy-auth-failure-mode-allowed'), ['true'])
        assert.deepEqual(received.all('x-user'), ['root'])
      }
    },
  )

  await t.test('the server on the unix socket still answers', async () => {
    assert.equal((await ask(envoy.port('socket'), { target: '/public' })).status, 200)
  })
})

/**
 * Returns the first of several denials that comes from Oarlock. Oarlock answers ten milliseconds before Envoy gives
 * up; on a loaded machine either may be late. Envoy's own denial never has Oarlock's text.
 */
async function inTime(attempt: () => Promise<Answer>): Promise<Answer | undefined> {
  for (let tries = 0; tries < 5; tries += 1) {
    const answer = await attempt()
    if (/"code":504/.test(answer.text)) return answer
  }
  return undefined
}

/** Accepts connections and sends nothing. */
async function startSilent(t: Cleanup): Promise<number> {
  const sockets = new Set<Socket>()
  t.after(() => sockets.forEach(socket => void socket.destroy()))
  return listen(
    t,
    createServer(socket => {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }),
  )
}

const grpcHealthCheck = {
  health_checks: [
    {
      timeout: '1s',
      interval: '1s',
      no_traffic_interval: '1s',
      unhealthy_threshold: 1,
      healthy_threshold: 1,
      grpc_health_check: { service_name: 'envoy.service.auth.v3.Authorization' },
    },
  ],
}
