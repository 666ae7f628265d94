import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startOarlock } from '../support/oarlock.ts'
import { ask } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'
import { overGrpc, overHttp, startEdges } from './edges.ts'

const publicRule = {
  id: 'public',
  match: { url: '<.*>', methods: ['GET'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
}

test('connections between Envoy and Oarlock', async t => {
  const upstream = await startUpstream(t)
  const config = {
    authenticators: { anonymous: { enabled: true } },
    authorizers: { allow: { enabled: true } },
    mutators: { noop: { enabled: true } },
  }
  const setup = { config, rules: [publicRule] }
  const oarlock = await startOarlock(t, setup)
  const envoy = await startEdges(t, {
    edges: {
      grpc: { authz: overGrpc() },
      http: { authz: overHttp() },
      renewing: { authz: overGrpc({}, 'renewing') },
    },
    grpc: oarlock.grpc,
    http: oarlock.api,
    upstream: upstream.port,
    others: { renewing: { place: oarlock.grpc, renewAfter: 20 } },
  })

  for (const edge of ['grpc', 'http', 'renewing']) {
    await t.test(`${edge}: each of many concurrent checks gets its answer`, async () => {
      const failed: number[] = []
      const worker = async (): Promise<void> => {
        for (let i = 0; i < 40; i++) {
          const answer = await ask(envoy.port(edge))
          if (answer.status !== 200) failed.push(answer.status)
        }
      }
      await Promise.all(Array.from({ length: 8 }, worker))
      assert.deepEqual(failed, [])
    })
  }

  await t.test('after a restart of Oarlock requests are allowed again', async () => {
    await oarlock.stop()
    for (const edge of ['grpc', 'http']) {
      assert.equal((await ask(envoy.port(edge))).status, 403)
    }
    await startOarlock(t, { ...setup, ports: oarlock })
    for (const edge of ['grpc', 'http']) {
      assert.equal((await ask(envoy.port(edge))).status, 200)
    }
  })
})
