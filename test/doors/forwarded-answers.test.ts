/** The answers to a proxy that checks with X-Forwarded-* for a web page. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Oarlock, startOarlock } from '../support/oarlock.ts'
import { type Answer, ask } from '../support/raw-http.ts'

const login = { to: 'http://login.test/', return_to_query_param: 'to' }

const config = {
  authenticators: { anonymous: { enabled: true }, unauthorized: { enabled: true } },
  authorizers: { allow: { enabled: true } },
  mutators: { noop: { enabled: true } },
  errors: { fallback: ['redirect'], handlers: { redirect: { enabled: true, config: login } } },
}

const rule = (id: string, url: string, authenticator: string) => ({
  id,
  match: { url, methods: ['GET', 'POST'] },
  authenticators: [{ handler: authenticator }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
})

const rules = [
  rule('books', 'http://a.test/books<.*>', 'unauthorized'),
  rule('open', 'http://open.test/<.*>', 'anonymous'),
]

type Pairs = readonly (readonly [string, string])[]

const forwarded = (host: string, uri: string, method = 'GET'): Pairs => [
  ['X-Forwarded-Method', method],
  ['X-Forwarded-Proto', 'http'],
  ['X-Forwarded-Host', host],
  ['X-Forwarded-Uri', uri],
]

const decide = ({ api }: Oarlock, headers: Pairs, method = 'GET'): Promise<Answer> =>
  ask(api, { method, target: '/decisions', headers })

async function returnedTo(oarlock: Oarlock, uri: string): Promise<string | null> {
  const [location = ''] = (await decide(oarlock, forwarded('a.test', uri))).all('location')
  return new URL(location).searchParams.get('to')
}

for (const dialect of ['auto', 'x-forwarded']) {
  test(`a redirect returns to the URL that the client wrote, from X-Forwarded-Uri: ${dialect}`, async t => {
    const serve = { api: { forwarded: dialect } }
    const oarlock = await startOarlock(t, { config: { ...config, serve }, rules })
    for (const uri of [
      '/books/',
      '//books',
      '/x/../books/',
      '/books//a/./',
      '/books/%41%2B',
      '/books/?q=a%20b',
    ]) {
      assert.equal(await returnedTo(oarlock, uri), `http://a.test${uri}`)
    }
    const refused = await decide(oarlock, forwarded('a.test', '/x/%2e%2e/books'))
    assert.equal(refused.status, 400)
  })
}

const cors = { enabled: true, allowed_origins: ['https://page.test'], allow_credentials: true }
const origin = ['Origin', 'https://page.test'] as const

const startWith = (t: TestContext, api: object): Promise<Oarlock> =>
  startOarlock(t, { config: { ...config, serve: { api: { cors, ...api } } }, rules })

const headersOf = (answer: Answer): readonly string[] => [
  ...answer.all('access-control-allow-origin'),
  ...answer.all('access-control-allow-credentials'),
]

test('answers to a proxy have no CORS headers by default', async t => {
  const oarlock = await startWith(t, {})
  for (const host of ['open.test', 'a.test', 'none.test']) {
    const answer = await decide(oarlock, [...forwarded(host, '/books'), origin])
    assert.deepEqual(headersOf(answer), [])
  }
})

test('where a proxy returns answers to browsers, they have CORS headers; a pre-flight is decided by the rules', async t => {
  const oarlock = await startWith(t, { cors_on_decisions: true })
  for (const [host, status] of [
    ['open.test', 200],
    ['a.test', 302],
    ['none.test', 302],
  ] as const) {
    const answer = await decide(oarlock, [...forwarded(host, '/books'), origin])
    assert.equal(answer.status, status)
    assert.deepEqual(headersOf(answer), ['https://page.test', 'true'])
  }
  const other = [['Origin', 'https://other.test']] as const
  const foreign = await decide(oarlock, [...forwarded('open.test', '/'), ...other])
  assert.deepEqual(headersOf(foreign), [])
  const preflight = [origin, ['Access-Control-Request-Method', 'GET']] as const
  const asked = await decide(
    oarlock,
    [...forwarded('open.test', '/', 'OPTIONS'), ...preflight],
    'OPTIONS',
  )
  assert.equal(asked.status, 302, 'no rule has the method OPTIONS')
})
