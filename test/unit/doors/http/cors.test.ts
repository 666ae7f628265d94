import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, test } from 'node:test'
import { getDomain } from 'tldts'
import { type CorsSettings, createCors, withCors } from '../../../../src/doors/http/cors.ts'

const settings: CorsSettings = {
  allowed_origins: ['https://App.test', 'https://*.wild.test', 'http://*.com', 'http://*.co.uk:80'],
  allowed_methods: ['GET'],
  allowed_headers: ['Authorization'],
  exposed_headers: [],
  allow_credentials: false,
  max_age: 0,
}

interface Outcome {
  readonly answered: boolean
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string>>
}

function run(
  method: string,
  headers: Readonly<Record<string, string>>,
  changes: Partial<CorsSettings> = {},
): Outcome {
  const set: Record<string, string> = {}
  let status: number | undefined
  const response = {
    setHeader: (name: string, value: string) => {
      set[name.toLowerCase()] = value
    },
    writeHead: (code: number) => {
      status = code
    },
    end: () => undefined,
  } as unknown as ServerResponse
  const cors = createCors({
    ...settings,
    ...changes,
    isRegistrable: domain => getDomain(domain, { allowPrivateDomains: true }) !== null,
  })
  const answered = cors({ method, headers } as unknown as IncomingMessage, response)
  return { answered, status, headers: set }
}

const isAllowed = (origin: string, changes: Partial<CorsSettings> = {}): boolean =>
  run('GET', { origin }, changes).headers['access-control-allow-origin'] === origin

describe('origins', () => {
  const cases: readonly (readonly [origin: string, allowed: boolean])[] = [
    ['https://app.test', true],
    ['https://App.test', false],
    ['https://app.test.evil.test', false],
    ['https://a.wild.test', true],
    ['https://a.b.wild.test', true],
    ['https://wild.test', false],
    ['https://.wild.test', false],
    ['https://evil.test/.wild.test', false],
    ['https://evil.test#.wild.test', false],
    ['http://shop.com', false],
    ['http://shop.co.uk:80', false],
    ['null', false],
    [`https://${'a'.repeat(2000)}.wild.test`, false],
  ]
  for (const [origin, allowed] of cases) {
    test(`${origin.slice(0, 40)} is ${allowed ? '' : 'not '}allowed`, () =>
      assert.equal(isAllowed(origin), allowed))
  }
  test('no origins, or a single wildcard, allow any origin', () => {
    assert.ok(isAllowed('https://x.test', { allowed_origins: [] }))
    assert.ok(isAllowed('null', { allowed_origins: ['*'] }))
    assert.equal(
      run('GET', {}, { allowed_origins: ['*'] }).headers['access-control-allow-origin'],
      undefined,
    )
  })
})

test('a pre-flight is answered by the door, whether or not the origin is allowed', () => {
  const ask = (headers: Readonly<Record<string, string>>) =>
    run('OPTIONS', { origin: 'https://app.test', ...headers })
  const method = 'access-control-request-method'
  const names = 'access-control-request-headers'
  const allowed = ask({ [method]: 'GET', [names]: 'authorization' })
  assert.deepEqual(
    [allowed.answered, allowed.status, allowed.headers['access-control-allow-headers']],
    [true, 204, 'authorization'],
  )
  for (const headers of [
    { [method]: 'PUT' },
    { [method]: 'GET', [names]: 'x-other' },
    { [method]: 'GET', [names]: 'Authorization' },
    { [method]: 'GET', origin: 'https://evil.test' },
  ]) {
    const refused = ask(headers)
    assert.equal(refused.status, 204)
    assert.deepEqual(Object.keys(refused.headers), ['vary'])
  }
  assert.equal(ask({}).answered, false)
})

test('a request to which CORS does not apply is decided by the rules', () => {
  let decided = 0
  const listener = withCors(
    () => true,
    () => {
      decided += 1
    },
    ({ headers }) => headers['x-forwarded-method'] !== undefined,
  )
  const send = (headers: object) => listener({ headers } as never, {} as never)
  send({ 'x-forwarded-method': 'OPTIONS' })
  send({})
  assert.equal(decided, 1)
})
