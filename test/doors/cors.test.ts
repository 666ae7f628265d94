/**
 * CORS credentials together with any origin, as Oathkeeper's users configure it: the server starts, and no page may
 * send credentials.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { launchOarlock, type Oarlock, startOarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { type Answer, ask } from '../support/raw-http.ts'
import { until } from '../support/until.ts'
import { startUpstream } from '../support/upstream.ts'

const handlers = {
  authenticators: { noop: { enabled: true }, unauthorized: { enabled: true } },
  authorizers: { allow: { enabled: true } },
  mutators: { noop: { enabled: true } },
}

const rule = (id: string, port: number, authenticator: string) => ({
  id,
  match: { url: `http://${loopback}:<\\d+>/${id}`, methods: ['GET'] },
  upstream: { url: `http://${loopback}:${port}` },
  authenticators: [{ handler: authenticator }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
})

const corsOf = (door: 'api' | 'proxy', cors: object, serve: object = {}) => ({
  ...handlers,
  serve: { ...serve, [door]: { cors: { enabled: true, allow_credentials: true, ...cors } } },
})

/** An upstream that itself allows pages to send credentials. */
const loose = (t: TestContext) =>
  startUpstream(t, response =>
    response
      .setHeader('Access-Control-Allow-Credentials', 'true')
      .setHeader('Access-Control-Allow-Origin', 'https://evil.test')
      .end(),
  )

const origin = ['Origin', 'https://page.test'] as const
const preflight = [origin, ['Access-Control-Request-Method', 'GET']] as const

/** Every answer that a page can get: plain, denied, without a rule, malformed, and pre-flights. */
const answersOf = (port: number, prefix = ''): Promise<readonly Answer[]> =>
  Promise.all([
    ask(port, { target: `${prefix}/open`, headers: [origin] }),
    ask(port, { target: `${prefix}/closed`, headers: [origin] }),
    ask(port, { target: `${prefix}/none`, headers: [origin] }),
    ask(port, { target: `${prefix}/a\\b`, headers: [origin] }),
    ask(port, { method: 'OPTIONS', target: `${prefix}/open`, headers: preflight }),
  ])

async function assertNoCredentials(port: number, prefix?: string): Promise<void> {
  for (const answer of await answersOf(port, prefix)) {
    assert.deepEqual(answer.all('access-control-allow-origin'), ['https://page.test'])
    assert.deepEqual(answer.all('access-control-allow-credentials'), [])
  }
}

const warningsIn = (oarlock: Oarlock, key: string): number =>
  oarlock.log().match(new RegExp(`${key}: found true together with any origin`, 'g'))?.length ?? 0

for (const [name, cors] of [
  ['any origin', { allowed_origins: ['*'] }],
  ['no list of allowed origins', {}],
  ['an empty list of allowed origins', { allowed_origins: [] }],
  ['an origin and `*`', { allowed_origins: ['https://app.test', '*'] }],
] as const) {
  test(`the proxy starts with credentials and ${name}, and never allows credentials`, async t => {
    const { port } = await loose(t)
    const rules = [rule('open', port, 'noop'), rule('closed', port, 'unauthorized')]
    const oarlock = await startOarlock(t, { config: corsOf('proxy', cors), rules })
    await assertNoCredentials(oarlock.proxy)
    assert.equal(warningsIn(oarlock, 'serve.proxy.cors.allow_credentials'), 1)
    assert.match(oarlock.log(), /serve\.proxy\.cors\.allowed_origins/)
  })
}

test('the API, with several workers, starts with credentials and any origin, and never allows credentials', async t => {
  const rules = [rule('open', 1, 'noop'), rule('closed', 1, 'unauthorized')]
  const config = corsOf('api', { allowed_origins: ['*'] }, { workers: 2 })
  const oarlock = await startOarlock(t, { config, rules })
  await assertNoCredentials(oarlock.api, '/decisions')
  await assertNoCredentials(oarlock.api)
  assert.equal(warningsIn(oarlock, 'serve.api.cors.allow_credentials'), 1)
})

test('credentials with a pattern of origins are allowed', async t => {
  const config = corsOf('api', { allowed_origins: ['https://*.app.test'] })
  const oarlock = await startOarlock(t, { config, rules: [rule('open', 1, 'noop')] })
  const headers = [['Origin', 'https://a.app.test']] as const
  const answer = await ask(oarlock.api, { target: '/health/alive', headers })
  assert.deepEqual(answer.all('access-control-allow-credentials'), ['true'])
})

function edit({ files }: Oarlock, change: (config: Changed) => object): void {
  writeFileSync(files.config, stringify(change(parse(readFileSync(files.config, 'utf8')))))
}

interface Changed {
  readonly serve: { readonly api: object }
}

const withCors = (config: Changed) => ({
  ...config,
  serve: {
    ...config.serve,
    api: { ...config.serve.api, cors: { enabled: true, allow_credentials: true } },
  },
})

test('a reload with credentials and any origin takes effect with a warning', async t => {
  const oarlock = await startOarlock(t, { config: handlers, rules: [rule('open', 1, 'noop')] })
  edit(oarlock, withCors)
  await until(() => /is in force/.test(oarlock.log()), 'the change is in force')
  const answer = await ask(oarlock.api, { target: '/health/alive', headers: [origin] })
  assert.deepEqual(answer.all('access-control-allow-origin'), ['https://page.test'])
  assert.deepEqual(answer.all('access-control-allow-credentials'), [])
  assert.equal(warningsIn(oarlock, 'serve.api.cors.allow_credentials'), 1)
})

test('a strict server refuses a start and a reload with credentials and any origin', async t => {
  const rules = [rule('open', 1, 'noop')]
  const args = ['--strict']
  const refused = await launchOarlock(t, { config: corsOf('api', {}), rules, args })
  assert.equal(await refused.exitCode, 1)
  assert.match(refused.log(), /--strict.*serve\.api\.cors\.allow_credentials/)
  const running = await startOarlock(t, { config: handlers, rules, args })
  edit(running, withCors)
  await until(() => /changed configuration is refused/.test(running.log()), 'the change is refused')
  const answer = await ask(running.api, { target: '/health/alive', headers: [origin] })
  assert.deepEqual(answer.all('access-control-allow-origin'), [])
})
