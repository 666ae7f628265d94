import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Running, start } from '../../src/app/start.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Log } from '../../src/observability/log.ts'
import { checkClient } from '../support/check-client.ts'
import { temporaryFolder } from '../support/folder.ts'
import { healthOf } from '../support/health.ts'
import { ask } from '../support/raw-http.ts'

const rule = (id: string, url: string, extra: object = {}) => ({
  id,
  match: { url, methods: ['GET'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
  ...extra,
})

interface Server {
  readonly running: Running
  readonly port: number
  readonly lines: string[]
  readonly write: (rules: unknown) => void
}

async function serve(t: TestContext, rules: unknown, settings: object = {}): Promise<Server> {
  const folder = temporaryFolder(t)
  const file = join(folder, 'rules.json')
  const write = (text: unknown): void =>
    writeFileSync(file, typeof text === 'string' ? text : JSON.stringify(text))
  write(rules)
  const config = join(folder, 'config.json')
  writeFileSync(config, JSON.stringify({ ...base(file), ...settings }))
  const outcome = await loadConfig({ files: [config], env: {} })
  assert.ok(outcome.kind === 'config', JSON.stringify(outcome))
  const lines: string[] = []
  const running = await start({ config: outcome.config, log: logTo(lines), strict: false })
  t.after(() => running.stop())
  return { running, port: Number(running.addresses.api.split(':').pop()), lines, write }
}

const base = (file: string) => ({
  serve: {
    api: { host: '127.0.0.1', port: 0 },
    grpc: { host: '127.0.0.1', port: 0 },
    proxy: { host: '127.0.0.1', port: 0 },
    prometheus: { host: '127.0.0.1', port: 0 },
    shutdown: { drain: '0s', timeout: '1s' },
  },
  access_rules: { repositories: [`file://${file}`] },
  authenticators: { anonymous: { enabled: true, config: { subject: 'guest' } } },
  authorizers: { allow: { enabled: true } },
  mutators: {
    header: { enabled: true, config: { headers: { 'X-User': '{{ print .Subject }}' } } },
  },
})

const logTo = (lines: string[]): Log => {
  const say = (text: string, fields: object = {}): void => {
    lines.push(`${text} ${JSON.stringify(fields)}`)
  }
  return { error: say, warn: say, info: say, debug: say }
}

const statusOf = async (port: number, host: string): Promise<number> =>
  (await ask(port, { target: '/decisions/a', host })).status

test('a started server answers at both doors', async t => {
  const { running, port } = await serve(t, [rule('a', 'http://a.test/<.*>')])
  const answer = await ask(port, { target: '/decisions/x', host: 'a.test' })
  assert.deepEqual(answer.all('x-user'), ['guest'])
  const check = checkClient(t, running.addresses.grpc ?? '')
  assert.equal((await check({ host: 'a.test', path: '/x' })).status?.code, 0)
  assert.equal((await check({ host: 'b.test', path: '/x' })).denied_response?.status?.code, 404)
})

test('a reload replaces the old rules by the new ones', async t => {
  const { running, port, write } = await serve(t, [rule('a', 'http://a.test/<.*>')])
  write([rule('b', 'http://b.test/<.*>')])
  assert.equal(await statusOf(port, 'a.test'), 200)
  await running.reload()
  assert.equal(await statusOf(port, 'a.test'), 404)
  assert.equal(await statusOf(port, 'b.test'), 200)
})

test('a reload of a broken document keeps the rules', async t => {
  const { running, port, write, lines } = await serve(t, [rule('a', 'http://a.test/<.*>')])
  write('[{"id":')
  await running.reload()
  assert.equal(await statusOf(port, 'a.test'), 200)
  assert.match(lines.join('\n'), /Unable to read access rules/)
})

test('during reloads each request is decided by one complete set of rules', async t => {
  const sets = ['a', 'b'].map(name => [
    rule(name, 'http://a.test/<.*>', {
      mutators: [{ handler: 'header', config: { headers: { 'X-One': name, 'X-Two': name } } }],
    }),
  ])
  const { running, port, write } = await serve(t, sets[0])
  const asked: Promise<void>[] = []
  for (let i = 0; i < 20; i++) {
    write(sets[i % 2])
    const reload = running.reload()
    for (let k = 0; k < 5; k++) asked.push(askWhole(port))
    await reload
  }
  await Promise.all(asked)
})

async function askWhole(port: number): Promise<void> {
  const answer = await ask(port, { target: '/decisions/a', host: 'a.test' })
  assert.equal(answer.status, 200)
  assert.deepEqual(answer.all('x-one'), answer.all('x-two'))
}

test('a broken rule is logged with its id and reason, and the others work', async t => {
  const rules = [
    rule('good', 'http://a.test/<.*>'),
    rule('bad', 'http://b.test/<.*>', { authorizer: { handler: 'magic' } }),
    rule('odd', 'http://c.test/<(>'),
  ]
  const { port, lines } = await serve(t, rules)
  assert.equal(await statusOf(port, 'a.test'), 200)
  assert.equal(await statusOf(port, 'b.test'), 500)
  assert.equal(await statusOf(port, 'c.test'), 404)
  const log = lines.join('\n')
  assert.match(
    log,
    /"rule_id":"bad","reason":"authorizer \\"magic\\" does not exist; there are allow, cel, deny[^"]*"/,
  )
  assert.match(log, /"rule_id":"odd"/)
  const ready = await ask(port, { target: '/health/ready' })
  assert.deepEqual(JSON.parse(ready.text), {
    status: 'ok',
    details: { degraded: true, broken_patterns: 1, invalid_rules: 1 },
  })
})

test('without rules the server is alive and not ready, and a reload makes it ready', async t => {
  const { running, port, write } = await serve(t, [])
  assert.equal((await ask(port, { target: '/health/alive' })).status, 200)
  assert.equal((await ask(port, { target: '/health/ready' })).status, 503)
  const address = running.addresses.grpc ?? ''
  assert.equal(await healthOf(t, address), 'NOT_SERVING')
  write([rule('a', 'http://a.test/<.*>')])
  await running.reload()
  assert.equal((await ask(port, { target: '/health/ready' })).status, 200)
  assert.equal(await healthOf(t, address), 'SERVING')
})

test('a broken inline source, a port in use, and a missing key make the start fail', async t => {
  await assert.rejects(
    serve(t, [], { access_rules: { repositories: ['inline://%'] } }),
    /not valid base64/,
  )
  const { port } = await serve(t, [])
  const off = { grpc: { enabled: false }, prometheus: { enabled: false } }
  const taken = { ...off, api: { host: '127.0.0.1', port } }
  await assert.rejects(serve(t, [], { serve: taken }), /EADDRINUSE/)
  const tls = { api: { tls: { key: { path: 'k' }, cert: { path: 'c' } } } }
  await assert.rejects(serve(t, [], { serve: tls }), /serve\.api\.tls\.key\.path: ENOENT/)
})

test('a stop lets active connections finish and accepts no new ones', async t => {
  const { running, port } = await serve(t, [rule('a', 'http://a.test/<.*>')])
  const idle = connect(port, '127.0.0.1')
  await new Promise(resolve => idle.once('connect', resolve))
  await running.stop()
  await assert.rejects(ask(port, { target: '/health/alive' }), /ECONNREFUSED/)
})

test('the API can listen on a unix socket', async t => {
  const folder = temporaryFolder(t)
  const socket = join(folder, 'api.sock')
  const { running } = await serve(t, [rule('a', 'http://a.test/<.*>')], {
    serve: {
      api: { socket },
      grpc: { socket: join(folder, 'grpc.sock') },
      proxy: { enabled: false },
      prometheus: { enabled: false },
    },
  })
  assert.equal(running.addresses.api, socket)
  const check = checkClient(t, `unix:${join(folder, 'grpc.sock')}`)
  assert.equal((await check({ host: 'a.test', path: '/x' })).status?.code, 0)
})

test('CORS: a browser is answered before the rules, a check about its pre-flight by the rules', async t => {
  const cors = { enabled: true, allowed_origins: ['https://app.test'] }
  const settings = {
    serve: { ...base('').serve, api: { ...base('').serve.api, cors } },
  }
  const { port } = await serve(t, [rule('a', 'http://app.example/a')], settings)
  const preflight = [
    ['Origin', 'https://app.test'],
    ['Access-Control-Request-Method', 'GET'],
  ] as const
  const request = { method: 'OPTIONS', target: '/decisions/a' }
  const browser = await ask(port, { ...request, headers: preflight })
  assert.equal(browser.status, 204)
  assert.deepEqual(browser.all('access-control-allow-origin'), ['https://app.test'])
  for (const name of [
    'X-Forwarded-Method',
    'x-envoy-expected-rq-timeout-ms',
    'X-Original-Method',
  ]) {
    const value = name.startsWith('x-envoy') ? '1000' : 'OPTIONS'
    const proxy = await ask(port, { ...request, headers: [...preflight, [name, value]] })
    assert.equal(proxy.status, 404, name)
  }
  const plain = await ask(port, {
    target: '/health/alive',
    headers: [['Origin', 'https://app.test']],
  })
  assert.deepEqual(plain.all('access-control-allow-origin'), ['https://app.test'])
})
