/** What the log and verbose answers contain when a service that a handler calls is down. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { eventually } from '../support/child.ts'
import { type Oarlock, startOarlock } from '../support/oarlock.ts'
import { type Answer, ask } from '../support/raw-http.ts'
import { deadOrigin, stubServer } from '../support/stub-server.ts'

const credentials = (origin: string): string => origin.replace('//', '//me:password@')

/** Every handler that calls a service, with this service. */
const configOf = (origin: string) => ({
  log: { level: 'info' },
  errors: { fallback: ['json'], handlers: { json: { enabled: true, config: { verbose: true } } } },
  authenticators: {
    anonymous: { enabled: true },
    cookie_session: on({ check_session_url: `${credentials(origin)}/session?key=hidden` }),
    bearer_token: on({ check_session_url: `${origin}/session` }),
    oauth2_introspection: on({ introspection_url: `${origin}/introspect?key=hidden` }),
    oauth2_client_credentials: on({ token_url: `${origin}/token` }),
    jwt: on({ jwks_urls: [`${credentials(origin)}/keys?key=hidden`] }),
  },
  authorizers: {
    allow: { enabled: true },
    remote: on({ remote: `${origin}/remote` }),
    remote_json: on({ remote: `${origin}/remote-json`, payload: '{}' }),
    keto_engine_acp_ory: on({ base_url: origin, required_action: 'a', required_resource: 'b' }),
  },
  mutators: {
    noop: { enabled: true },
    hydrator: on({ api: { url: `${origin}/hydrate` } }),
  },
})

const on = (config: object) => ({ enabled: true, config })

const rule = (handler: string) => ({
  id: handler,
  match: { url: `http://a.test/${handler}`, methods: ['GET'] },
  authenticators: [{ handler: authenticators.includes(handler) ? handler : 'anonymous' }],
  authorizer: { handler: authorizers.includes(handler) ? handler : 'allow' },
  mutators: [{ handler: handler === 'hydrator' ? handler : 'noop' }],
})

const authenticators = [
  'cookie_session',
  'bearer_token',
  'oauth2_introspection',
  'oauth2_client_credentials',
  'jwt',
]
const authorizers = ['remote', 'remote_json', 'keto_engine_acp_ory']
const handlers = [...authenticators, ...authorizers, 'hydrator']

const unsigned = ['{"alg":"RS256","kid":"a"}', '{}', 'signature']
  .map(part => Buffer.from(part).toString('base64url'))
  .join('.')

const headersOf = (handler: string): readonly (readonly [string, string])[] => {
  if (!authenticators.includes(handler)) return []
  if (handler === 'cookie_session') return [['Cookie', 'session=1']]
  if (handler === 'oauth2_client_credentials') return [['Authorization', 'Basic YTpi']]
  return [['Authorization', `Bearer ${handler === 'jwt' ? unsigned : 'abc'}`]]
}

const decide = ({ api }: Oarlock, handler: string): Promise<Answer> =>
  ask(api, { target: `/decisions/${handler}`, host: 'a.test', headers: headersOf(handler) })

const warnings = (oarlock: Oarlock): readonly string[] =>
  oarlock
    .log()
    .split('\n')
    .filter(line => /level=warning msg="A call to another service failed"/.test(line))

const start = (t: TestContext, origin: string): Promise<Oarlock> =>
  startOarlock(t, { config: configOf(origin), rules: handlers.map(rule) })

for (const handler of handlers) {
  test(`${handler}: a service that is down is logged as a warning with URL and cause, without secrets`, async t => {
    const origin = await deadOrigin()
    const oarlock = await start(t, origin)
    const answer = await decide(oarlock, handler)
    assert.ok(answer.status >= 400)
    const line = await eventually(() => warnings(oarlock)[0], 'the warning')
    assert.ok(line.includes(`url=${origin}/`), line)
    assert.match(line, /problem="no answer: connect ECONNREFUSED 127\.0\.0\.1:\d+"/)
    assert.doesNotMatch(oarlock.log(), /password|hidden/)
    if (handler === 'jwt') return
    assert.match(answer.text, /no answer: connect ECONNREFUSED 127\.0\.0\.1:\d+/)
    assert.ok(answer.text.includes(`${origin}/`), answer.text)
    assert.doesNotMatch(answer.text, /password|hidden/)
  })
}

test('all calls that fail for one cause at one origin make one warning', async t => {
  const oarlock = await start(t, await deadOrigin())
  for (let i = 0; i < 20; i++) await decide(oarlock, 'cookie_session')
  await decide(oarlock, 'keto_engine_acp_ory')
  await eventually(() => warnings(oarlock)[0], 'the warning')
  assert.equal(warnings(oarlock).length, 1)
})

test('an answer that reports a failure of the service makes a warning, another cause makes another one', async t => {
  const { origin } = await stubServer(t, (request, response) => {
    if (request.url?.startsWith('/introspect')) response.destroy()
    else response.writeHead(503).end()
  })
  const oarlock = await start(t, origin)
  await decide(oarlock, 'bearer_token')
  await decide(oarlock, 'oauth2_introspection')
  const found = await eventually(() => {
    const lines = warnings(oarlock)
    return lines.length === 2 ? lines : undefined
  }, 'two warnings')
  assert.match(found[0] ?? '', /problem="answered with status 503"/)
  assert.match(found[1] ?? '', /problem="no answer: /)
})

test('a denial by a service makes no warning', async t => {
  const { origin } = await stubServer(t, (_, response) => response.writeHead(401).end())
  const oarlock = await start(t, origin)
  for (const handler of ['cookie_session', 'remote', 'oauth2_client_credentials']) {
    await decide(oarlock, handler)
  }
  assert.deepEqual(warnings(oarlock), [])
})

test('the log shows for a key set what happened, since when, and which set is used meanwhile', async t => {
  const oarlock = await start(t, await deadOrigin())
  await decide(oarlock, 'jwt')
  const sentence =
    /msg="The key set http:\/\/127\.0\.0\.1:\d+\/keys cannot be read since \d{4}-\S+Z, and there is no usable copy: tokens signed by its keys are denied: GET \S+: no answer: connect ECONNREFUSED/
  await eventually(() => sentence.exec(oarlock.log())?.[0], 'the sentence')
})
