/**
 * Services that the examples of the documentation call and protect: session stores, authorizers, token endpoints, an
 * upstream.
 */
import type { Cleanup } from './cleanup.ts'
import { loopback } from './ports.ts'
import type { Answer } from './raw-http.ts'
import { startUpstream } from './upstream.ts'

const telling = [
  'x-user',
  'x-some-arbitrary-data',
  'x-foo',
  'authorization',
  'cookie',
  'location',
  'www-authenticate',
]

/** What a decision adds, in one line; tokens are shown by their claims, without times and random ids. */
export const summaryOf = (all: Answer['all']): string =>
  telling.flatMap(name => all(name).map(value => `${name}=${readable(name, value)}`)).join(' ')

function readable(name: string, value: string): string {
  if (name === 'cookie') return value.split('; ').sort().join('; ')
  const payload = /^Bearer ey[^.]+\.([^.]+)\./.exec(value)?.[1]
  if (payload === undefined) return value
  const {
    exp: _,
    iat: __,
    nbf: ___,
    jti: ____,
    ...claims
  } = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return JSON.stringify(Object.fromEntries(Object.entries(claims).sort()))
}

interface Called {
  readonly target: string
  readonly all: (name: string) => readonly string[]
  readonly body: string
}

type Reply = readonly [status: number, body?: object, headers?: Readonly<Record<string, string>>]

const session = { subject: 'peter', sub: 'peter', extra: { some: { arbitrary: { data: 'x' } } } }

const services: Readonly<Record<string, (called: Called) => Reply>> = {
  '/sessions/whoami': ({ all }) => {
    const cookie = all('cookie').join()
    const id = cookie.includes('good')
      ? 'peter'
      : cookie.includes('mallory')
        ? 'mallory'
        : undefined
    return id === undefined ? [401, {}] : [200, { active: true, identity: { id } }]
  },
  '/sessions/plain': ({ all }) =>
    all('cookie').join().includes('good') ? [200, session] : [401, {}],
  '/sessions/bearer': ({ target, all }) => {
    const sent = `${target} ${all('authorization')} ${all('cookie')}`
    return /good|custom_x/.test(sent) ? [200, session] : [401, {}]
  },
  '/check': ({ body }) =>
    body.includes('"peter"') ? [200, {}, { 'X-Foo': 'checked' }] : [403, {}],
  '/authorize': ({ all, body }) =>
    all('x-subject').includes('peter') || body.includes('"peter"')
      ? [200, {}, { 'X-Foo': 'authorized' }]
      : [403, {}],
  '/hydrate': ({ body }) => [
    200,
    { ...JSON.parse(body), header: { 'X-User': ['hydrated'] }, extra: { cookie: 'crumb' } },
  ],
  '/oauth2/token': ({ all }) =>
    all('authorization').includes('Basic cGV0ZXI6c29tZXNlY3JldA==')
      ? [200, { access_token: 'pre', token_type: 'bearer', expires_in: 60 }]
      : [401, { error: 'invalid_client' }],
  '/oauth2/introspection': ({ body }) =>
    body.includes('token=good')
      ? [
          200,
          {
            active: true,
            sub: 'peter',
            scope: 'photo profile',
            aud: ['example_audience'],
            iss: 'https://my-website.example/',
          },
        ]
      : [200, { active: false }],
  '/.well-known/jwks.json': () => [200, { keys: [] }],
  '/keto/engines/acp/ory/exact/allowed': ({ body }) => [
    body.includes('my:resource:foobar:foo:1234') ? 200 : 403,
    { allowed: true },
  ],
  '/keto/engines/acp/ory/glob/allowed': ({ body }) => [
    body.includes('my:action:groups') ? 200 : 403,
    { allowed: true },
  ],
}

/** All services in one server; every other path is the upstream. */
export async function startServices(t: Cleanup): Promise<string> {
  const { port } = await startUpstream(t, (response, { target, all, body }) => {
    const service = services[target.split('?')[0] ?? '']
    if (service === undefined || all('x-seen-by').length > 0) {
      return response.setHeader('X-Seen', `${target} ${summaryOf(all)}`).end()
    }
    const [status, answer = {}, headers = {}] = service({ target, all, body: body.toString() })
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
    return response.end(JSON.stringify(answer))
  })
  return `http://${loopback}:${port}`
}
