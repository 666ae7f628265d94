/** `access_rules.shadow` in the running program: answers stay as they are, differences are counted in all workers. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { stringify } from 'yaml'
import { run } from '../../src/cli/run.ts'
import { checkClient } from '../support/check-client.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type Oarlock, startOarlock } from '../support/oarlock.ts'
import { ask } from '../support/raw-http.ts'
import { assertFits } from '../support/report-schema.ts'
import { stubServer } from '../support/stub-server.ts'
import { until } from '../support/until.ts'

const rule = (change: object = {}) => ({
  id: 'open',
  match: { url: 'http://shop.example/<open|later>', methods: ['GET'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
  ...change,
})

const handlers = {
  authenticators: { anonymous: { enabled: true } },
  authorizers: {
    allow: { enabled: true },
    cel: { enabled: true },
    deny: { enabled: true },
    remote_json: { enabled: true, config: { remote: 'http://127.0.0.1:1/', payload: '{}' } },
  },
  mutators: { noop: { enabled: true } },
}

interface Set {
  readonly rules: readonly object[]
  readonly shadow: readonly object[]
  readonly workers?: number
}

async function start(t: TestContext, { rules, shadow, workers = 1 }: Set) {
  const file = join(temporaryFolder(t), 'next.yaml')
  writeFileSync(file, stringify(shadow))
  const oarlock = await startOarlock(t, {
    config: {
      ...handlers,
      serve: { workers },
      access_rules: { shadow: { repositories: [`file://${file}`] } },
    },
    rules,
  })
  const write = (next: readonly object[]): void => writeFileSync(file, stringify(next))
  return { oarlock, write }
}

const decide = async ({ api }: Oarlock, path: string): Promise<number> =>
  (await ask(api, { target: `/decisions${path}`, host: 'shop.example' })).status

interface Report {
  readonly compared: number
  readonly groups: readonly { readonly kind: string; readonly count: number }[]
}

async function reportOf({ api }: Oarlock): Promise<Report> {
  const { body } = await ask(api, { target: '/shadow' })
  return JSON.parse(body.toString()) as Report
}

const untilCompared = (oarlock: Oarlock, count: number): Promise<void> =>
  until(async () => (await reportOf(oarlock)).compared === count, `${count} are compared`)

async function command(...args: readonly string[]) {
  const printed = { out: '', err: '' }
  const code = await run(args, {
    out: text => {
      printed.out += text
    },
    err: text => {
      printed.err += text
    },
  })
  return { code, ...printed }
}

/** Shadow rules are loaded after the ports are open. */
async function untilLoaded(oarlock: Oarlock): Promise<void> {
  await until(async () => {
    await decide(oarlock, '/open')
    return (await reportOf(oarlock)).compared > 0
  }, 'shadow rules decide')
}

test('answers are those of the rules in force, and differences are counted', async t => {
  const { oarlock, write } = await start(t, { rules: [rule()], shadow: [rule()] })
  await untilLoaded(oarlock)
  const endpoint = ['-e', `http://127.0.0.1:${oarlock.api}`]
  const same = await command('shadow', 'report', ...endpoint)
  assert.deepEqual([same.code, same.err], [0, ''])
  assert.match(same.out, /^no decision differs\n\d+ decisions? compared since /)

  write([rule({ match: { url: 'http://shop.example/<open|more>', methods: ['GET'] } })])
  await untilCompared(oarlock, 0)
  for (const path of ['/open', '/later', '/later', '/more']) await decide(oarlock, path)
  assert.equal(await decide(oarlock, '/later'), 200)
  assert.equal(await decide(oarlock, '/more'), 404)
  await untilCompared(oarlock, 6)
  const other = await command('shadow', 'report', ...endpoint)
  assert.equal(other.code, 6)
  assert.match(
    other.out,
    /^newly-allowed: no rule → "open": 404 → 200 \(2\)\nnewly-denied: "open" → no rule: 200 → 404 \(3\)\n/,
  )
  const denied = await command('shadow', 'report', ...endpoint, '--fail-on', 'headers')
  assert.equal(denied.code, 0)
  const few = await command('shadow', 'report', ...endpoint, '--fail-on', 'none', '--min', '100')
  assert.equal(few.code, 7)
  assertFits('docs/schemas/shadow.schema.json', await reportOf(oarlock))
  const markdown = await command('shadow', 'report', ...endpoint, '--format', 'md')
  assert.match(markdown.out, /\| newly-allowed \| no rule \| "open" \| 404 → 200 \| 2 \|/)
  const log = oarlock.log()
  assert.match(log, /A shadow decision differs/)
  const metrics = await ask(oarlock.metrics, { target: '/metrics' })
  assert.match(
    metrics.body.toString(),
    /oarlock_shadow_decisions_total\{outcome="newly-allowed"\} 2/,
  )
})

test('the counts of all workers are added', async t => {
  const { oarlock } = await start(t, {
    rules: [rule()],
    shadow: [rule({ authorizer: { handler: 'deny' } })],
    workers: 2,
  })
  await untilLoaded(oarlock)
  const { compared } = await reportOf(oarlock)
  // A worker may load its shadow rules later than the other.
  await until(async () => {
    for (let i = 0; i < 10; i++) await decide(oarlock, '/open')
    return (await reportOf(oarlock)).compared > compared + 40
  }, 'both count')
  const seen = new Set<number>()
  for (let i = 0; i < 10; i++) seen.add((await reportOf(oarlock)).compared)
  assert.equal(seen.size, 1, 'each worker reports the same')
  const { groups } = await reportOf(oarlock)
  assert.deepEqual(
    groups.map(({ kind }) => kind),
    ['newly-denied'],
  )
})

test('shadow rules get the answers of identical calls, and make none', async t => {
  const service = await stubServer(t, (_, response) => response.end('{}'))
  const remote = (path: string) => ({
    authorizer: { handler: 'remote_json', config: { remote: `${service.origin}${path}` } },
  })
  const { oarlock } = await start(t, {
    rules: [
      rule(remote('/one')),
      rule({ id: 'two', match: { url: 'http://shop.example/two', methods: ['GET'] } }),
    ],
    shadow: [
      rule(remote('/one')),
      rule({
        id: 'two',
        match: { url: 'http://shop.example/two', methods: ['GET'] },
        ...remote('/two'),
      }),
    ],
  })
  await untilLoaded(oarlock)
  const before = (await reportOf(oarlock)).compared
  assert.deepEqual([await decide(oarlock, '/open'), await decide(oarlock, '/two')], [200, 200])
  await untilCompared(oarlock, before + 2)
  const { groups } = await reportOf(oarlock)
  assert.deepEqual(
    groups.map(({ kind, count }) => [kind, count]),
    [['undecided', 1]],
  )
  assert.ok(
    service.calls.every(({ url }) => url === '/one'),
    'the shadow rule made no call',
  )
})

test('checks of Envoy are compared with their bodies', async t => {
  const body = (expression: string) =>
    rule({
      match: { url: 'http://shop.example/body', methods: ['POST'] },
      body: { parse: 'json' },
      authorizer: { handler: 'cel', config: { expression } },
    })
  const remote = {
    remote: 'http://127.0.0.1:1/',
    payload: '{}',
    retry: { give_up_after: '900ms', max_delay: '300ms' },
  }
  const asks = (authorizer: object) =>
    rule({ id: 'asks', match: { url: 'http://shop.example/asks', methods: ['POST'] }, authorizer })
  const { oarlock } = await start(t, {
    rules: [body('request.body.total < 100.0'), asks({ handler: 'allow' })],
    shadow: [body('request.body.total < 10.0'), asks({ handler: 'remote_json', config: remote })],
  })
  const check = checkClient(t, `127.0.0.1:${oarlock.grpc}`)
  const post = (path: string, total = 50) =>
    check({
      method: 'POST',
      host: 'shop.example',
      path,
      headers: { 'content-type': 'application/json', 'content-length': '12' },
      raw_body: Buffer.from(`{"total":${total}}`.padEnd(12)),
    })
  await until(async () => {
    await post('/body', 5)
    return (await reportOf(oarlock)).compared > 0
  }, 'shadow rules decide')
  const { compared } = await reportOf(oarlock)
  for (let i = 0; i < 20; i++) await post('/asks')
  assert.equal((await post('/body')).status?.code ?? 0, 0)
  await untilCompared(oarlock, compared + 21)
  const { groups } = await reportOf(oarlock)
  assert.deepEqual(
    groups.map(({ kind, count }) => [kind, count]),
    [
      ['newly-denied', 1],
      ['undecided', 20],
    ],
  )
})

const foreign = {
  'a page': '<html>',
  'no groups': '{"version":1,"since":"x","compared":1,"dropped":0}',
  'a group that is null': '{"version":1,"since":"x","compared":1,"dropped":0,"groups":[null]}',
  'a change that is an object':
    '{"version":1,"since":"x","compared":1,"dropped":0,"groups":[{"kind":"rule","old":null,"new":null,"change":{},"count":1}]}',
}

for (const [name, text] of Object.entries(foreign)) {
  test(`another server answers with ${name}: the report fails`, async t => {
    const server = await stubServer(t, (_, response) => response.end(text))
    for (const format of ['pretty', 'md']) {
      const { code, err } = await command(
        'shadow',
        'report',
        '-e',
        server.origin,
        '--format',
        format,
      )
      assert.equal(code, 1)
      assert.match(err, /answered 200/)
    }
  })
}

test('without shadow rules the route does not exist, and the command says so', async t => {
  const oarlock = await startOarlock(t, { config: handlers, rules: [rule()] })
  assert.equal((await ask(oarlock.api, { target: '/shadow' })).status, 404)
  const { code, err } = await command('shadow', 'report', '-e', `http://127.0.0.1:${oarlock.api}`)
  assert.equal(code, 1)
  assert.match(err, /the server has no shadow rules \(access_rules.shadow.repositories\)/)
})

test('a source that cannot be read does not stop the server, and validate names it', async t => {
  const { oarlock } = await start(t, {
    rules: [rule()],
    shadow: [rule({ authorizer: { handler: 'none' } })],
  })
  assert.equal(await decide(oarlock, '/open'), 200)
  const { code, err } = await command('validate', '-c', oarlock.files.config)
  assert.equal(code, 3)
  assert.match(err, /error: shadow: rule "open"/)
})

test('wrong options are wrong usage', async () => {
  const kinds = await command('shadow', 'report', '-e', 'http://127.0.0.1:1', '--fail-on', 'open')
  assert.equal(kinds.code, 2)
  assert.match(kinds.err, /--fail-on: found "open", expected some of newly-allowed/)
  const min = await command('shadow', 'report', '-e', 'http://127.0.0.1:1', '--min', 'x')
  assert.equal(min.code, 2)
})
