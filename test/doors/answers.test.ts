/** What mutators change besides the headers for the upstream, through the proxy and the decision API. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ask, send } from '../support/raw-http.ts'
import { startHere } from '../support/started.ts'
import { startUpstream } from '../support/upstream.ts'
import { openWebSocket } from '../support/web-socket.ts'

const enabled = { enabled: true }

const config = {
  authenticators: { anonymous: enabled, unauthorized: enabled },
  authorizers: { allow: enabled },
  mutators: {
    noop: enabled,
    header: { enabled: true, config: { headers: {} } },
    query: enabled,
    remove: enabled,
    response_cookie: enabled,
    response_header: enabled,
  },
}

async function site(t: TestContext, serve: object = {}) {
  const upstream = await startUpstream(t, response => {
    response.setHeader('X-Frame-Options', 'ALLOWALL')
    response.setHeader('x-served-by', 'upstream')
    response.setHeader('Content-Type', 'text/plain')
    response.setHeader('Vary', 'Accept')
    response.setHeader('Set-Cookie', ['theirs=1', 'session=2'])
    response.end('upstream')
  })
  const rule = (id: string, mutators: readonly object[], more: object = {}) => ({
    id,
    match: { paths: [`/${id}`] },
    authenticators: [{ handler: 'anonymous' }],
    authorizer: { handler: 'allow' },
    mutators,
    upstream: { url: `http://127.0.0.1:${upstream.port}` },
    ...more,
  })
  const answering = [
    {
      handler: 'response_header',
      config: { headers: { 'x-frame-options': 'DENY', 'X-New': 'a' } },
    },
    { handler: 'response_cookie', config: { cookies: { ours: '1', second: '2' } } },
  ]
  const rules = [
    rule('answer', answering),
    rule('typed', [
      {
        handler: 'response_header',
        config: { headers: { 'Content-Type': 'text/html', Vary: 'Origin' } },
      },
    ]),
    rule('closed', answering, { authenticators: [{ handler: 'unauthorized' }] }),
    rule('gone', answering, { upstream: { url: 'http://127.0.0.1:1' } }),
    rule('query', [
      { handler: 'query', config: { set: { user: '{{ print .Subject }}' }, remove: ['debug_*'] } },
    ]),
    rule('remove', [
      { handler: 'remove', config: { headers: ['X-Internal-*'], cookies: ['debug'] } },
    ]),
    rule('echo', [{ handler: 'noop' }, ...answering]),
  ]
  return { upstream, ...(await startHere(t, { ...config, serve }, rules)) }
}

const own = ['ours=1', 'second=2'].map(pair => `${pair}; Path=/; Secure; HttpOnly; SameSite=Lax`)

test('the proxy replaces headers of the upstream and adds cookies to its own', async t => {
  const { proxy } = await site(t)
  const answer = await ask(proxy, { target: '/answer' })
  assert.deepEqual([answer.status, answer.text], [200, 'upstream'])
  assert.deepEqual(answer.all('x-frame-options'), ['DENY'])
  assert.deepEqual(answer.all('x-new'), ['a'])
  assert.deepEqual(answer.all('x-served-by'), ['upstream'])
  assert.deepEqual(answer.all('set-cookie'), ['theirs=1', 'session=2', ...own])
})

test('the proxy replaces the type and Vary of the upstream, also with CORS', async t => {
  const cors = { enabled: true, allowed_origins: ['http://page.example'] }
  const { proxy } = await site(t, { proxy: { cors } })
  const answer = await ask(proxy, {
    target: '/typed',
    headers: [['Origin', 'http://page.example']],
  })
  assert.deepEqual(answer.all('content-type'), ['text/html'])
  assert.deepEqual(answer.all('vary'), ['Origin'])
  assert.deepEqual(answer.all('access-control-allow-origin'), ['http://page.example'])
})

test('the proxy sets them for a WebSocket, too', async t => {
  const { proxy, upstream } = await site(t)
  const opened = await openWebSocket(t, proxy, { target: '/answer' })
  assert.match(opened.head, /^HTTP\/1\.1 101 /)
  assert.match(opened.head, /\r\nX-Frame-Options: DENY\r\n/)
  assert.deepEqual(opened.head.match(/^Set-Cookie: .*$/gm)?.length, 2)
  await opened.echo('both ways')
  assert.equal(upstream.take().length, 1)
})

test('a denial has none of them', async t => {
  const { proxy, api } = await site(t)
  for (const [port, target] of [
    [proxy, '/closed'],
    [api, '/decisions/closed'],
  ] as const) {
    const answer = await ask(port, { target })
    assert.equal(answer.status, 401)
    assert.deepEqual([...answer.all('x-frame-options'), ...answer.all('set-cookie')], [])
  }
})

test('without an answer of the upstream the client gets 502', async t => {
  const { proxy } = await site(t)
  assert.equal((await ask(proxy, { target: '/gone' })).status, 502)
})

test('the decision API sends them under their names, for its caller to copy', async t => {
  const { api } = await site(t)
  const sent = [
    ['X-Frame-Options', 'client'],
    ['X_Frame_Options', 'client'],
    ['X-Other', '1'],
  ] as const
  for (const target of ['/decisions/answer', '/decisions/echo']) {
    const answer = await ask(api, { target, headers: sent })
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.all('x-frame-options'), ['DENY'])
    assert.deepEqual(answer.all('x_frame_options'), [])
    assert.deepEqual(answer.all('set-cookie'), own)
    assert.deepEqual(answer.all('x-other'), target.endsWith('echo') ? ['1'] : [])
  }
})

test('the proxy changes the query, and keeps the other parameters as they are', async t => {
  const { proxy, upstream } = await site(t)
  for (const [sent, received] of [
    ['', '?user=anonymous'],
    ['?b=%31&a=+&flag', '?b=%31&a=+&flag&user=anonymous'],
    ['?us%65r=root&user=x&b=1&debug_a=1&d%65bug_b', '?b=1&user=anonymous'],
    ['?user', '?user=anonymous'],
  ]) {
    assert.equal((await ask(proxy, { target: `/query${sent}` })).status, 200)
    assert.equal(upstream.only().target, `/query${received}`)
  }
})

test('a caller of the decision API cannot change the query: 500', async t => {
  const { api } = await site(t)
  const answer = await ask(api, { target: '/decisions/query' })
  assert.equal(answer.status, 500)
})

test('the proxy removes headers and cookies, and keeps the others', async t => {
  const { proxy, upstream } = await site(t)
  await ask(proxy, {
    target: '/remove',
    headers: [
      ['X-Internal-User', 'root'],
      ['x_internal_role', 'root'],
      ['X-Other', '1'],
      ['Cookie', 'a="1"; debug=x'],
      ['Cookie', 'debug=y; b=2'],
    ],
  })
  const { all } = upstream.only()
  assert.deepEqual([all('x-internal-user'), all('x_internal_role')], [[], []])
  assert.deepEqual([all('x-other'), all('cookie')], [['1'], ['a="1"; b=2']])
})

test('what is removed does not come back as a trailer', async t => {
  const { proxy, upstream } = await site(t)
  const head =
    'POST /remove HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Internal-A, X-Sum\r\n\r\n'
  const body = '1\r\na\r\n0\r\nX-Internal-A: root\r\nX-Sum: 1\r\n\r\n'
  assert.equal((await send(proxy, Buffer.from(head + body), 'POST')).status, 200)
  assert.deepEqual(
    upstream.only().trailers.map(([name]) => name.toLowerCase()),
    ['x-sum'],
  )
})
