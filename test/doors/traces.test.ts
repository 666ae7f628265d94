import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { type TestContext, test } from 'node:test'
import { checkClient } from '../support/check-client.ts'
import { listen } from '../support/listen.ts'
import { launchOarlock, type Oarlock, startOarlock } from '../support/oarlock.ts'
import { type Ask, ask } from '../support/raw-http.ts'

interface Received {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Records what it receives and answers 200. */
async function collect(t: TestContext, answer = '{}') {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { url = '', headers } = request
      received.push({ url, headers, body: Buffer.concat(chunks) })
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(answer)
    })
  })
  return { port: await listen(t, server), received }
}

interface Span {
  readonly traceId: string
  readonly id: string
  readonly parentId?: string
  readonly name: string
  readonly kind?: string
  readonly timestamp: number
  readonly duration: number
  readonly tags: Readonly<Record<string, string>>
}

const rules = (service: number) => [
  {
    id: 'asked',
    upstream: { url: `http://127.0.0.1:${service}` },
    match: { url: 'http://a.test/<.*>', methods: ['GET'] },
    authenticators: [{ handler: 'anonymous' }],
    authorizer: {
      handler: 'remote_json',
      config: { remote: `http://127.0.0.1:${service}/check`, payload: '{}' },
    },
    mutators: [{ handler: 'noop' }],
  },
]

const handlers = {
  authenticators: { anonymous: { enabled: true } },
  authorizers: {
    remote_json: { enabled: true, config: { remote: 'http://127.0.0.1:1/', payload: '{}' } },
  },
  mutators: { noop: { enabled: true } },
}

async function startTraced(t: TestContext, tracing: object) {
  const service = await collect(t)
  const oarlock = await startOarlock(t, {
    config: { ...handlers, tracing },
    rules: rules(service.port),
  })
  return { oarlock, calls: service.received }
}

async function startZipkin(t: TestContext, ratio = 1) {
  const zipkin = await collect(t)
  const server_url = `http://127.0.0.1:${zipkin.port}/api/v2/spans`
  const providers = { zipkin: { server_url, sampling: { sampling_ratio: ratio } } }
  const started = await startTraced(t, { provider: 'zipkin', providers })
  const spans = (): readonly Span[] =>
    zipkin.received.flatMap(({ body }) => JSON.parse(body.toString()) as readonly Span[])
  return { ...started, spans }
}

const get = ({ api }: Oarlock, headers: Ask['headers'] = []) =>
  ask(api, { target: '/decisions/x?token=secret', host: 'a.test', headers })

const traceId = '0af7651916cd43dd8448eb211c80319c'
const parentId = 'b7ad6b7169203331'

test('a decision is a span with a child for the match and for each handler', async t => {
  const { oarlock, spans } = await startZipkin(t)
  assert.equal((await get(oarlock)).status, 200)
  const check = checkClient(t, `127.0.0.1:${oarlock.grpc}`)
  assert.equal((await check({ host: 'a.test', path: '/x' })).status?.code, 0)
  await get(oarlock, [['Host2', 'x']])
  await ask(oarlock.api, { target: '/health/alive' })
  await oarlock.stop()
  const all = spans()
  const [server] = all.filter(({ name }) => name === '/decisions/')
  assert(server !== undefined)
  assert.equal(server.kind, 'SERVER')
  assert.equal(server.tags['oarlock.rule'], 'asked')
  assert.match(server.tags['oarlock.decision_id'] ?? '', /^[0-9a-f]{32}$/)
  const children = all.filter(span => span.parentId === server.id)
  assert.deepEqual(
    children.map(({ name }) => name).sort(),
    [
      'RepositoryMemory.Match',
      'pipeline.authn.AuthenticatorAnonymous.Authenticate',
      'pipeline.authz.AuthorizerRemoteJSON.Authorize',
      'pipeline.mutate.MutatorNoOp.Mutate',
    ].sort(),
  )
  const match = children.find(({ name }) => name === 'RepositoryMemory.Match')
  assert.equal(match?.tags['matched_rule_id'], 'asked')
  for (const { timestamp, duration, name } of children) {
    assert(timestamp >= server.timestamp - 1000, name)
    assert(timestamp + duration <= server.timestamp + server.duration + 1000, name)
  }
  assert(all.some(({ name }) => name === 'envoy.service.auth.v3.Authorization/Check'))
  assert(!all.some(({ name }) => name.includes('health')))
  assert.doesNotMatch(JSON.stringify(all), /secret/)
})

for (const [form, headers] of Object.entries({
  'W3C trace context': [['traceparent', `00-${traceId}-${parentId}-01`]],
  'B3 in one header': [['b3', `${traceId}-${parentId}-1`]],
  'B3 in several headers': [
    ['X-B3-TraceId', traceId],
    ['X-B3-SpanId', parentId],
    ['X-B3-Sampled', '1'],
  ],
  Jaeger: [['uber-trace-id', `${traceId}:${parentId}:0:1`]],
}) as readonly (readonly [string, NonNullable<Ask['headers']>])[]) {
  test(`a trace that arrived as ${form} continues, and calls carry the new span in every form`, async t => {
    const { oarlock, calls, spans } = await startZipkin(t, 0)
    await get(oarlock, headers)
    await oarlock.stop()
    const server = spans().find(({ name }) => name === '/decisions/')
    assert.equal(server?.traceId, traceId)
    assert.equal(server?.parentId, parentId)
    const sent = calls[0]?.headers
    assert.equal(sent?.['traceparent'], `00-${traceId}-${server?.id}-01`)
    assert.match(String(sent?.['b3']), new RegExp(`^${traceId}-${server?.id}-1`))
    assert.equal(sent?.['x-b3-spanid'], server?.id)
    assert.match(
      decodeURIComponent(String(sent?.['uber-trace-id'])),
      new RegExp(`^${traceId}:${server?.id}:0:0?1$`),
    )
  })
}

interface Traced {
  readonly tracing?: object
  readonly env?: Readonly<Record<string, string>>
  readonly headers?: Ask['headers']
}

/** The trace headers that the upstream of the proxy receives, by lower-case name. */
async function passedOn(t: TestContext, { tracing, env = {}, headers = [] }: Traced) {
  const service = await collect(t)
  const config = { ...handlers, ...(tracing && { tracing }) }
  const oarlock = await startOarlock(t, { config, rules: rules(service.port), env })
  await ask(oarlock.proxy, { target: '/x', host: 'a.test', headers })
  await oarlock.stop()
  const sent = service.received.find(({ url }) => url === '/x')?.headers ?? {}
  const isContext = ([name]: readonly [string, unknown]) =>
    /^(trace|b3|x-b3|uber|baggage)/.test(name)
  return { sent: Object.fromEntries(Object.entries(sent).filter(isContext)), log: oarlock.log() }
}

const forms = {
  traceparent: `00-1${traceId.slice(1)}-${parentId}-01`,
  b3: `2${traceId.slice(1)}-${parentId}-1`,
  'x-b3-traceid': `3${traceId.slice(1)}`,
  'x-b3-spanid': parentId,
  'x-b3-sampled': '1',
  'uber-trace-id': `4${traceId.slice(1)}:${parentId}:0:1`,
}

test("without a provider the client's trace headers are forwarded unchanged, in every form", async t => {
  const more = { ...forms, tracestate: 'a=b', 'uberctx-k': 'v', baggage: 'k=v' }
  const { sent } = await passedOn(t, { headers: Object.entries(more) })
  assert.deepEqual(sent, more)
})

/** No agent listens on this port. */
const jaeger = {
  provider: 'jaeger',
  providers: { jaeger: { local_agent_address: '127.0.0.1:6831' } },
}

test('with the provider jaeger the trace continues in every form, and the log says how Jaeger gets spans', async t => {
  for (const headers of [[['uber-trace-id', `${traceId}:${parentId}:0:1`]], []] as const) {
    const { sent, log } = await passedOn(t, { tracing: jaeger, headers })
    const [, id, span] =
      /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(String(sent['traceparent'])) ?? []
    assert.ok(id !== undefined && span !== undefined, String(sent['traceparent']))
    if (headers.length > 0) assert.equal(id, traceId)
    assert.notEqual(span, parentId)
    assert.equal(sent['b3'], `${id}-${span}-1`)
    assert.equal(sent['x-b3-traceid'], id)
    assert.match(
      decodeURIComponent(String(sent['uber-trace-id'])),
      new RegExp(`^${id}:${span}:0:0?1$`),
    )
    assert.match(
      log,
      /level=warning msg="tracing\.provider: found jaeger: .*tracing\.providers\.otlp\.server_url/,
    )
    assert.doesNotMatch(log, /has no effect/)
  }
})

test('with several forms in one request, B3 wins over Jaeger, and Jaeger over W3C', async t => {
  const order = ['b3', 'x-b3-traceid', 'uber-trace-id', 'traceparent'] as const
  for (const [i, expected] of ['2', '3', '4', '1'].entries()) {
    const gone = order.slice(0, i)
    const headers = Object.entries(forms).filter(
      ([name]) =>
        !gone.some(
          first => first === name || (first === 'x-b3-traceid' && name.startsWith('x-b3')),
        ),
    )
    const { sent } = await passedOn(t, { tracing: jaeger, headers })
    assert.match(String(sent['traceparent']), new RegExp(`^00-${expected}${traceId.slice(1)}-`))
  }
})

test('OTEL_PROPAGATORS says which forms are read and written', async t => {
  const headers = Object.entries({ b3: forms.b3, 'uber-trace-id': forms['uber-trace-id'] })
  const one = await passedOn(t, { tracing: jaeger, env: { OTEL_PROPAGATORS: 'jaeger' }, headers })
  assert.match(decodeURIComponent(String(one.sent['uber-trace-id'])), /^4/)
  assert.equal(one.sent['b3'], forms.b3)
  assert.equal(one.sent['traceparent'], undefined)
  const none = await passedOn(t, { tracing: jaeger, env: { OTEL_PROPAGATORS: 'none' }, headers })
  assert.deepEqual(none.sent, Object.fromEntries(headers))
})

test('unknown values in OTEL_PROPAGATORS and OTEL_TRACES_SAMPLER make the start fail, and validate reports them', async t => {
  for (const [name, value] of [
    ['OTEL_PROPAGATORS', 'tracecontext,xray'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
  ] as const) {
    const oarlock = await launchOarlock(t, {
      config: { ...handlers, tracing: jaeger },
      rules: rules(1),
      env: { [name]: value },
    })
    assert.equal(await oarlock.exitCode, 1)
    assert.match(oarlock.log(), new RegExp(`\\$${name}: found `))
  }
})

test('the other variables of OpenTelemetry take effect as well', async t => {
  const collector = await collect(t, '')
  const service = await collect(t)
  const oarlock = await startOarlock(t, {
    config: { ...handlers, tracing: { provider: 'otel' } },
    rules: rules(service.port),
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}/base/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=of-the-environment',
      OTEL_SERVICE_NAME: 'named-outside',
      OTEL_RESOURCE_ATTRIBUTES: 'region=north%20pole',
    },
  })
  await get(oarlock)
  await oarlock.stop()
  const [sent] = collector.received
  assert.equal(sent?.url, '/base/v1/traces')
  assert.equal(sent?.headers['x-key'], 'of-the-environment')
  const text = sent?.body.toString('latin1') ?? ''
  for (const part of ['named-outside', 'region', 'north pole']) assert.ok(text.includes(part), part)
})

test('OTEL_SDK_DISABLED and a sampler of the environment take effect', async t => {
  const off = await passedOn(t, { tracing: jaeger, env: { OTEL_SDK_DISABLED: 'true' } })
  assert.deepEqual(off.sent, {})
  const env = { OTEL_TRACES_SAMPLER: 'always_off' }
  const { sent } = await passedOn(t, { tracing: jaeger, env, headers: [['b3', forms.b3]] })
  assert.match(String(sent['traceparent']), /-00$/)
})

test('if the caller does not sample, Oarlock does not sample either, and the trace continues', async t => {
  const { oarlock, calls, spans } = await startZipkin(t)
  await get(oarlock, [['traceparent', `00-${traceId}-${parentId}-00`]])
  await oarlock.stop()
  assert.deepEqual(spans(), [])
  assert.match(
    String(calls[0]?.headers['traceparent']),
    new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`),
  )
})

test('spans are sent to an OTLP collector, with its credentials', async t => {
  const collector = await collect(t, '')
  const otlp = {
    server_url: `127.0.0.1:${collector.port}`,
    insecure: true,
    authorization_header: 'Bearer for-the-collector',
  }
  const { oarlock } = await startTraced(t, {
    provider: 'otel',
    service_name: 'door-keeper',
    deployment_environment: 'tests',
    providers: { otlp },
  })
  await get(oarlock)
  await oarlock.stop()
  const [sent] = collector.received
  assert.equal(sent?.url, '/v1/traces')
  assert.equal(sent?.headers['content-type'], 'application/x-protobuf')
  assert.equal(sent?.headers.authorization, 'Bearer for-the-collector')
  const text = sent?.body.toString('latin1') ?? ''
  for (const part of ['door-keeper', 'tests', '/decisions/', 'RepositoryMemory.Match'])
    assert(text.includes(part), part)
})

test('a collector that is down delays no decision, and is logged once', async t => {
  const providers = { otlp: { server_url: '127.0.0.1:9', insecure: true } }
  const { oarlock } = await startTraced(t, { provider: 'otel', providers })
  for (let i = 0; i < 3; i++) assert.equal((await get(oarlock)).status, 200)
  await oarlock.stop()
})

test('a provider without an address makes the start fail', async t => {
  await assert.rejects(startTraced(t, { provider: 'otel' }), /tracing\.providers\.otlp\.server_url/)
})

test('the proxy sends the upstream the span of its round trip', async t => {
  const { oarlock, calls, spans } = await startZipkin(t)
  const caller = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const headers = [['Traceparent', caller]] as const
  const answer = await ask(oarlock.proxy, { target: '/x', host: 'a.test', headers })
  assert.equal(answer.status, 200)
  await oarlock.stop()
  const sent = calls.find(({ url }) => url === '/x')
  const upstream = spans().find(({ name }) => name === 'upstream')
  const server = spans().find(({ name }) => name === 'proxy')
  assert.ok(upstream !== undefined && server !== undefined)
  assert.equal(upstream.parentId, server.id)
  assert.equal(upstream.traceId, '0af7651916cd43dd8448eb211c80319c')
  assert.equal(upstream.tags['http.response.status_code'], '200')
  assert.equal(sent?.headers['traceparent'], `00-${upstream.traceId}-${upstream.id}-01`)
})
