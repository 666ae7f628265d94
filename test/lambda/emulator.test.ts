/** `oarlock/lambda` in the real Lambda emulator: `make test-lambda`. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type TestContext, test } from 'node:test'
import { stringify } from 'yaml'
import { inline, keySetOf, makeKey, makeToken } from '../support/keys.ts'
import { listen } from '../support/listen.ts'
import { loopback } from '../support/ports.ts'
import { type LambdaFunction, startFunction } from './emulator.ts'

const skip = process.env['OARLOCK_LAMBDA'] ? false : 'make test-lambda'

const key = makeKey('ES256', 'aws')
const tokenOf = (sub: string): Promise<string> => makeToken(key, { sub })
const alice = await tokenOf('alice')

type Event = Record<string, unknown>

/** As the gateway sends it, with a token of the test. */
const recorded = (name: string, token = alice): Event =>
  JSON.parse(
    readFileSync(new URL(`../callers/events/${name}.json`, import.meta.url), 'utf8').replaceAll(
      'Bearer TOKEN',
      `Bearer ${token}`,
    ),
  ) as Event

const rule = (id: string, authorizer: object) => ({
  id,
  match: {
    url: `https://<api.example|abcdef123.execute-api.eu-central-1.amazonaws.com>/${id}<.*>`,
    methods: ['GET'],
  },
  authenticators: [{ handler: 'jwt' }],
  authorizer,
  mutators: [{ handler: 'header', config: { headers: { 'X-User': '{{ print .Subject }}' } } }],
})

const allow = { handler: 'allow' }

const configuration = (parts: object = {}) =>
  stringify({
    access_rules: { repositories: ['file://rules.yaml'] },
    authenticators: {
      jwt: {
        enabled: true,
        config: { jwks_urls: [inline(keySetOf(key))], allowed_algorithms: ['ES256'] },
      },
    },
    authorizers: { allow: { enabled: true }, deny: { enabled: true } },
    mutators: { header: { enabled: true, config: { headers: {} } } },
    ...parts,
  })

const rules = [rule('orders', allow), rule('admin', { handler: 'deny' })]

const start = (t: TestContext, files: Readonly<Record<string, string>> = {}) =>
  startFunction(t, {
    files: { 'oarlock.yaml': configuration(), 'rules.yaml': stringify(rules), ...files },
    timeout: 30,
  })

const statement = (effect: 'Allow' | 'Deny', event: Event) => ({
  Version: '2012-10-17',
  Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: event['methodArn'] }],
})

async function assertFails({ invoke }: LambdaFunction, event: unknown, why: RegExp): Promise<void> {
  const answer = await invoke(event)
  assert.match(String(answer['errorMessage']), why)
  assert.deepEqual([answer['policyDocument'], answer['isAuthorized']], [undefined, undefined])
}

test("recorded events are allowed with a context, denied and refused in the gateway's form", {
  skip,
}, async t => {
  const lambda = await start(t)
  const context = { subject: 'alice', rule: 'orders', x_user: 'alice' }

  await t.test('REST APIs', async () => {
    for (const event of [recorded('rest'), recorded('token')]) {
      const { principalId, policyDocument, context: found } = await lambda.invoke(event)
      assert.equal(principalId, 'alice')
      assert.deepEqual(policyDocument, statement('Allow', event))
      assert.deepEqual(found, { ...context, x_user: 'alice' })
    }
  })

  await t.test('401 is the error Unauthorized', async () => {
    await assertFails(lambda, recorded('rest', 'x.y.z'), /^Unauthorized$/)
    await assertFails(lambda, recorded('token', 'x.y.z'), /^Unauthorized$/)
  })

  await t.test('403 is a policy that denies', async () => {
    const event = { ...recorded('rest'), path: '/admin' }
    const { policyDocument, context: none } = await lambda.invoke(event)
    assert.deepEqual([policyDocument, none], [statement('Deny', event), undefined])
  })

  await t.test('HTTP APIs', async () => {
    const event = recorded('http-api')
    assert.deepEqual(await lambda.invoke(event), { isAuthorized: true, context })
    const denied = [recorded('http-api', 'x.y.z'), { ...event, rawPath: '/prod/admin' }]
    for (const one of denied) assert.deepEqual(await lambda.invoke(one), { isAuthorized: false })
  })

  await t.test(
    'an event that cannot be read is an error, and does not affect later ones',
    async () => {
      const bad = [null, 'text', {}, { ...recorded('rest'), path: '/orders%2F7' }]
      for (const event of bad) await assertFails(lambda, event, /^Bad event: /)
      assert.equal((await lambda.invoke(recorded('http-api')))['isAuthorized'], true)
    },
  )
})

test('a broken configuration allows nothing, and the next call tries again', {
  skip,
}, async t => {
  const lambda = await start(t, { 'oarlock.yaml': 'authenticators: {jwt: {enabled: perhaps}}\n' })
  for (const name of ['rest', 'token', 'http-api']) {
    await assertFails(lambda, recorded(name), /oarlock\.yaml.*authenticators\.jwt\.enabled/s)
  }
  lambda.write('oarlock.yaml', configuration())
  assert.equal((await lambda.invoke(recorded('http-api')))['isAuthorized'], true)
  assert.equal(lambda.instances(), 1)
})

test('one instance answers many calls, each for its own caller', { skip }, async t => {
  const lambda = await start(t)
  for (let i = 0; i < 300; i++) {
    const name = `user${i}`
    const event = recorded(i % 2 === 0 ? 'rest' : 'http-api', await tokenOf(name))
    const { context } = await lambda.invoke(event)
    assert.deepEqual(context, { subject: name, rule: 'orders', x_user: name })
    if (i % 10 === 0) await assertFails(lambda, recorded('rest', 'x.y.z'), /^Unauthorized$/)
  }
})

test('a decision ends before the time limit of the function', { skip }, async t => {
  const silent = await listen(t, createServer())
  const remote = { remote: `http://${loopback}:${silent}/`, payload: '{}' }
  const lambda = await startFunction(t, {
    files: {
      'oarlock.yaml': configuration({
        authorizers: { allow: { enabled: true }, remote_json: { enabled: true, config: remote } },
        limits: { decision: { timeout: '1m' }, outbound: { timeout: '1m' } },
      }),
      'rules.yaml': stringify([rule('orders', { handler: 'remote_json' }), rule('quick', allow)]),
    },
    timeout: 12,
    reserve: 2000,
  })
  const quick = { ...recorded('http-api'), rawPath: '/prod/quick' }
  assert.equal((await lambda.invoke(quick))['isAuthorized'], true)
  await assertFails(lambda, recorded('http-api'), /^Internal error$/)
  assert.equal((await lambda.invoke(quick))['isAuthorized'], true)
  // A function that reached its time limit would have been killed.
  assert.equal(lambda.instances(), 1)
})
