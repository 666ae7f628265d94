import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { loopbackPeer } from '../support/check.ts'
import { type Answer, ask } from '../support/raw-http.ts'
import { answerResult, areas, checkResult, host, open, startAreas } from './areas.ts'

type Pairs = readonly (readonly [name: string, value: string])[]

const nobody = { serve: { api: { trusted_proxies: [] }, grpc: { trusted_proxies: [] } } }
const others = { serve: { api: { trusted_proxies: ['192.0.2.0/24'] } } }

const pretences: readonly Pairs[] = [
  [['X-Forwarded-Uri', '/public']],
  [
    ['X-Forwarded-Method', 'GET'],
    ['X-Forwarded-Proto', 'http'],
    ['X-Forwarded-Host', host],
    ['X-Forwarded-Uri', '/public'],
  ],
  [['X-Original-URL', `http://${host}/public`]],
  [
    ['X-Original-Method', 'GET'],
    ['X-Original-URL', `http://${host}/public`],
  ],
  [['X-Original-URI', '/public']],
  [['X-Rewrite-URL', '/public']],
  [['X-Forwarded-Path', '/public']],
  [['X-Forwarded-Prefix', '/public']],
  [['X-Envoy-Original-Path', '/public']],
  [['X-Auth-Request-Redirect', '/public']],
  [['X_Forwarded_Uri', '/public']],
  [['x-forwarded_uri', '/public']],
  [['Forwarded', `for=127.0.0.1;host=${host};proto=http;path="/public"`]],
  [['X-Forwarded-Server', host]],
  [['X-Forwarded-Port', '80']],
  [['User-Agent', 'GoogleHC/1.0']],
  [['User-Agent', 'kube-probe/1.30']],
]

const shown = (pairs: Pairs): string => pairs.map(([name]) => name).join(' and ')

for (const [who, config] of Object.entries({ nobody, 'other networks': others })) {
  test(`while ${who} may forward, no header changes what is matched`, async t => {
    const { decisions, oarlock } = await startAreas(t, { config })
    for (const headers of pretences) {
      await t.test(shown(headers), async () =>
        assert.equal(await decisions({ target: '/admin', headers }), 401),
      )
    }
    await t.test('the log says once that the headers are ignored', () =>
      assert.equal(oarlock.log().split('is not trusted').length, 2),
    )
  })
}

test('with a trusted proxy only the four X-Forwarded headers are read', async t => {
  const { decisions } = await startAreas(t)
  for (const headers of pretences.slice(2)) {
    await t.test(shown(headers), async () =>
      assert.equal(await decisions({ target: '/admin', headers }), 401),
    )
  }
  await t.test('the values of the proxy win over those that a client adds after them', async () => {
    const headers = [
      ['X-Forwarded-Uri', '/admin'],
      ['X-Forwarded-Uri', '/public'],
      ['X-Original-URL', `http://${host}/public`],
    ] as const
    assert.equal(await decisions({ target: '/public', headers }), 401)
  })
})

test('over gRPC no header changes what is matched, whoever is trusted', async t => {
  const { grpc } = await startAreas(t)
  for (const headers of pretences) {
    await t.test(shown(headers), async () =>
      assert.equal(await grpc({ target: '/admin', headers }), 401),
    )
  }
})

test('the health port answers no rule request, and the API does not decide about the health port', async t => {
  const { decisions, grpc, oarlock } = await startAreas(t)
  for (const target of ['/health', '/health/alive', '/health/ready', '/.well-known/jwks.json']) {
    assert.equal(await decisions({ target }), 404)
    assert.equal(await grpc({ target }), 404)
  }
  const alive = await ask(oarlock.api, {
    target: '/health/alive',
    headers: [['X-Forwarded-Uri', '/public']],
  })
  assert.deepEqual(alive.all('x-rule'), [])
})

const dialects = ['off', 'envoy', 'x-forwarded', 'x-original'] as const

for (const forwarded of dialects) {
  test(`in mode ${forwarded} the headers of the other modes are ignored`, async t => {
    const { oarlock } = await startAreas(t, { config: { serve: { api: { forwarded } } } })
    const xForwarded = pretences[1] ?? []
    const xOriginal = pretences[3] ?? []
    const both = (uri: string): Pairs => [
      ...xForwarded.map(([name, value]) => [name, value.replace('/public', uri)] as const),
      ...xOriginal.map(([name, value]) => [name, value.replace('/public', other(uri))] as const),
    ]
    const result = async (target: string, headers: Pairs) =>
      answerResult(await ask(oarlock.api, { target: `/decisions${target}`, host, headers }))
    const expected = { off: 401, envoy: 401, 'x-forwarded': 'public', 'x-original': 401 }
    assert.equal(await result('/admin', both('/public')), expected[forwarded])
    const turned = { off: 'public', envoy: 'public', 'x-forwarded': 401, 'x-original': 'public' }
    assert.equal(await result('/public', both('/admin')), turned[forwarded])
  })
}

const other = (uri: string): string => (uri === '/public' ? '/admin' : '/public')

test('in mode envoy a scheme that is not valid is denied with 400', async t => {
  const { decisions } = await startAreas(t, { config: { serve: { api: { forwarded: 'envoy' } } } })
  for (const scheme of ['evil', 'https,http', 'HTTPS', 'ws', 'http://x', '']) {
    const headers = [['X-Forwarded-Proto', scheme]] as const
    assert.equal(await decisions({ target: '/public', headers }), 400, scheme)
  }
})

const inside = {
  handler: 'www_authenticate',
  config: { realm: 'inside', when: [{ request: { cidr: ['10.0.0.0/8'] } }] },
}

/**
 * Denies every request, and those from 10.0.0.0/8 with a challenge: the answer shows the client address that was
 * used.
 */
const byAddress = {
  ...open('address', `http://${host}/<.*>`),
  authenticators: [{ handler: 'unauthorized' }],
  errors: [inside],
}

const errors = {
  fallback: ['json'],
  handlers: { json: { enabled: true }, www_authenticate: { enabled: true } },
}

const startByAddress = (t: TestContext, serve: object = {}) =>
  startAreas(t, { rules: [byAddress], config: { errors, serve } })

const isInside = (answer: Answer): boolean => answer.all('www-authenticate').length > 0

const forwardedFor: readonly (readonly [lines: readonly string[], inside: boolean])[] = [
  [['10.0.0.1'], true],
  [['10.0.0.1, 203.0.113.7'], false],
  [['10.0.0.1', '203.0.113.7'], false],
  [['203.0.113.7', '10.0.0.1'], false],
  [['203.0.113.7, 10.9.9.9, 10.0.0.1'], false],
  [['::ffff:10.0.0.1'], true],
  [['[::ffff:10.0.0.1]:80'], true],
  [['10.0.0.1:5000'], true],
  [['10.0.0.1 '], true],
  [['10.0.0.1, unknown'], false],
  [['10.0.0.1, _hidden'], false],
  [['10.0.0.1,'], false],
  [[`10.0.0.1${', 203.0.113.7'.repeat(1000)}`], false],
]

test('the client address is the right-most one that is not a trusted proxy', async t => {
  const { oarlock, check } = await startByAddress(t)
  for (const [lines, expected] of forwardedFor) {
    const headers = lines.map(line => ['X-Forwarded-For', line] as const)
    await t.test(`decisions: ${JSON.stringify(lines).slice(0, 60)}`, async () => {
      const answer = await ask(oarlock.api, { target: '/decisions/', host, headers })
      assert.deepEqual([answer.status, isInside(answer)], [401, expected])
    })
    await t.test(`grpc: ${JSON.stringify(lines).slice(0, 60)}`, async () => {
      const map = { 'x-forwarded-for': lines.join(',') }
      const answer = await check({ host, path: '/', headers: map })
      assert.equal(checkResult(answer), 401)
      assert.equal(JSON.stringify(answer).includes('inside'), expected)
    })
  }

  await t.test('the header Forwarded is not read', async () => {
    const hops = Array.from({ length: 1000 }, () => 'for="_hidden", for=unknown, for="[::1]:x"')
    for (const value of ['for=10.0.0.1', 'for="[::1]:x"', hops.join(', ')]) {
      const headers = [['Forwarded', value]] as const
      const answer = await ask(oarlock.api, { target: '/decisions/', host, headers })
      assert.deepEqual([answer.status, isInside(answer)], [401, false])
    }
  })

  await t.test(
    'grpc: a peer that is not trusted cannot set the client address, its own is used',
    async () => {
      const source = (address: string) => ({
        source: { address: { socket_address: { address, port_value: 1 } } },
      })
      const headers = { 'x-forwarded-for': '10.0.0.1' }
      const said = async (address: string, map: Readonly<Record<string, string>>) =>
        JSON.stringify(await check({ host, path: '/', headers: map }, source(address)))
      assert.doesNotMatch(await said('203.0.113.7', headers), /inside/)
      assert.match(await said('10.1.2.3', {}), /inside/)
      assert.match(await said('::ffff:10.1.2.3', {}), /inside/)
    },
  )
})

test('with an empty list no peer can set the client address', async t => {
  const trusted = { trusted_proxies: [] }
  const { oarlock, check } = await startByAddress(t, { api: trusted, grpc: trusted })
  const headers = [['X-Forwarded-For', '10.0.0.1']] as const
  assert.equal(isInside(await ask(oarlock.api, { target: '/decisions/', host, headers })), false)
  const map = { 'x-forwarded-for': '10.0.0.1' }
  const answer = await check({ host, path: '/', headers: map }, { source: loopbackPeer })
  assert.doesNotMatch(JSON.stringify(answer), /inside/)
})

test('health and API stay separate when a proxy forwards a client', async t => {
  const { decisions } = await startAreas(t, { rules: areas })
  const headers = [['X-Forwarded-For', '127.0.0.1, ::1, 10.0.0.1']] as const
  assert.equal(await decisions({ target: '/admin', headers }), 401)
})
