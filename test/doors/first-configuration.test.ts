/**
 * A configuration such as Ory's guides start with: a session store for browsers, public pages by a glob, everything
 * behind the proxy with CORS. The expected answers are Oathkeeper's.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Oarlock, startOarlock } from '../support/oarlock.ts'
import { type Ask, ask } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'

const good = 'shop_session=good'

/** The session store and the application in one server. */
const application = (t: TestContext) =>
  startUpstream(t, (response, { target, all }) => {
    if (!target.startsWith('/sessions/whoami')) {
      return response.setHeader('X-Seen', `${target} ${all('x-user')[0] ?? ''}`).end()
    }
    const isKnown = all('cookie')[0]?.includes(good)
    const session = { active: true, identity: { id: 'user-1', traits: { email: 'a@shop.test' } } }
    return response.writeHead(isKnown ? 200 : 401).end(JSON.stringify(isKnown ? session : {}))
  })

const login = 'http://shop.test/login'

const configOf = (store: string) => ({
  log: { level: 'debug', format: 'json' },
  serve: {
    proxy: {
      cors: {
        enabled: true,
        allowed_origins: ['*'],
        allowed_methods: ['POST', 'GET', 'PUT', 'PATCH', 'DELETE'],
        allowed_headers: ['Authorization', 'Content-Type'],
        exposed_headers: ['Content-Type'],
        allow_credentials: true,
        debug: true,
      },
    },
  },
  errors: {
    fallback: ['json'],
    handlers: {
      redirect: {
        enabled: true,
        config: {
          to: login,
          when: [
            {
              error: ['unauthorized', 'forbidden'],
              request: { header: { accept: ['text/html'] } },
            },
          ],
        },
      },
      json: { enabled: true, config: { verbose: true } },
    },
  },
  access_rules: { matching_strategy: 'glob' },
  authenticators: {
    anonymous: { enabled: true, config: { subject: 'guest' } },
    cookie_session: {
      enabled: true,
      config: {
        check_session_url: `${store}/sessions/whoami`,
        preserve_path: true,
        extra_from: '@this',
        subject_from: 'identity.id',
        only: ['shop_session'],
      },
    },
    noop: { enabled: true },
  },
  authorizers: { allow: { enabled: true } },
  mutators: {
    noop: { enabled: true },
    header: { enabled: true, config: { headers: { 'X-User': '{{ print .Subject }}' } } },
  },
})

const rule = (id: string, path: string, more: object) => ({
  id,
  match: { url: `http://shop.test/${path}`, methods: ['GET'] },
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
  ...more,
})

const pages =
  '<{registration,welcome,recovery,verification,login,error,health/{alive,ready},**.css,**.js,**.png,**.svg,**.woff*}>'

const rulesOf = (url: string) => [
  rule('identities', '.identities/public/<**>', {
    upstream: { url, preserve_host: true, strip_path: '/.identities/public' },
    authenticators: [{ handler: 'noop' }],
    mutators: [{ handler: 'noop' }],
  }),
  rule('pages', pages, {
    upstream: { url, preserve_host: true },
    authenticators: [{ handler: 'anonymous' }],
  }),
  rule('private', '<{sessions,settings}>', {
    upstream: { url, preserve_host: true },
    authenticators: [{ handler: 'cookie_session' }],
    errors: [{ handler: 'redirect', config: { to: login } }],
  }),
]

async function start(t: TestContext): Promise<Oarlock> {
  const { port } = await application(t)
  const url = `http://127.0.0.1:${port}`
  return startOarlock(t, { config: configOf(url), rules: rulesOf(url) })
}

type Recorded = readonly [target: string, more: Ask, status: number, seen?: string]

const html = ['Accept', 'text/html'] as const
const session = ['Cookie', good] as const

const recorded: readonly Recorded[] = [
  ['/.identities/public/self-service/login?x=1', {}, 200, '/self-service/login?x=1'],
  ['/.identities/public/', { method: 'POST' }, 404],
  ['/login', {}, 200, '/login guest'],
  ['/health/alive', {}, 200, '/health/alive guest'],
  ['/a/b/style.css', {}, 200, '/a/b/style.css guest'],
  ['/x.woff2', {}, 200, '/x.woff2 guest'],
  ['/health/other', {}, 404],
  ['/settings', {}, 401],
  ['/settings', { headers: [html] }, 302, login],
  ['/settings', { headers: [session] }, 200, '/settings user-1'],
  ['/sessions', { headers: [html, ['Cookie', 'shop_session=bad']] }, 302, login],
  ['/other', {}, 404],
  ['/other', { headers: [html] }, 404],
  ['/login', { method: 'POST' }, 404],
]

test('a first configuration starts unchanged and decides as Oathkeeper does', async t => {
  const oarlock = await start(t)
  for (const [target, more, status, seen] of recorded) {
    const answer = await ask(oarlock.proxy, { target, host: 'shop.test', ...more })
    const [found] = [...answer.all('x-seen'), ...answer.all('location')]
    assert.deepEqual([answer.status, found], [status, seen], `${target} ${JSON.stringify(more)}`)
  }
})

test('its web pages are served, without CORS credentials', async t => {
  const oarlock = await start(t)
  const origin = ['Origin', 'https://page.test'] as const
  const request = { target: '/settings', host: 'shop.test' }
  const plain = await ask(oarlock.proxy, { ...request, headers: [origin, session] })
  assert.equal(plain.status, 200)
  assert.deepEqual(plain.all('access-control-allow-origin'), ['https://page.test'])
  assert.deepEqual(plain.all('access-control-expose-headers'), ['Content-Type'])
  assert.deepEqual(plain.all('access-control-allow-credentials'), [])
  const asked = [
    ['Access-Control-Request-Method', 'GET'],
    ['Access-Control-Request-Headers', 'authorization'],
  ] as const
  const preflight = { ...request, method: 'OPTIONS', headers: [origin, ...asked] }
  const answer = await ask(oarlock.proxy, preflight)
  assert.equal(answer.status, 204)
  assert.deepEqual(answer.all('access-control-allow-headers'), ['authorization'])
  assert.deepEqual(answer.all('access-control-allow-credentials'), [])
})
