import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createAuthority } from '../support/certificates.ts'
import { checkClient } from '../support/check-client.ts'
import { eventually } from '../support/child.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type Oarlock, startOarlock } from '../support/oarlock.ts'
import { type Ask, ask } from '../support/raw-http.ts'

const handlers = {
  authenticators: {
    anonymous: { enabled: true, config: { subject: 'guest' } },
    noop: { enabled: true },
    unauthorized: { enabled: true },
  },
  authorizers: { allow: { enabled: true } },
  mutators: {
    header: { enabled: true, config: { headers: { Authorization: 'Bearer made-by-us' } } },
  },
}

const rule = (id: string, ...authenticators: readonly string[]) => ({
  id,
  match: { url: `http://a.test/${id}/<.*>`, methods: ['GET'] },
  authenticators: authenticators.map(handler => ({ handler })),
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
})

const rules = [rule('open', 'anonymous', 'noop'), rule('closed', 'unauthorized')]

const start = (t: TestContext, log: object, more: object = {}): Promise<Oarlock> =>
  startOarlock(t, { config: { ...handlers, ...more, log: { format: 'json', ...log } }, rules })

const secrets: Ask['headers'] = [
  ['Authorization', 'Bearer secret-1'],
  ['Cookie', 'session=secret-2'],
  ['X-Session-Token', 'secret-3'],
  ['X-Api-Key', 'secret-4'],
  ['Referer', 'https://b.test/page?code=secret-5'],
  ['User-Agent', 'a "quoted" agent'],
]

const target = '/decisions/open/1?token=secret-6'

const askAll = async ({ api }: Oarlock): Promise<void> => {
  await ask(api, { target, host: 'a.test', headers: secrets })
  await ask(api, { target: '/decisions/closed/1', host: 'a.test' })
  await ask(api, { target: '/rules?limit=1' })
  await ask(api, { target: '/health/alive' })
}

const linesOf = (text: string, part: string): readonly string[] =>
  text.split('\n').filter(line => line.includes(part))

const completed = (oarlock: Oarlock, count: number): Promise<readonly string[]> =>
  eventually(() => {
    const lines = linesOf(oarlock.log(), 'completed handling request')
    return lines.length >= count ? lines : undefined
  }, `${count} lines of the access log`)

test("the access log has Oathkeeper's fields, and no secret", async t => {
  const redacted = { redaction_text: 'hidden', additional_redacted_headers: ['X-API-Key'] }
  const oarlock = await start(t, { access: { enabled: true }, ...redacted })
  await askAll(oarlock)
  const lines = await completed(oarlock, 3)
  assert.doesNotMatch(oarlock.log(), /secret-|made-by-us/)
  assert.equal(lines.length, 3)
  const [allowed, denied, admin] = lines.map(line => JSON.parse(line))
  const { http_request: request, http_response: response } = allowed
  assert.deepEqual(
    { level: allowed.level, ...request, headers: undefined },
    {
      level: 'info',
      method: 'GET',
      scheme: 'http',
      host: 'a.test',
      path: '/open/1',
      query: 'hidden',
      remote: '127.0.0.1',
      headers: undefined,
    },
  )
  assert.deepEqual(request.headers, {
    authorization: 'hidden',
    cookie: 'hidden',
    'x-session-token': 'hidden',
    'x-api-key': 'hidden',
    referer: 'https://b.test/page',
    'user-agent': 'a "quoted" agent',
  })
  assert.equal(response.status, 200)
  assert.equal(response.text_status, 'OK')
  assert.equal(response.headers.authorization, 'hidden')
  assert(Number.isInteger(response.took) && response.took > 0)
  assert.match(allowed.decision_id, /^[0-9a-f]{32}$/)
  assert.equal(denied.http_response.status, 401)
  assert(denied.http_response.size > 0)
  assert.equal(admin.http_request.path, '/rules')
  assert.equal(admin.decision_id, undefined)
})

test('in text format an entry is one line, whatever the request contains', async t => {
  const oarlock = await start(t, { format: 'text', access: { enabled: true } })
  await ask(oarlock.api, {
    target: '/decisions/x',
    host: 'a.test',
    headers: [['X-A', 'a\tb" level=fatal \u00e9']],
  })
  const [line = ''] = await completed(oarlock, 1)
  assert.match(
    line,
    /^time=\S+ level=info msg="completed handling request" decision_id=\S+ http_request\.method=GET /,
  )
})

test('with leak_sensitive_values every value is logged', async t => {
  const oarlock = await start(t, { access: { enabled: true }, leak_sensitive_values: true })
  await askAll(oarlock)
  const [line = ''] = await completed(oarlock, 1)
  for (const secret of [1, 2, 3, 4, 5, 6]) assert(line.includes(`secret-${secret}`), line)
})

test('without leak_sensitive_values, or at a higher level, there is no access log', async t => {
  const quiet = { access: { enabled: true }, level: 'warn' }
  for (const log of [{}, quiet]) {
    const oarlock = await start(t, log)
    await askAll(oarlock)
    await oarlock.stop()
    assert.deepEqual(linesOf(oarlock.log(), 'completed handling'), [])
  }
})

test('the decision log has one record per decision of every door', async t => {
  const file = join(temporaryFolder(t), 'decisions.log')
  const decisions = { enabled: true, file }
  const oarlock = await start(t, { decisions })
  await askAll(oarlock)
  await ask(oarlock.api, { target: '/decisions/%zz', host: 'a.test' })
  const check = checkClient(t, `127.0.0.1:${oarlock.grpc}`)
  await check({ host: 'a.test', path: '/open/1' })
  await oarlock.stop()
  const records = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.deepEqual(
    records.map(({ door, granted, outcome, rule: id }) => [door, granted, outcome, id]),
    [
      ['decisions', true, 'allow', 'open'],
      ['decisions', false, 'unauthorized', 'closed'],
      ['decisions', false, 'bad_request', undefined],
      ['grpc', true, 'allow', 'open'],
    ],
  )
  const [, denied, , allowed] = records
  assert.equal(allowed.subject, 'guest')
  assert.equal(records[0].client, '127.0.0.1')
  assert.equal(records[0].steps[0].outcome, 'not_responsible')
  assert.match(allowed.id, /^[0-9a-f]{32}$/)
  assert.equal(allowed.request.path, '/open/1')
  assert.doesNotMatch(JSON.stringify(records), /secret-/)
  assert.deepEqual(
    allowed.steps.map((step: { stage: string; handler: string; outcome: string }) => [
      step.stage,
      step.handler,
      step.outcome,
    ]),
    [
      ['authenticator', 'anonymous', 'ok'],
      ['authorizer', 'allow', 'ok'],
      ['mutator', 'header', 'ok'],
    ],
  )
  assert.equal(denied.status, 401)
  assert.match(denied.reason, /credentials/)
})

test('the decision log goes to standard output, with masked values, and sampling can omit it', async t => {
  const mask = ['subject', 'client', 'host', 'path', 'reason']
  const masked = await start(t, { decisions: { enabled: true, mask }, redaction_text: 'masked' })
  await ask(masked.api, { target, host: 'a.test' })
  await masked.stop()
  const [line = ''] = linesOf(masked.log(), '"granted":true')
  assert.match(line, /"subject":"masked".*"host":"masked","path":"masked".*"client":"masked"/)
  assert.doesNotMatch(line, /guest|127\.0\.0\.1|a\.test/)
  const sampled = await start(t, { decisions: { enabled: true, sampling_ratio: 0 } })
  await askAll(sampled)
  await sampled.stop()
  assert.deepEqual(linesOf(sampled.log(), '"granted"'), [])
})

test('a file that cannot be opened makes the start fail with its key', async t => {
  const decisions = { enabled: true, file: '/nowhere/decisions.log' }
  await assert.rejects(start(t, { decisions }), /log\.decisions\.file: ENOENT/)
})

test('the log line of a denial has the id of the answer', async t => {
  const more = { serve: { api: { decision_id_header: 'X-Decision-Id' } } }
  const oarlock = await start(t, { level: 'debug' }, more)
  const answer = await ask(oarlock.api, { target: '/decisions/closed/1', host: 'a.test' })
  const [id = ''] = answer.all('x-decision-id')
  const line = await eventually(
    () => linesOf(oarlock.log(), 'Access request denied').find(text => text.includes(id)),
    'the denial',
  )
  assert.match(line, new RegExp(`"decision_id":"${id}"`))
})

test('requests that a door denies before matching are logged at debug, at every door', async t => {
  const oarlock = await start(t, { level: 'debug' })
  const host = 'a.test'
  await ask(oarlock.api, { target: '/decisions/open/%5c', host })
  await ask(oarlock.proxy, { target: '/open/%5c', host })
  await checkClient(t, `127.0.0.1:${oarlock.grpc}`)({ host, path: '/open/%5c' })
  const lines = await eventually(() => {
    const found = linesOf(oarlock.log(), 'Access request refused').map(line => JSON.parse(line))
    return found.length >= 3 ? found : undefined
  }, 'three denials are logged')
  assert.deepEqual(
    lines.map(({ door, code, level }) => [door, code, level]),
    ['decisions', 'proxy', 'grpc'].map(door => [door, 'bad_request', 'debug']),
  )
  for (const { reason } of lines) assert.match(reason, /path/)
})

test('the access log has the answers of HTTP/2, with their headers', async t => {
  const authority = createAuthority()
  const { key, cert } = authority.issue('logs')
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'key.pem'), key)
  writeFileSync(join(folder, 'cert.pem'), cert)
  const tls = {
    key: { path: join(folder, 'key.pem') },
    cert: { path: join(folder, 'cert.pem') },
  }
  const oarlock = await start(t, { access: { enabled: true } }, { serve: { proxy: { tls } } })
  const session = connect(`https://127.0.0.1:${oarlock.proxy}`, { rejectUnauthorized: false })
  const stream = session.request({ ':path': '/nothing', ':authority': 'a.test' })
  stream.resume()
  await once(stream, 'close')
  session.destroy()
  const [line = ''] = await completed(oarlock, 1)
  const { http_request: asked, http_response: answer } = JSON.parse(line)
  assert.deepEqual([asked.path, asked.scheme], ['/nothing', 'https'])
  assert.deepEqual([answer.status, answer.headers['content-type']], [404, 'application/json'])
  assert.ok(answer.size > 0)
  assert.doesNotMatch(oarlock.log(), /because of a bug/)
})
