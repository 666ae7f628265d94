import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileChecks } from '../../../src/handlers/authenticators/introspection/checks.ts'
import { compileClaimChecks } from '../../../src/handlers/authenticators/jwt/claims.ts'
import { jwt } from '../../../src/handlers/authenticators/jwt.ts'
import { oauth2Introspection } from '../../../src/handlers/authenticators/oauth2-introspection.ts'
import { bearerChallenge } from '../../../src/handlers/errors/bearer-challenge.ts'
import type { ChallengeParts } from '../../../src/handlers/kind.ts'
import { isHeaderValue } from '../../../src/lib/header-name.ts'
import {
  type Failure,
  type FailureCode,
  failure,
  refusedCredential,
} from '../../../src/model/failure.ts'
import { createResources } from '../../../src/model/protected-resources.ts'
import { testDeps } from '../../support/deps.ts'
import { requestTo, sessionOf } from '../../support/request.ts'

const resources = createResources([
  { resource: 'https://api.example' },
  { resource: 'https://api.example/mcp' },
])
const deps = { ...testDeps, resources }

interface Config {
  readonly realm?: string
  readonly resource?: string
}

const handler = ({ realm = '', resource = '' }: Config = {}) =>
  bearerChallenge.create({ realm, resource }, deps)

interface Asked {
  readonly config?: Config
  readonly parts?: ChallengeParts
  readonly url?: string
}

function answer(failed: Failure, { config, parts, url = 'http://other.example/a' }: Asked = {}) {
  const { status, headers, body } = handler(config)(failed, requestTo(url), parts)
  return { status, challenge: headers.get('WWW-Authenticate'), body }
}

const nobody = failure('unauthorized', { message: 'no' })
const refused = refusedCredential({ message: 'no', reason: 'secret "reason"' })
const lacking: Failure = {
  ...refused,
  tokenError: { error: 'insufficient_scope', scopes: ['a', 'b'] },
}

test('without a credential the challenge has no error', () => {
  assert.deepEqual(answer(nobody), {
    status: 401,
    challenge: ['Bearer'],
    body: '{"error":{"code":401,"status":"Unauthorized","message":"The request could not be authorized"}}\n',
  })
})

test('a bad token is invalid_token, and the reason is not shown', () => {
  const { status, challenge, body } = answer(refused)
  assert.deepEqual(
    [status, challenge],
    [
      401,
      [
        'Bearer error="invalid_token", error_description="The access token is malformed, expired, revoked or not for this resource"',
      ],
    ],
  )
  assert.doesNotMatch(body, /secret/)
})

test('a token for someone else is invalid_token, also where it is forbidden without this handler', () => {
  const forbidden = failure('forbidden', { message: 'no' })
  const { status, challenge, body } = answer({
    ...forbidden,
    tokenError: { error: 'invalid_token' },
  })
  assert.equal(status, 401)
  assert.match(challenge?.[0] ?? '', /^Bearer error="invalid_token", /)
  assert.match(body, /^\{"error":\{"code":401,/)
})

test('missing scopes are 403, and all of them are named', () => {
  const parts = { scopes: ['a', 'b', 'c'] }
  for (const failed of [lacking, { ...lacking, code: 'forbidden' as const }]) {
    const { status, challenge, body } = answer(failed, { parts })
    assert.deepEqual(
      [status, challenge],
      [
        403,
        [
          'Bearer error="insufficient_scope", error_description="The access token lacks a scope", scope="a b"',
        ],
      ],
    )
    assert.match(body, /^\{"error":\{"code":403,/)
  }
})

test('a 401 names the scopes and the realm of the authenticators', () => {
  const parts = { realm: 'theirs', scopes: ['a', 'b'] }
  assert.deepEqual(answer(nobody, { parts }).challenge, ['Bearer realm="theirs", scope="a b"'])
  assert.deepEqual(answer(nobody, { parts, config: { realm: 'ours' } }).challenge, [
    'Bearer realm="ours", scope="a b"',
  ])
})

test('failures for which another token does not help keep their status and get no challenge', () => {
  const codes: readonly FailureCode[] = [
    'bad_request',
    'forbidden',
    'not_found',
    'too_many_requests',
    'internal_server_error',
    'bad_gateway',
    'service_unavailable',
    'gateway_timeout',
  ]
  const statuses = codes.map(code => {
    const { status, challenge } = answer(failure(code, { message: 'no' }))
    assert.equal(challenge, undefined, code)
    return status
  })
  assert.deepEqual(statuses, [400, 403, 404, 429, 500, 502, 503, 504])
})

test('the metadata of the resource is named: the configured one, or the longest beginning', () => {
  const metadata = (asked: Asked) =>
    /resource_metadata="([^"]*)"/.exec(answer(nobody, asked).challenge?.[0] ?? '')?.[1]
  const [all, mcp] = resources.all.map(({ metadataUrl }) => metadataUrl)
  assert.deepEqual(
    [all, mcp],
    [
      'https://api.example/.well-known/oauth-protected-resource',
      'https://api.example/.well-known/oauth-protected-resource/mcp',
    ],
  )
  assert.equal(metadata({ url: 'http://api.example/mcp/tools' }), mcp)
  assert.equal(metadata({ url: 'https://api.example:443/mcp' }), mcp)
  assert.equal(metadata({ url: 'https://api.example/mcps' }), all)
  assert.equal(metadata({ url: 'https://api.example/' }), all)
  assert.equal(metadata({ url: 'https://api.example:8443/mcp' }), undefined)
  assert.equal(metadata({ url: 'https://api.example.evil/mcp' }), undefined)
  assert.equal(metadata({ config: { resource: 'https://api.example/mcp' } }), mcp)
})

test('a resource that does not exist is a mistake', () => {
  assert.throws(
    () => handler({ resource: 'https://api.example/mpc' }),
    /resource: found "https:\/\/api.example\/mpc", expected one of resources; did you mean "https:\/\/api.example\/mcp"\?/,
  )
})

test('values are quoted, and what a header cannot contain is a mistake', () => {
  assert.deepEqual(answer(nobody, { config: { realm: 'a "b" \\c' } }).challenge, [
    'Bearer realm="a \\"b\\" \\\\c"',
  ])
  assert.throws(() => handler({ realm: 'a\r\nX: y' }), /realm: found a control character/)
  const parts = { scopes: ['a"b', 'c d', 'e\r\nX: y', 'ok', ''] }
  const { challenge = [] } = answer(nobody, { parts })
  assert.deepEqual(challenge, ['Bearer scope="ok"'])
  assert.ok(challenge.every(isHeaderValue))
})

const session = sessionOf(requestTo('http://h.test/'))
const objectionTo = (config: object, token: object) =>
  compileClaimChecks(config, testDeps)(token as never, session)

const introspect = (config: object, answer: object) =>
  compileChecks(config as never, testDeps)(
    {
      read: { tokenUse: '', active: true, expiresAt: 0, issuer: '', ...answer },
      members: {},
    } as never,
    session,
    undefined,
  )

test('a scope that each request makes is not part of a challenge', () => {
  const required_scope = ['a', '{{ .MatchContext.Method }}.read']
  assert.deepEqual(jwt.challenge?.({ required_scope } as never), { scopes: ['a'] })
  assert.deepEqual(oauth2Introspection.challenge?.({ required_scope } as never), { scopes: ['a'] })
})

test('the authenticators say which scopes they require, and which of them a token lacks', () => {
  const required = ['a', 'b', 'c.d']
  const config = { required_scope: required, scope_strategy: 'hierarchic' } as const
  assert.deepEqual(jwt.challenge?.({ jwks_urls: [], ...config } as never), { scopes: required })
  const introspecting = {
    introspection_url: '',
    target_audience: [],
    trusted_issuers: [],
    ...config,
  }
  assert.deepEqual(oauth2Introspection.challenge?.(introspecting as never), { scopes: required })
  const tokenError = { error: 'insufficient_scope', scopes: ['a', 'b'] }
  const objection = objectionTo(config, { claims: {}, scopes: ['c'] })
  assert.deepEqual((objection as { tokenError: unknown }).tokenError, tokenError)
  const introspected = introspect(introspecting, { audience: [], scope: 'c' })
  assert.deepEqual([introspected?.code, introspected?.tokenError], ['forbidden', tokenError])
})

test('a token of another audience is invalid_token', () => {
  const config = { target_audience: ['x'], trusted_issuers: [], required_scope: [] }
  const found = introspect({ ...config, scope_strategy: 'none' }, { audience: ['y'], scope: '' })
  assert.deepEqual([found?.code, found?.tokenError], ['forbidden', { error: 'invalid_token' }])
})

test('what a token lacks besides scopes is not a matter of scopes', () => {
  const config = { target_audience: ['x'], required_scope: ['a'], scope_strategy: 'exact' } as const
  const objection = objectionTo(config, { claims: {}, scopes: [] })
  assert.equal(typeof objection, 'string')
})
