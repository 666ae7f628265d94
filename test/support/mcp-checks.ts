/** What an MCP server behind Oarlock must do, whichever proxy is in front. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Issuer, runClient, type ToolServer, toolCall } from './mcp.ts'
import { type Ask, ask } from './raw-http.ts'

export interface Front {
  /** Where clients connect. */
  readonly port: number
  readonly server: ToolServer
  readonly issuer: Issuer
}

const metadata = 'https://mcp.example/.well-known/oauth-protected-resource/mcp'
const challenge = (parameters: string) => [`Bearer ${parameters}, resource_metadata="${metadata}"`]
const invalid =
  'error="invalid_token", error_description="The access token is malformed, expired, revoked or not for this resource"'
const insufficient =
  'error="insufficient_scope", error_description="The access token lacks a scope"'

export async function checkMcp(t: TestContext, front: Front): Promise<void> {
  await checkClients(t, front)
  await checkTokens(t, front)
  await checkLies(t, front)
  await checkEverythingElse(t, front)
}

/** With a token of this client in front of the request's own headers. */
const withToken = (token: string, request: Ask): Ask => ({
  ...request,
  headers: [['Authorization', `Bearer ${token}`], ...(request.headers ?? [])],
})

async function checkClients(t: TestContext, { port, server, issuer }: Front): Promise<void> {
  const ports = { proxy: port, issuer: issuer.port }

  await t.test(
    'a client finds the authorization server, and asks for the scopes of each tool',
    async () => {
      assert.deepEqual(await runClient(t, 'agent', ports), [
        'connected (scopes: mcp)',
        'tools: get_order, cancel_order, watch_order (scopes: mcp)',
        'get_order: order 7 for agent (scopes: mcp orders.read)',
        'watch_order: 1 of 3',
        'watch_order: 2 of 3',
        'watch_order: 3 of 3',
        'watch_order: order 7 delivered to agent (scopes: mcp orders.read)',
        'cancel_order: order 7 cancelled by agent (scopes: mcp orders.read orders.write)',
      ])
      assert.equal(server.take().length, 3)
    },
  )

  await t.test('a client that gets no token with a scope cannot use its tools', async () => {
    const last = (await runClient(t, 'reader', ports)).at(-1) ?? ''
    assert.match(last, /^cancel_order: .*scope.* \(scopes: mcp orders.read\)$/)
    assert.deepEqual(server.take(), ['order 7 for reader', 'order 7 delivered to reader'])
  })
}

async function checkTokens(t: TestContext, { port, server, issuer }: Front): Promise<void> {
  await t.test('no token: 401, and the metadata are where the challenge says', async () => {
    const answer = await ask(port, toolCall('get_order'))
    assert.equal(answer.status, 401)
    assert.deepEqual(answer.all('www-authenticate'), challenge('scope="mcp orders.read"'))
    const { pathname: target } = new URL(metadata)
    const found = await ask(port, { target, host: 'mcp.example' })
    assert.equal(found.status, 200)
    assert.deepEqual(JSON.parse(found.text), {
      resource: 'https://mcp.example/mcp',
      authorization_servers: ['https://login.example'],
      scopes_supported: ['mcp', 'orders.read', 'orders.write'],
      bearer_methods_supported: ['header'],
    })
    for (const other of ['/rules', '/health/alive', '/.well-known/oauth-protected-resource'])
      assert.equal((await ask(port, { target: other, host: 'mcp.example' })).status, 401, other)
  })

  await t.test('a token without the scope: 403 with all that is missing', async () => {
    const token = await issuer.token('agent', { scope: 'orders.read' })
    const answer = await ask(port, withToken(token, toolCall('cancel_order')))
    assert.equal(answer.status, 403)
    assert.deepEqual(
      answer.all('www-authenticate'),
      challenge(`${insufficient}, scope="mcp orders.write"`),
    )
  })

  await t.test('a token for another server: 401', async () => {
    const other = { scope: 'mcp orders.read', resource: 'https://other.example/mcp' }
    const answer = await ask(
      port,
      withToken(await issuer.token('agent', other), toolCall('get_order')),
    )
    assert.equal(answer.status, 401)
    assert.deepEqual(
      answer.all('www-authenticate'),
      challenge(`${invalid}, scope="mcp orders.read"`),
    )
  })

  await t.test(
    'the right token: the answer of the tool, with the subject of the token',
    async () => {
      assert.deepEqual(server.take(), [])
      const token = await issuer.token('agent', { scope: 'mcp orders.read' })
      const spoofed = toolCall('get_order')
      const answer = await ask(
        port,
        withToken(token, { ...spoofed, headers: [...spoofed.headers, ['X-User', 'root']] }),
      )
      assert.equal(answer.status, 200)
      assert.match(answer.text, /order 7 for agent/)
      assert.deepEqual(server.take(), ['order 7 for agent'])
    },
  )
}

const named = (method: string, ...names: readonly string[]) => [
  ['Mcp-Method', method] as const,
  ...names.map(name => ['Mcp-Name', name] as const),
]

async function checkLies(t: TestContext, { port, server, issuer }: Front): Promise<void> {
  const token = await issuer.token('reader', { scope: 'mcp orders.read' })
  const cancel = toolCall('cancel_order').body
  const message = JSON.parse(cancel.toString())
  const twice = (from: string, to: string) => ({
    ...toolCall('get_order'),
    body: Buffer.from(toolCall('get_order').body.toString().replace(from, to)),
  })
  for (const [what, request] of Object.entries({
    'another name in the header': toolCall('cancel_order', {
      headers: named('tools/call', 'get_order'),
    }),
    'another method in the header': toolCall('cancel_order', { headers: named('tools/list') }),
    'two names': toolCall('cancel_order', {
      headers: named('tools/call', 'get_order', 'cancel_order'),
    }),
    'two names in one': toolCall('cancel_order', {
      headers: named('tools/call', 'get_order, cancel_order'),
    }),
    'an encoded name': toolCall('cancel_order', {
      headers: named('tools/call', '=?base64?Y2FuY2VsX29yZGVy?='),
    }),
    'another spelling': toolCall('cancel_order', {
      headers: [...named('tools/call', 'get_order'), ['Mcp_Name', 'cancel_order']],
    }),
    'no headers': toolCall('cancel_order', { headers: [] }),
    'a batch': toolCall('get_order', { body: [message, message] }),
    'a batch of one': toolCall('get_order', { body: [message] }),
    'two methods in the body': twice('"method"', '"method":"tools/list","method"'),
    'two names in the body': twice('"name"', '"name":"cancel_order","name"'),
    'no name in the body': twice('"name":"get_order",', ''),
    'another spelling of the body': twice('"name"', '"Name":"cancel_order","name":null,"n"'),
    'a text': toolCall('get_order', { body: 'get_order' }),
    'parameters that are a list': toolCall('get_order', {
      body: { ...message, params: [message.params] },
    }),
    'no body': { ...toolCall('get_order'), body: Buffer.alloc(0) },
    'a long body': toolCall('get_order', {
      body: { ...message, params: { ...message.params, name: 'get_order', x: 'x'.repeat(70_000) } },
    }),
    'no JSON': { ...toolCall('get_order'), body: Buffer.from('cancel_order') },
  }))
    await t.test(`${what}: denied, and no tool runs`, async () => {
      const { status, text } = await ask(port, withToken(token, request))
      assert(status >= 400 && status < 500, `${status}`)
      assert.doesNotMatch(text, /jsonrpc/, 'the server must not have to refuse it')
      assert.deepEqual(server.take(), [])
    })
}

async function checkEverythingElse(t: TestContext, { port, server, issuer }: Front): Promise<void> {
  const token = await issuer.token('agent', { scope: 'mcp orders.read orders.write' })
  const old = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'old', version: '1' },
    },
  }
  for (const [what, request, status] of [
    ['a tool without a rule', toolCall('delete_all'), 403],
    ['a method without a rule', toolCall('x', { headers: named('resources/read', 'x') }), 403],
    ['an older revision', toolCall('x', { headers: [], body: old }), 403],
    ['a stream of the older revision', { target: '/mcp', host: 'mcp.example' }, 403],
    ['another path', { ...toolCall('get_order'), target: '/admin' }, 403],
    ['another host', { ...toolCall('get_order'), host: 'other.example' }, 404],
  ] as const)
    await t.test(`${what}: ${status}, whatever the token`, async () => {
      assert.equal((await ask(port, withToken(token, request))).status, status)
      assert.deepEqual(server.take(), [])
    })
}
