/** Lambda authorizers of AWS API Gateway, with events as the gateway sends them. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { stringify } from 'yaml'
import { createHandler, type LambdaHandler } from '../../src/app/embedded/lambda.ts'
import { temporaryFolder } from '../support/folder.ts'
import { inline, keySetOf, makeKey, makeToken } from '../support/keys.ts'

const key = makeKey('ES256', 'aws')
const token = await makeToken(key, { sub: 'älice', scope: 'read' })

type Event = Record<string, unknown>

const read = (name: string): Event =>
  JSON.parse(
    readFileSync(new URL(`events/${name}.json`, import.meta.url), 'utf8').replaceAll(
      'Bearer TOKEN',
      `Bearer ${token}`,
    ),
  ) as Event

const rest = (changes: Event = {}): Event => ({ ...read('rest'), ...changes })
const httpApi = (changes: Event = {}): Event => ({ ...read('http-api'), ...changes })
const tokenEvent = (changes: Event = {}): Event => ({ ...read('token'), ...changes })

const rule = (id: string, url: string, changes: object = {}) => ({
  id,
  match: { url, methods: ['GET'] },
  authenticators: [{ handler: 'jwt' }],
  authorizer: { handler: 'allow' },
  mutators: [
    {
      handler: 'header',
      config: {
        headers: {
          'X-User': '{{ print .Subject }}',
          'X-Query': '{{ .MatchContext.URL.RawQuery }}',
        },
      },
    },
  ],
  ...changes,
})

function handlerFor(t: TestContext, changes: object = {}): LambdaHandler {
  const folder = temporaryFolder(t)
  const rules = [
    rule(
      'orders',
      'https://<api.example|abcdef123.execute-api.eu-central-1.amazonaws.com>/orders/<[0-9]+>',
    ),
    rule('chat', 'wss://chat.example/'),
    rule('answered', 'https://api.example/answered', {
      mutators: [
        { handler: 'response_header', config: { headers: { 'X-Frame-Options': 'DENY' } } },
        { handler: 'response_cookie', config: { cookies: { a: '1', b: { value: '2' } } } },
      ],
    }),
    rule('queried', 'https://api.example/queried', {
      mutators: [{ handler: 'query', config: { remove: ['q'] } }],
    }),
    rule('admin', 'https://api.example/admin<.*>', { authorizer: { handler: 'deny' } }),
    rule('body', 'https://api.example/body', { authorizer: { handler: 'remote' } }),
    rule('broken', 'https://api.example/broken', { mutators: [{ handler: 'nothing' }] }),
  ]
  writeFileSync(join(folder, 'rules.yaml'), stringify(rules))
  const file = join(folder, 'oarlock.yaml')
  writeFileSync(
    file,
    stringify({
      log: { level: 'fatal' },
      access_rules: { repositories: [`file://${join(folder, 'rules.yaml')}`] },
      authenticators: {
        jwt: {
          enabled: true,
          config: { jwks_urls: [inline(keySetOf(key))], allowed_algorithms: ['ES256'] },
        },
      },
      authorizers: {
        allow: { enabled: true },
        deny: { enabled: true },
        remote: { enabled: true, config: { remote: 'http://127.0.0.1:1/' } },
      },
      mutators: {
        header: { enabled: true, config: { headers: {} } },
        query: { enabled: true },
        response_cookie: { enabled: true },
        response_header: { enabled: true },
      },
      ...changes,
    }),
  )
  return createHandler({ config: [file] })
}

const arn = 'arn:aws:execute-api:eu-central-1:123456789012:abcdef123/prod'

const policyOf = (answer: unknown) =>
  answer as {
    principalId: string
    policyDocument: { Statement: [{ Effect: string; Resource: string }] }
    context: Record<string, string>
  }

test('REST APIs get a policy for exactly the method ARN of the event, and the headers as context', async t => {
  const handle = handlerFor(t)
  for (const event of [rest(), tokenEvent()]) {
    const { principalId, policyDocument, context } = policyOf(await handle(event))
    assert.equal(principalId, 'älice')
    assert.deepEqual(policyDocument.Statement, [
      { Action: 'execute-api:Invoke', Effect: 'Allow', Resource: event['methodArn'] },
    ])
    assert.equal(context['x_user'], 'älice')
    assert.equal(context['rule'], 'orders')
  }
  assert.equal(policyOf(await handle(rest())).context['x_query'], 'q=a%26b&q=b+c')
})

test('HTTP APIs get isAuthorized true and the same context', async t => {
  const handle = handlerFor(t)
  const answer = (await handle(httpApi())) as {
    isAuthorized: unknown
    context: Record<string, string>
  }
  assert.equal(answer.isAuthorized, true)
  assert.equal(answer.context['x_user'], 'älice')
  assert.equal(answer.context['x_query'], 'q=a%26b&q=b+c')
})

test('a missing credential is Unauthorized, a forbidden request and a request without a rule are denied', async t => {
  const handle = handlerFor(t)
  const nobody = { headers: {}, multiValueHeaders: {} }
  await assert.rejects(handle(rest(nobody)), /^Error: Unauthorized$/)
  await assert.rejects(
    handle(tokenEvent({ authorizationToken: 'Bearer x.y.z' })),
    /^Error: Unauthorized$/,
  )
  assert.deepEqual(await handle(httpApi({ headers: {} })), { isAuthorized: false })
  for (const path of ['/admin', '/orders/../admin', '//admin/', '/nowhere']) {
    const [statement] = policyOf(await handle(rest({ path }))).policyDocument.Statement
    assert.equal(statement.Effect, 'Deny', path)
    assert.deepEqual(
      await handle(httpApi({ rawPath: `/prod${path}` })),
      { isAuthorized: false },
      path,
    )
  }
})

test('an event that is not valid, and an internal error, allow nothing', async t => {
  const handle = handlerFor(t)
  const bad: readonly (readonly [unknown, RegExp])[] = [
    [null, /Bad event/],
    [{}, /Bad event/],
    [rest({ path: '/orders%2f7' }), /escape/],
    [httpApi({ rawPath: '/prod/%61dmin' }), /escape/],
    [rest({ httpMethod: undefined }), /missing/],
    [tokenEvent({ methodArn: 'arn:aws:s3:::x' }), /methodArn/],
    [rest({ multiValueHeaders: { 'X-A': ['a\r\nX-User: root'] } }), /control character/],
    [rest({ path: '/broken' }), /Internal error/],
    ...['/orders/*', '/orders/?', '/*', '/orders/7*', '/orders/$'.concat('{aws:username}')].flatMap(
      path =>
        [
          [rest({ path, methodArn: `${arn}/GET${path}` }), /pattern/],
          [rest({ methodArn: `${arn}/GET${path}` }), /pattern/],
          [httpApi({ rawPath: `/prod${path}` }), /pattern/],
          [tokenEvent({ methodArn: `${arn}/GET${path}` }), /pattern/],
        ] as const,
    ),
    [rest({ methodArn: 'arn:aws:execute-api:eu-west-1:1:abc/*/GET/orders/7' }), /pattern/],
    [rest({ methodArn: 'arn:aws:execute-api:eu-west-1:1:abc/prod/*/orders/7' }), /pattern/],
    [tokenEvent({ methodArn: 'arn:aws:execute-api:eu-west-1:1:abc/prod/*/orders/7' }), /methodArn/],
    [rest({ methodArn: `arn:${'a'.repeat(600)}` }), /Internal error/],
  ]
  for (const [event, error] of bad) await assert.rejects(handle(event), error)
})

test('headers that do not describe one request are denied, as at every other door', async t => {
  const handle = handlerFor(t)
  const { multiValueHeaders } = rest()
  for (const headers of [
    { Authorization: ['', `Bearer ${token}`] },
    { Authorization: [`Bearer ${token}`, 'Basic eDp5'] },
    { Authorization: [`Bearer ${token}`], authorization: ['Bearer other'] },
    { Host: ['api.example', 'other.example'] },
    { Host: ['api.example'], host: ['api.example'] },
  ]) {
    const event = rest({ multiValueHeaders: { ...(multiValueHeaders as Event), ...headers } })
    const [statement] = policyOf(await handle(event)).policyDocument.Statement
    assert.equal(statement.Effect, 'Deny', JSON.stringify(headers))
  }
})

test('only what the gateway marks as a WebSocket connection is one, whatever the path looks like', async t => {
  const handle = handlerFor(t)
  const chat = policyOf(await handle(read('websocket')))
  assert.deepEqual(
    [chat.policyDocument.Statement[0].Effect, chat.policyDocument.Statement[0].Resource],
    ['Allow', `${arn}/$connect`],
  )
  assert.deepEqual([chat.context['rule'], chat.context['x_query']], ['chat', 'room=7'])
  const path = '/admin/$connect'
  const alike = rest({
    path,
    methodArn: `${arn}/GET${path}`,
    requestContext: { eventType: 'CONNECT' },
  })
  assert.equal(policyOf(await handle(alike)).policyDocument.Statement[0].Effect, 'Deny')
})

test('a body that the event does not contain is not treated as empty, for any method', async t => {
  const handle = handlerFor(t)
  const asked = (headers: Event): Event => {
    const { multiValueHeaders } = rest()
    return rest({
      path: '/body',
      multiValueHeaders: { ...(multiValueHeaders as Event), ...headers },
    })
  }
  for (const headers of [
    { 'Transfer-Encoding': ['chunked'] },
    { 'content-length': ['10'] },
    { 'Content-Length': ['0', '10'] },
    { Transfer_Encoding: ['chunked'] },
  ]) {
    const [statement] = policyOf(await handle(asked(headers))).policyDocument.Statement
    assert.equal(statement.Effect, 'Deny', JSON.stringify(headers))
  }
  // The service is not called: a call would describe a request without a body.
  await assert.rejects(handle(asked({})), /Internal error/)
})

test('a login redirect becomes 401, since a gateway cannot show it', async t => {
  const handle = handlerFor(t, {
    errors: {
      fallback: ['redirect'],
      handlers: { redirect: { enabled: true, config: { to: 'https://login.example/' } } },
    },
  })
  await assert.rejects(
    handle(rest({ headers: {}, multiValueHeaders: {} })),
    /^Error: Unauthorized$/,
  )
  const admin = policyOf(await handle(rest({ path: '/admin' })))
  assert.equal(admin.policyDocument.Statement[0].Effect, 'Deny')
})

test("if two header names lead to one context key, the rule's header is used", async t => {
  const handle = handlerFor(t)
  const { context } = policyOf(await handle(rest()))
  // X_User is removed because of it, under the same key.
  assert.equal(context['x_user'], 'älice')
})

test('the remaining time of the function is the deadline of the decision', async t => {
  const handle = handlerFor(t)
  await handle(rest())
  const answer = await handle(rest(), { getRemainingTimeInMillis: () => 3000 })
  assert.equal(policyOf(answer).policyDocument.Statement[0].Effect, 'Allow')
})

test('a configuration that is not valid allows nothing, and is read again at the next call', async t => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'oarlock.yaml')
  const handle = createHandler({ config: [file] })
  await assert.rejects(handle(rest()), /oarlock\.yaml/)
  writeFileSync(file, 'log: {level: fatal}\n')
  const [statement] = policyOf(await handle(rest())).policyDocument.Statement
  assert.equal(statement.Effect, 'Deny')
})

test('headers for the client stand in the context, where an integration can map them', async t => {
  const handle = handlerFor(t)
  const event = rest({ path: '/answered', requestContext: { domainName: 'api.example' } })
  const { context } = policyOf(await handle(event))
  const attributes = 'Path=/; Secure; HttpOnly; SameSite=Lax'
  assert.deepEqual(context, {
    response_x_frame_options: 'DENY',
    response_set_cookie: `a=1; ${attributes}`,
    response_set_cookie_2: `b=2; ${attributes}`,
    subject: 'älice',
    rule: 'answered',
  })
})

test('a gateway cannot change the query: such a request is denied', async t => {
  const handle = handlerFor(t)
  const event = rest({ path: '/queried', requestContext: { domainName: 'api.example' } })
  await assert.rejects(handle(event), /^Error: Internal error$/)
})

test('a path that is not clean is not allowed: the policy names it as it was sent', async t => {
  const authorize = handlerFor(t)
  for (const path of ['/admin/../orders/7', '//orders//7', '/./orders/7', '/orders/7//']) {
    for (const event of [rest({ path }), httpApi({ rawPath: path })]) {
      const answer = await authorize(event).catch(() => 'thrown')
      assert.doesNotMatch(JSON.stringify(answer), /"Allow"|"isAuthorized":true/, path)
    }
  }
  assert.match(JSON.stringify(await authorize(rest({ path: '/orders/7/' }))), /"Allow"/)
})
