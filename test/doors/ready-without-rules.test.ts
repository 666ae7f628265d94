/** `access_rules.ready_without_rules`: an empty set of rules is ready, broken rules are not. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { healthOf } from '../support/health.ts'
import { launchOarlock, type Oarlock } from '../support/oarlock.ts'
import { ask } from '../support/raw-http.ts'
import { until } from '../support/until.ts'

const handlers = {
  authenticators: { anonymous: { enabled: true } },
  authorizers: { allow: { enabled: true } },
  mutators: { noop: { enabled: true } },
}

const broken = { id: 'b', match: { url: 'http://a.test/', methods: ['GET'] } }

const start = (t: TestContext, ready_without_rules: boolean, rules: readonly object[]) =>
  launchOarlock(t, { config: { ...handlers, access_rules: { ready_without_rules } }, rules })

const statusOf = ({ api }: Oarlock): Promise<number> =>
  ask(api, { target: '/health/ready' }).then(
    ({ status }) => status,
    () => 0,
  )

const untilStatus = (oarlock: Oarlock, status: number): Promise<void> =>
  until(async () => (await statusOf(oarlock)) === status, `readiness is ${status}`)

/** The API port opens first, and answers 503 before the gRPC port is open. */
const untilHealth = (t: TestContext, { grpc }: Oarlock, health: string): Promise<void> =>
  until(
    async () => (await healthOf(t, `127.0.0.1:${grpc}`).catch(() => '')) === health,
    `the gRPC port says ${health}`,
  )

test('without rules a server is not ready, unless that is intended', async t => {
  const usual = await start(t, false, [])
  await untilStatus(usual, 503)
  await untilHealth(t, usual, 'NOT_SERVING')
  const intended = await start(t, true, [])
  await untilStatus(intended, 200)
  assert.equal(await healthOf(t, `127.0.0.1:${intended.grpc}`), 'SERVING')
  const denied = await ask(intended.api, { target: '/decisions/x', host: 'a.test' })
  assert.equal(denied.status, 404)
})

test('rules that are all broken are not ready', async t => {
  const oarlock = await start(t, true, [broken])
  await untilStatus(oarlock, 503)
  await untilHealth(t, oarlock, 'NOT_SERVING')
})

test('the key takes effect without a restart', async t => {
  const oarlock = await start(t, false, [])
  await untilStatus(oarlock, 503)
  const text = readFileSync(oarlock.files.config, 'utf8')
  writeFileSync(oarlock.files.config, text.replace('rules: false', 'rules: true'))
  await untilStatus(oarlock, 200)
  await untilHealth(t, oarlock, 'SERVING')
})
