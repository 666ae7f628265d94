import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { routeApi } from '../../src/app/doors/api-door.ts'
import { createAdminDoor } from '../../src/doors/admin/door.ts'
import { createDecisionsDoor, type DecisionsOptions } from '../../src/doors/decisions/door.ts'
import { createGate } from '../../src/doors/gate.ts'
import { createTrust, privateNetworks } from '../../src/doors/request/trust.ts'
import { listenHttp } from '../../src/listeners/http-listener.ts'
import type { Allow, Decide, Decision } from '../../src/model/decision.ts'
import { failure } from '../../src/model/failure.ts'
import type { HeaderMap } from '../../src/model/headers.ts'
import type { AccessRequest } from '../../src/model/request.ts'
import { withSession } from '../../src/model/session.ts'
import { builtInAnswer } from '../../src/rules/answer.ts'
import { testDeps } from '../support/deps.ts'
import { defaultPaths } from '../support/paths.ts'
import { type Ask, ask, send } from '../support/raw-http.ts'
import { requestTo, sessionOf } from '../support/request.ts'

const allowWith = (headers: HeaderMap, remove: readonly string[] = []): Allow => ({
  kind: 'allow',
  rule: 'r',
  session: withSession(sessionOf(requestTo('http://h/')), { headers }),
  changes: {
    remove,
    owned: new Set<string>(),
    response: new Map(),
    query: { set: new Map(), remove: [] },
    metadata: {},
  },
  upstream: undefined,
})

const allowed: Decision = allowWith(new Map())

interface Door {
  readonly port: number
  readonly seen: AccessRequest[]
  readonly bugs: unknown[]
}

async function open(t: TestContext, options: Partial<DecisionsOptions> = {}): Promise<Door> {
  const seen: AccessRequest[] = []
  const bugs: unknown[] = []
  const decide: Decide = async request => {
    seen.push(request)
    return options.decide ? options.decide(request) : allowed
  }
  const decisions = createDecisionsDoor({
    gate: createGate(100),
    trust: createTrust(privateNetworks),
    paths: defaultPaths,
    scheme: 'http',
    onUnixSocket: false,
    forwarded: 'auto',
    authRequest: false,
    pathBytes: 16_384,
    bodyBytes: 1_048_576,
    decisionTimeout: 10_000,
    onBug: bug => bugs.push(bug),
    onIgnored: () => undefined,
    ...options,
    decide,
  })
  const rules = {
    find: () => failure('not_found', { message: 'x' }),
    answer: builtInAnswer,
    definitions: [],
    listed: [],
    total: 0,
    signsWith: [],
    credentials: [],
    problems: [],
    warnings: [],
    advice: () => [],
  }
  const api = await listenHttp({
    onRequest: routeApi({
      decisions,
      admin: createAdminDoor({
        rules: () => rules,
        serving: () => true,
        keySets: testDeps.keySets,
        version: '1.2.3',
      }),
    }),
    listen: { host: '127.0.0.1', port: 0 },
    onBug: bug => {
      throw bug
    },
    readTimeout: 5000,
    writeTimeout: 5000,
    idleTimeout: 5000,
    headerBytes: 65_536,
  })
  t.after(() => api.close(0))
  return { port: Number(api.address.split(':').pop()), seen, bugs }
}

/** The matched request in one line, or the status of the denial. */
async function matched(t: TestContext, request: Ask, options: Partial<DecisionsOptions> = {}) {
  const door = await open(t, options)
  const { status } = await ask(door.port, request)
  const [found] = door.seen
  if (found === undefined) return status
  return `${found.method} ${found.scheme}://${found.host}${found.path}${found.query && `?${found.query}`}`
}

const nobody = { trust: createTrust([]) }
const pairs = (headers: Readonly<Record<string, string>>) => Object.entries(headers)
const all = (...[method, proto, host, uri]: readonly [string, string, string, string]) =>
  pairs({
    'X-Forwarded-Method': method,
    'X-Forwarded-Proto': proto,
    'X-Forwarded-Host': host,
    'X-Forwarded-Uri': uri,
  })

type Row = readonly [
  name: string,
  request: Ask,
  expected: string | number,
  options?: Partial<DecisionsOptions>,
]

const rows: readonly Row[] = [
  [
    'the request line is matched',
    { target: '/decisions/a?q=1', host: 'H.example' },
    'GET http://h.example/a?q=1',
  ],
  [
    'the prefix without more has an empty path',
    { target: '/decisions', host: 'h' },
    'GET http://h',
  ],
  ['a query after the prefix', { target: '/decisions?x=1', host: 'h' }, 'GET http://h?x=1'],
  [
    'dot segments after the prefix never leave it',
    { target: '/decisions/../../health/alive', host: 'h' },
    'GET http://h/health/alive',
  ],
  [
    'the absolute form names the host',
    { target: 'http://abs:1/decisions/a', host: 'h' },
    'GET http://abs:1/a',
  ],
  ['a backslash gets 400', { target: '/decisions/a\\b' }, 400],
  ['a raw fragment gets 400', { target: '/decisions/public#/admin' }, 400],
  ['two Host headers get 400', { target: '/decisions/a', headers: [['Host', 'b']] }, 400],
  ['a list of hosts gets 400', { target: '/decisions/a', host: 'a, b' }, 400],
  [
    'different Authorization headers get 400',
    {
      target: '/decisions/a',
      headers: [
        ['Authorization', 'a'],
        ['authorization', 'b'],
      ],
    },
    400,
  ],
  [
    'equal Authorization headers are accepted',
    {
      target: '/decisions/a',
      host: 'h',
      headers: [
        ['Authorization', 'a'],
        ['authorization', 'a'],
      ],
    },
    'GET http://h/a',
  ],
  ['a target that is too long gets 414', { target: `/decisions/${'a'.repeat(20_000)}` }, 414],
  [
    'forwarded headers of a trusted peer win',
    { target: '/decisions/x', headers: all('POST', 'https', 'A.test', '/b?c=d') },
    'POST https://a.test/b?c=d',
  ],
  [
    'forwarded headers of other peers are ignored',
    { target: '/decisions/admin', host: 'h', headers: all('POST', 'https', 'a', '/public') },
    'GET http://h/admin',
    nobody,
  ],
  [
    'an empty forwarded path is replaced by the path of the request',
    { target: '/decisions/own', host: 'h', headers: pairs({ 'X-Forwarded-Uri': '?x=1' }) },
    'GET http://h/own?x=1',
  ],
  [
    'a forwarded path without a slash gets 400',
    { target: '/decisions/', headers: pairs({ 'X-Forwarded-Uri': 'noslash' }) },
    400,
  ],
  [
    'an absolute forwarded URI gets 400',
    { target: '/decisions/', headers: pairs({ 'X-Forwarded-Uri': 'http://h/abs' }) },
    400,
  ],
  [
    'an escaped slash in a forwarded path gets 400',
    { target: '/decisions/', headers: pairs({ 'X-Forwarded-Uri': '/a%2Fb' }) },
    400,
  ],
  [
    'a forwarded scheme keeps its case',
    { target: '/decisions/', host: 'h', headers: pairs({ 'X-Forwarded-Proto': 'HTTPS' }) },
    'GET HTTPS://h/',
  ],
  [
    'a forwarded scheme cannot contain a host',
    { target: '/decisions/admin', headers: pairs({ 'X-Forwarded-Proto': 'http://h/public?' }) },
    400,
  ],
  [
    'a forwarded method must be valid',
    { target: '/decisions/', headers: pairs({ 'X-Forwarded-Method': 'GET POST' }) },
    400,
  ],
  [
    'the first of several forwarded headers is used',
    {
      target: '/decisions/',
      headers: [
        ['X-Forwarded-Host', 'a'],
        ['x-forwarded-host', 'b'],
      ],
    },
    'GET http://a/',
  ],
  [
    'other spellings of forwarded headers are ignored',
    {
      target: '/decisions/admin',
      host: 'h',
      headers: pairs({
        'X-Original-URL': 'http://h/public',
        'X-Rewrite-URL': '/public',
        X_Forwarded_Uri: '/public',
        Forwarded: 'host=x;proto=https',
        'X-Forwarded-Prefix': '/p',
        'X-HTTP-Method-Override': 'POST',
      }),
    },
    'GET http://h/admin',
  ],
  [
    'off reads only the request line',
    { target: '/decisions/admin', host: 'h', headers: all('POST', 'https', 'a', '/public') },
    'GET http://h/admin',
    { forwarded: 'off' },
  ],
  [
    'envoy reads only the scheme',
    { target: '/decisions/admin', host: 'h', headers: all('POST', 'https', 'a', '/public') },
    'GET https://h/admin',
    { forwarded: 'envoy' },
  ],
  [
    'envoy denies an unknown scheme',
    { target: '/decisions/admin', headers: pairs({ 'X-Forwarded-Proto': 'HTTPS' }) },
    400,
    { forwarded: 'envoy' },
  ],
  [
    'x-forwarded needs all four headers',
    { target: '/decisions/', headers: pairs({ 'X-Forwarded-Uri': '/a' }) },
    400,
    { forwarded: 'x-forwarded' },
  ],
  [
    'x-forwarded reads all four headers',
    { target: '/decisions/', headers: all('PUT', 'https', 'a', '/b') },
    'PUT https://a/b',
    { forwarded: 'x-forwarded' },
  ],
  [
    'x-forwarded from an untrusted peer is denied',
    { target: '/decisions/', headers: all('PUT', 'https', 'a', '/b') },
    400,
    { forwarded: 'x-forwarded', ...nobody },
  ],
  [
    'x-original reads its two headers',
    {
      target: '/decisions/',
      headers: pairs({ 'X-Original-Method': 'PUT', 'X-Original-URL': 'https://A.test/b%20c?d' }),
    },
    'PUT https://a.test/b c?d',
    { forwarded: 'x-original' },
  ],
  [
    'x-original needs both headers',
    { target: '/decisions/', headers: pairs({ 'X-Original-URL': 'https://a/b' }) },
    400,
    { forwarded: 'x-original' },
  ],
  [
    'x-original ignores X-Forwarded-*',
    {
      target: '/decisions/',
      headers: [
        ...all('GET', 'http', 'z', '/public'),
        ...pairs({ 'X-Original-Method': 'PUT', 'X-Original-URL': 'https://a/admin' }),
      ],
    },
    'PUT https://a/admin',
    { forwarded: 'x-original' },
  ],
]

for (const [name, request, expected, options] of rows) {
  test(`decisions: ${name}`, async t => assert.equal(await matched(t, request, options), expected))
}

test('a body that a proxy withholds is not treated as empty', async t => {
  const original = (method: string) =>
    pairs({ 'X-Original-Method': method, 'X-Original-URL': 'https://a/b' })
  const forwarded = (method: string) => all(method, 'https', 'a', '/b')
  const filter = [['X-Envoy-Expected-Rq-Timeout-Ms', '500']] as const
  for (const [dialect, method, headers, isPartial] of [
    ['x-forwarded', 'GET', forwarded('POST'), true],
    ['x-forwarded', 'GET', forwarded('DELETE'), true],
    ['x-forwarded', 'GET', forwarded('GET'), undefined],
    ['x-forwarded', 'POST', [...forwarded('POST'), ['Content-Length', '0']], true],
    ['x-forwarded', 'GET', [...forwarded('POST'), ['Content-Length', '5']], true],
    ['x-forwarded', 'GET', [...forwarded('GET'), ['Content-Length', '5']], true],
    ['x-forwarded', 'GET', [...forwarded('GET'), ['X-Forwarded-Content-Length', '5']], true],
    ['x-forwarded', 'GET', [...forwarded('HEAD'), ['X-Forwarded-Content-Length', 'chunked']], true],
    ['x-forwarded', 'GET', [...forwarded('GET'), ['X-Forwarded-Content-Length', '0']], undefined],
    ['x-forwarded', 'GET', [...forwarded('GET'), ['X-Forwarded-Content-Length', '']], undefined],
    [
      'auto',
      'GET',
      [
        ...forwarded('OPTIONS'),
        ['X-Forwarded-Content-Length', '0'],
        ['x-forwarded-content-length', '5'],
      ],
      true,
    ],
    ['x-original', 'GET', [...original('GET'), ['X-Forwarded-Content-Length', '5']], true],
    ['off', 'GET', [['X-Forwarded-Content-Length', '5']], undefined],
    ['x-original', 'GET', original('PUT'), true],
    ['x-original', 'GET', original('HEAD'), undefined],
    ['auto', 'GET', forwarded('POST'), true],
    ['auto', 'GET', [...forwarded('GET'), ['Content-Length', '5']], true],
    ['auto', 'GET', [...forwarded('GET'), ['Transfer-Encoding', 'chunked']], true],
    ['auto', 'GET', forwarded('GET'), undefined],
    ['auto', 'POST', [], undefined],
    ['auto', 'POST', filter, true],
    ['auto', 'DELETE', [...filter, ['Content-Length', '0']], true],
    ['auto', 'GET', filter, undefined],
    ['envoy', 'POST', [], true],
    ['envoy', 'GET', [], undefined],
    ['envoy', 'GET', [['Content-Length', '5']], true],
    ['off', 'POST', filter, true],
    ['off', 'POST', [], undefined],
  ] as const) {
    const door = await open(t, { forwarded: dialect })
    await ask(door.port, {
      method,
      target: '/decisions/b',
      headers: headers as NonNullable<Ask['headers']>,
    })
    assert.equal(door.seen[0]?.body?.isPartial, isPartial, `${dialect} ${method} ${headers}`)
  }
  const door = await open(t, { forwarded: 'x-forwarded' })
  const body = Buffer.from('sent')
  await ask(door.port, { method: 'POST', target: '/decisions', headers: forwarded('POST'), body })
  assert.equal(door.seen[0]?.body?.isPartial, false)
})

test('an HTTP/1.0 request without Host is matched with an empty host', async t => {
  const door = await open(t)
  const { status } = await send(door.port, Buffer.from('GET /decisions/one HTTP/1.0\r\n\r\n'))
  assert.equal(status, 200)
  assert.equal(door.seen[0]?.host, '')
})

for (const text of [
  'HELLO\r\n\r\n',
  'GET /decisions/x HTTP/1.1\r\nHost: h\r\nbroken\r\n\r\n',
  'GET /decisions/x HTTP/1.1\r\nHost: h\r\nX Y: 1\r\n\r\n',
  'FOO /decisions/x HTTP/1.1\r\nHost: h\r\n\r\n',
  'GET /decisions/x HTTP/1.1\r\n\r\n',
  'POST /decisions/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
]) {
  test(`the malformed request ${JSON.stringify(text.slice(0, 60))} gets 400 and is never matched`, async t => {
    const door = await open(t)
    assert.equal((await send(door.port, Buffer.from(text))).status, 400)
    assert.deepEqual(door.seen, [])
  })
}

test('CONNECT is denied and its connection is closed', async t => {
  const door = await open(t)
  const answer = await send(door.port, Buffer.from('CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n'))
  assert.equal(answer.status, 400)
  assert.deepEqual(answer.all('connection'), ['close'])
})

test('headers above the limit get 431', async t => {
  const door = await open(t)
  const { status } = await ask(door.port, {
    target: '/decisions/',
    headers: [['X-A', 'a'.repeat(70_000)]],
  })
  assert.equal(status, 431)
  assert.deepEqual(door.seen, [])
})

test('a header after thousands of others is read', async t => {
  const door = await open(t)
  const headers = Array.from({ length: 5000 }, () => ['A', ''] as const)
  await ask(door.port, { target: '/decisions/', headers: [...headers, ['Authorization', 'x']] })
  assert.equal(door.seen[0]?.headers.first('authorization'), 'x')
})

test('an allow is 200 with the session headers, first values, and no body', async t => {
  const headers = new Map([
    ['X-User', ['alice', 'second']],
    ['X-Sp', ['  a  ']],
    ['X-Empty', ['']],
    ['X-U', ['zo\xc3\xab']],
    ['Content-Length', ['7']],
    ['Transfer-Encoding', ['chunked']],
    ['Trailer', ['X']],
    ['bad name', ['x']],
  ])
  const door = await open(t, { decide: () => Promise.resolve(allowWith(headers)) })
  const answer = await ask(door.port, { target: '/decisions/' })
  assert.equal(answer.status, 200)
  assert.equal(answer.text, '')
  assert.deepEqual(answer.all('x-user'), ['alice'])
  assert.deepEqual(answer.all('x-sp'), ['a'])
  assert.deepEqual(answer.all('x-empty'), [''])
  assert.deepEqual(answer.all('x-u'), ['zo\xc3\xab'])
  assert.deepEqual(answer.all('content-length'), ['0'])
  assert.deepEqual(answer.all('transfer-encoding'), [])
  assert.deepEqual(door.bugs, [])
})

test('names to remove are sent to Envoy only', async t => {
  const door = await open(t, {
    decide: () => Promise.resolve(allowWith(new Map(), ['X-Role', 'X_role'])),
  })
  const name = 'x-envoy-auth-headers-to-remove'
  const envoy = await ask(door.port, {
    target: '/decisions/',
    headers: [['x-envoy-expected-rq-timeout-ms', '500']],
  })
  assert.deepEqual(envoy.all(name), ['X-Role, X_role'])
  assert.deepEqual((await ask(door.port, { target: '/decisions/' })).all(name), [])
})

test('headers that noop returns are sent to callers other than Envoy, and never copies of owned headers', async t => {
  const echoed = new Map([
    ['Cookie', ['a=1', 'b=2']],
    ['X-Role', ['admin']],
    ['X-Envoy-Auth-Headers-To-Remove', ['cookie']],
  ])
  const headers = new Map([...echoed, ['X-User', ['alice']]])
  const allow = allowWith(headers, ['X-Role'])
  const session = withSession(allow.session, { echoed })
  const door = await open(t, { decide: () => Promise.resolve({ ...allow, session }) })
  const answer = async (sent: Ask['headers'] = []): Promise<readonly (readonly string[])[]> => {
    const answer = await ask(door.port, { target: '/decisions/', headers: sent })
    const names = ['cookie', 'x-role', 'x-user', 'x-envoy-auth-headers-to-remove']
    return names.map(name => answer.all(name))
  }
  assert.deepEqual(await answer([['x-envoy-expected-rq-timeout-ms', '500']]), [
    [],
    [],
    ['alice'],
    ['X-Role'],
  ])
  assert.deepEqual(await answer(), [['a=1'], [], ['alice'], ['cookie']])
})

const denyWith =
  (status: number, headers: HeaderMap = new Map()): Decide =>
  () =>
    Promise.resolve({
      kind: 'deny',
      failure: failure('forbidden', { message: 'x' }),
      reply: { kind: 'reply', status, headers, body: 'no' },
    })

test('the reply of a denial is sent unchanged', async t => {
  const door = await open(t, {
    decide: denyWith(
      302,
      new Map([
        ['Location', ['/login']],
        ['Set-Cookie', ['a=1', 'b=2']],
      ]),
    ),
  })
  const answer = await ask(door.port, { target: '/decisions/' })
  assert.equal(answer.status, 302)
  assert.deepEqual(answer.all('set-cookie'), ['a=1', 'b=2'])
  assert.equal(answer.text, 'no')
})

test('a 5xx becomes a 403 for Envoy, which would treat it as an error', async t => {
  const door = await open(t, { decide: denyWith(500) })
  const headers = [['x-envoy-expected-rq-timeout-ms', '500']] as const
  assert.equal((await ask(door.port, { target: '/decisions/', headers })).status, 403)
  assert.equal((await ask(door.port, { target: '/decisions/' })).status, 500)
})

for (const [status, shown] of [
  [302, 401],
  [404, 403],
  [400, 403],
  [429, 403],
  [401, 401],
  [403, 403],
  [500, 500],
] as const) {
  test(`auth_request sends ${shown} for ${status}`, async t => {
    const door = await open(t, {
      decide: denyWith(status, new Map([['Location', ['/l']]])),
      authRequest: true,
    })
    const answer = await ask(door.port, { target: '/decisions/' })
    assert.equal(answer.status, shown)
    assert.deepEqual(answer.all('location'), ['/l'])
  })
}

test('auth_request sends the headers of the rule only, and none that noop returns', async t => {
  const cookies = ['a'.repeat(20_000)]
  const allowed = allowWith(
    new Map([
      ['X-User', ['alice']],
      ['Cookie', cookies],
    ]),
  )
  const decide = async () => ({
    ...allowed,
    session: { ...allowed.session, echoed: new Map([['Cookie', cookies]]) },
  })
  for (const [authRequest, echoes] of [
    [true, false],
    [false, true],
  ] as const) {
    const door = await open(t, { decide, authRequest })
    const answer = await ask(door.port, { target: '/decisions/' })
    assert.deepEqual(answer.all('x-user'), ['alice'])
    assert.equal(answer.all('cookie').length > 0, echoes)
  }
})

test('a decide that rejects is a 500 and is logged', async t => {
  const door = await open(t, { decide: () => Promise.reject(new Error('bug')) })
  const answer = await ask(door.port, { target: '/decisions/' })
  assert.equal(answer.status, 500)
  assert.doesNotMatch(answer.text, /bug/)
  assert.equal(door.bugs.length, 1)
})

test('a header that cannot be written makes a 500, never a broken answer', async t => {
  const door = await open(t, {
    decide: () => Promise.resolve(allowWith(new Map([['X-A', ['a\r\nX-B: 1']]]))),
  })
  const answer = await ask(door.port, { target: '/decisions/' })
  assert.equal(answer.status, 500)
  assert.deepEqual(answer.all('x-b'), [])
})

test('requests above the limit are denied at once', async t => {
  let release = (_: Decision): void => undefined
  const held = new Promise<Decision>(resolve => {
    release = resolve
  })
  const door = await open(t, { gate: createGate(1), decide: () => held })
  const first = ask(door.port, { target: '/decisions/a' })
  while (door.seen.length === 0) await new Promise(resolve => setImmediate(resolve))
  assert.equal((await ask(door.port, { target: '/decisions/b' })).status, 503)
  release(allowed)
  assert.equal((await first).status, 200)
})

test('the answer does not wait for an announced body', async t => {
  const door = await open(t)
  const request =
    'POST /decisions/ HTTP/1.1\r\nHost: h\r\nContent-Length: 500000\r\nExpect: 100-continue\r\n\r\n'
  assert.equal((await send(door.port, Buffer.from(request))).status, 200)
})

test('a body announced with GET ends the connection: the next request would be read as the body', async t => {
  const door = await open(t)
  const request = 'GET /decisions/ HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n'
  assert.deepEqual((await send(door.port, Buffer.from(request))).all('connection'), ['close'])
})

test('an upgrade is answered like any other request', async t => {
  const door = await open(t)
  const headers = [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
  ] as const
  assert.equal((await ask(door.port, { target: '/decisions/', headers })).status, 200)
})

test('a caller that disconnects aborts the decision', async t => {
  let aborted = (): void => undefined
  const abort = new Promise<void>(resolve => {
    aborted = resolve
  })
  const door = await open(t, {
    decide: ({ signal }) => {
      signal.addEventListener('abort', aborted)
      return new Promise(() => undefined)
    },
  })
  const socket = connect(door.port, '127.0.0.1', () =>
    socket.write('GET /decisions/ HTTP/1.1\r\nHost: h\r\n\r\n'),
  )
  while (door.seen.length === 0) await new Promise(resolve => setImmediate(resolve))
  socket.destroy()
  await abort
})

test("Envoy's own timeout shortens the deadline, less 10 ms", async t => {
  const door = await open(t)
  await ask(door.port, {
    target: '/decisions/',
    headers: [['x-envoy-expected-rq-timeout-ms', '200']],
  })
  await ask(door.port, {
    target: '/decisions/',
    headers: [['x-envoy-expected-rq-timeout-ms', 'x']],
  })
  const [short, long] = door.seen.map(({ deadline }) => deadline - performance.now())
  assert.ok((short ?? 0) <= 190 && (long ?? 0) > 5000)
})

test('the client is the right-most address that is not trusted', async t => {
  const door = await open(t)
  await ask(door.port, {
    target: '/decisions/',
    headers: [
      ['X-Forwarded-For', '9.9.9.9, 1.1.1.1'],
      ['x-forwarded-for', '10.0.0.2'],
    ],
  })
  assert.equal(door.seen[0]?.client.address, '1.1.1.1')
  assert.equal(door.seen[0]?.client.peer, '127.0.0.1')
})

test("a body that Envoy's filter has cut is marked as incomplete", async t => {
  const door = await open(t, {
    decide: async request => allowWith(new Map([['X-Part', [`${request.body?.isPartial}`]]])),
  })
  for (const [mark, isPartial] of [
    ['true', 'true'],
    ['false', 'false'],
    ['false, true', 'true'],
    [undefined, 'false'],
  ] as const) {
    const headers = mark === undefined ? [] : ([['X-Envoy-Auth-Partial-Body', mark]] as const)
    const request = { method: 'POST', target: '/decisions/a', headers, body: Buffer.from('a') }
    assert.deepEqual((await ask(door.port, request)).all('x-part'), [isPartial], mark)
  }
})
