import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { checkClient } from '../support/check-client.ts'
import { readExposition } from '../support/exposition.ts'
import { type Oarlock, startOarlock } from '../support/oarlock.ts'
import { freePort } from '../support/ports.ts'
import { type Ask, ask } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'

const config = {
  authenticators: { anonymous: { enabled: true }, unauthorized: { enabled: true } },
  authorizers: { allow: { enabled: true } },
  mutators: { noop: { enabled: true } },
}

const rule = (id: string, authenticator: string) => ({
  id,
  match: { url: `http://a.test/${id}/<.*>`, methods: ['GET', 'POST'] },
  authenticators: [{ handler: authenticator }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
})

const rules = [rule('open', 'anonymous'), rule('closed', 'unauthorized')]

const start = (t: TestContext, prometheus: object = {}, api: object = {}): Promise<Oarlock> =>
  startOarlock(t, { config: { ...config, serve: { prometheus, api } }, rules })

const decide = (oarlock: Oarlock, target: string, headers: Ask['headers'] = []) =>
  ask(oarlock.api, { target, host: 'a.test', headers })

async function scrape({ metrics }: Oarlock, path = '/metrics') {
  await wait(20) // an answer is counted after it was sent
  const answer = await ask(metrics, { target: path })
  assert.equal(answer.status, 200)
  assert.deepEqual(answer.all('content-type'), ['text/plain; version=0.0.4; charset=utf-8'])
  return readExposition(answer.text)
}

const requestsTotal = (labels: string) => `ory_oathkeeper_requests_total{${labels}}`

test("requests are counted with Oathkeeper's names and labels", async t => {
  const oarlock = await start(t)
  await decide(oarlock, '/decisions/open/1?token=secret')
  await decide(oarlock, '/decisions/open/2')
  await decide(oarlock, '/decisions/closed/1')
  await decide(oarlock, '/rules')
  const series = await scrape(oarlock)
  const api = 'service="oathkeeper-api",method="GET"'
  assert.equal(series.get(requestsTotal(`${api},request="/decisions",status_code="200"`)), 2)
  assert.equal(series.get(requestsTotal(`${api},request="/decisions",status_code="401"`)), 1)
  assert.equal(series.get(requestsTotal(`${api},request="/rules",status_code="200"`)), 1)
  const duration = 'ory_oathkeeper_requests_duration_seconds'
  const ok = `${api},request="/decisions",status_code="200"`
  assert.equal(series.get(`${duration}_count{${ok}}`), 2)
  assert.equal(
    series.get(`${duration}_bucket{le="+Inf",${ok}}`) ??
      series.get(`${duration}_bucket{${ok},le="+Inf"}`),
    2,
  )
})

test('health probes are not counted, neither as requests nor as decisions', async t => {
  const oarlock = await start(t)
  await decide(oarlock, '/health/alive')
  await decide(oarlock, '/decisions/health/alive')
  await decide(oarlock, '/decisions/x', [['X-Forwarded-Uri', '/health/ready']])
  const counted = [...(await scrape(oarlock)).keys()].filter(key =>
    key.startsWith('ory_oathkeeper_requests_total'),
  )
  assert.deepEqual(counted, [])
})

test('decisions are counted by door, outcome and rule, and their steps are timed', async t => {
  const oarlock = await start(t)
  await decide(oarlock, '/decisions/open/1')
  await decide(oarlock, '/decisions/closed/1')
  await decide(oarlock, '/decisions/nowhere')
  await decide(oarlock, '/decisions/%zz')
  const check = checkClient(t, `127.0.0.1:${oarlock.grpc}`)
  await check({ host: 'a.test', path: '/open/1' })
  await check({ host: 'a.test', path: 'no-slash' })
  const series = await scrape(oarlock)
  const decisions = [...series].filter(([key]) => key.startsWith('oarlock_decisions_total'))
  assert.deepEqual(
    new Map(decisions),
    new Map([
      ['oarlock_decisions_total{door="decisions",outcome="allow",rule="open"}', 1],
      ['oarlock_decisions_total{door="grpc",outcome="allow",rule="open"}', 1],
      ['oarlock_decisions_total{door="decisions",outcome="unauthorized",rule="closed"}', 1],
      ['oarlock_decisions_total{door="grpc",outcome="bad_request",rule=""}', 1],
      ['oarlock_decisions_total{door="decisions",outcome="bad_request",rule=""}', 1],
      ['oarlock_decisions_total{door="decisions",outcome="not_found",rule=""}', 1],
    ]),
  )
  assert.equal(series.get('oarlock_decision_duration_seconds_count{door="grpc"}'), 1)
  assert.equal(series.get('oarlock_decision_duration_seconds_count{door="decisions"}'), 3)
  const step = 'oarlock_step_duration_seconds_count'
  assert.equal(series.get(`${step}{stage="authenticator",handler="anonymous"}`), 1)
  assert.equal(series.get(`${step}{stage="mutator",handler="noop"}`), 1)
})

test('the state of rules, process and event loop is exported', async t => {
  const oarlock = await start(t)
  const series = await scrape(oarlock)
  assert.equal(series.get('oarlock_rules{state="valid"}'), 2)
  assert.equal(series.get('oarlock_rules{state="broken_pattern"}'), 0)
  assert.equal(series.get('oarlock_rules_loads_total{result="success"}'), 1)
  assert(
    Math.abs(
      (series.get('oarlock_rules_load_success_timestamp_seconds') ?? 0) - Date.now() / 1000,
    ) < 60,
  )
  for (const name of [
    'process_cpu_seconds_total',
    'nodejs_eventloop_lag_p99_seconds',
    'oarlock_cache_hits_total',
  ])
    assert(series.has(name), name)
})

test('the metrics port answers GET and HEAD of its path alone', async t => {
  const oarlock = await start(t, { metrics_path: '/private/metrics' })
  await scrape(oarlock, '/private/metrics')
  await scrape(oarlock, '/private/metrics?x=1')
  for (const target of ['/metrics', '/', '/private/metrics/'])
    assert.equal((await ask(oarlock.metrics, { target })).status, 404)
  const post = { target: '/private/metrics', method: 'POST' }
  assert.equal((await ask(oarlock.metrics, post)).status, 404)
})

test('request paths can be kept or left out, and the prefix comes from the configuration', async t => {
  const whole = await start(t, { collapse_request_paths: false, metric_name_prefix: 'x_' })
  await decide(whole, '/decisions/open/1?a=b')
  const labels =
    'service="oathkeeper-api",method="GET",request="/decisions/open/1?a=b",status_code="200"'
  assert.equal((await scrape(whole)).get(`x_requests_total{${labels}}`), 1)
  const hidden = await start(t, { hide_request_paths: true })
  await decide(hidden, '/decisions/open/1')
  const without = 'service="oathkeeper-api",method="GET",request="",status_code="200"'
  assert.equal((await scrape(hidden)).get(requestsTotal(without)), 1)
})

test('clients cannot make the metrics grow without bound', async t => {
  const oarlock = await start(t)
  const targets = Array.from({ length: 1200 }, (_, i) => `/made-up-${i}`)
  for (const target of targets) await fetch(`http://127.0.0.1:${oarlock.api}${target}`)
  await decide(oarlock, `/${'x'.repeat(5000)}`)
  const series = [...(await scrape(oarlock))].filter(([key]) =>
    key.startsWith('ory_oathkeeper_requests_total'),
  )
  const rest = series.find(([key]) => key.includes('request="/_other"'))
  assert(series.length <= 1001, `${series.length} series`)
  assert((rest?.[1] ?? 0) >= 200)
})

test('with metrics disabled nothing listens', async t => {
  const oarlock = await start(t, { enabled: false })
  assert.equal((await decide(oarlock, '/decisions/open/1')).status, 200)
  await assert.rejects(ask(oarlock.metrics, { target: '/metrics' }), /ECONNREFUSED/)
})

test('the decision id is in the configured header and in the metadata, and in no other place', async t => {
  const named = await start(t, {}, { decision_id_header: 'X-Decision-Id' })
  const seen = new Set<string>()
  for (const target of ['/decisions/open/1', '/decisions/closed/1', '/decisions/%zz']) {
    const [id = '', ...more] = (await decide(named, target, [['X-Decision-Id', 'forged']])).all(
      'x-decision-id',
    )
    assert.match(id, /^[0-9a-f]{32}$/)
    assert.deepEqual(more, [])
    seen.add(id)
  }
  assert.equal(seen.size, 3)
  const plain = await start(t)
  assert.deepEqual((await decide(plain, '/decisions/open/1')).all('x-decision-id'), [])
  const check = checkClient(t, `127.0.0.1:${plain.grpc}`)
  const { dynamic_metadata } = await check({ host: 'a.test', path: '/open/1' })
  assert.match(JSON.stringify(dynamic_metadata), /"decision_id":\{[^}]*"[0-9a-f]{32}"/)
})

test('a port in use makes the start fail', async t => {
  const first = await start(t)
  const ports = {
    api: await freePort(),
    grpc: await freePort(),
    proxy: await freePort(),
    metrics: first.metrics,
  }
  await assert.rejects(startOarlock(t, { config, rules, ports }), /EADDRINUSE/)
})

test('the proxy is counted as in Oathkeeper, including tunnels and failed handshakes', async t => {
  const upstream = await startUpstream(t)
  const url = `http://127.0.0.1:${upstream.port}`
  const oarlock = await startOarlock(t, {
    config,
    rules: rules.map(one => ({ ...one, upstream: { url } })),
  })
  const host = 'a.test'
  await ask(oarlock.proxy, { target: '/open/1', host })
  await ask(oarlock.proxy, { target: '/closed/1', host })
  await ask(oarlock.proxy, { target: '/nowhere', host, method: 'POST' })
  const handshake = [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ] as const
  await ask(oarlock.proxy, { target: '/open/2', host, headers: handshake }).catch(() => undefined)
  await ask(oarlock.proxy, { target: '/closed/2', host, headers: handshake })
  const series = await scrape(oarlock)
  const count = (method: string, request: string, status: number) =>
    series.get(
      requestsTotal(
        `service="oathkeeper-proxy",method="${method}",request="${request}",status_code="${status}"`,
      ),
    )
  assert.equal(count('GET', '/open', 200), 1)
  assert.equal(count('GET', '/closed', 401), 2)
  assert.equal(count('POST', '/nowhere', 404), 1)
  assert.equal(count('GET', '/open', 101), 1)
  assert.equal(series.get('oarlock_decisions_total{door="proxy",outcome="allow",rule="open"}'), 2)
})
