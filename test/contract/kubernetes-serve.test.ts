/** The built program with a cluster at the socket: changes take effect, problems are reported in logs and statuses. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type FakeCluster, fakeCluster } from '../support/fake-cluster.ts'
import { launchOarlock, type Oarlock, startOarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { until } from '../support/until.ts'

const rule = (path: string, authenticator = 'anonymous') => ({
  match: { url: `http://h/${path}`, methods: ['GET'] },
  authenticators: [{ handler: authenticator }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
})

const config = (cluster: FakeCluster, more: object = {}) => ({
  access_rules: { repositories: [cluster.location()], ...more },
  authenticators: { anonymous: { enabled: true } },
  authorizers: { allow: { enabled: true } },
  mutators: { noop: { enabled: true } },
})

const decide = async ({ api }: Oarlock, path: string): Promise<number> => {
  const headers = { 'x-forwarded-host': 'h', 'x-forwarded-proto': 'http', 'x-forwarded-uri': path }
  return (await fetch(`http://${loopback}:${api}/decisions${path}`, { headers })).status
}

const isSoon = (oarlock: Oarlock, path: string, status: number): Promise<void> =>
  until(async () => (await decide(oarlock, path)) === status, `${path} is ${status}`)

const details = async ({ api }: Oarlock): Promise<string> =>
  (await fetch(`http://${loopback}:${api}/health/ready`)).text()

const validation = (cluster: FakeCluster, key: string) => cluster.get(key)?.status?.validation

async function served(t: TestContext, serve: object) {
  const cluster = await fakeCluster(t)
  cluster.put('n/a', rule('a'))
  return { cluster, oarlock: await startOarlock(t, { config: { ...config(cluster), serve } }) }
}

for (const workers of [1, 2]) {
  test(`with ${workers} processes: changes are in force, and statuses contain the results`, async t => {
    const { cluster, oarlock } = await served(t, { workers })
    await isSoon(oarlock, '/a', 200)
    const began = performance.now()
    cluster.put('n/b', rule('b'))
    await isSoon(oarlock, '/b', 200)
    cluster.put('n/b', rule('b', 'nobody'))
    await isSoon(oarlock, '/b', 500)
    // Without the watch it would be minutes.
    assert.ok(performance.now() - began < 20_000)
    assert.equal(await decide(oarlock, '/a'), 200)
    await until(
      () => validation(cluster, 'n/b')?.['valid'] === false,
      'b has its problem in the status',
    )
    assert.match(String(validation(cluster, 'n/b')?.['validationError']), /nobody/)
    await until(() => validation(cluster, 'n/a')?.['valid'] === true, 'a is valid')
    cluster.remove('n/b')
    await isSoon(oarlock, '/b', 404)
    assert.doesNotMatch(oarlock.log(), /hush/)
  })
}

test('a cluster that goes away is a failing source with its last good rules, until it is back', async t => {
  const { cluster, oarlock } = await served(t, {})
  cluster.fault = request => {
    request.socket.destroy()
    return true
  }
  cluster.cutWatches()
  await until(
    async () => (await details(oarlock)).includes('failing_sources'),
    'the failure is reported',
  )
  assert.equal(await decide(oarlock, '/a'), 200)
  cluster.fault = () => false
  cluster.put('n/b', rule('b'))
  await isSoon(oarlock, '/b', 200)
  assert.doesNotMatch(await details(oarlock), /failing_sources/)
})

test('a cluster that is down makes the start fail, or makes it wait', async t => {
  const cluster = await fakeCluster(t)
  cluster.put('n/a', rule('a'))
  cluster.fault = (_, response) => {
    response.writeHead(403).end()
    return true
  }
  const ends = await launchOarlock(t, { config: config(cluster) })
  assert.equal(await ends.exitCode, 1)
  assert.match(ends.log(), /kubernetes:\/\/: answered with 403/)
  const waits = await launchOarlock(t, { config: config(cluster, { on_start_error: 'wait' }) })
  await until(async () => (await details(waits).catch(() => '')) !== '', 'it listens')
  cluster.fault = () => false
  await isSoon(waits, '/a', 200)
})
