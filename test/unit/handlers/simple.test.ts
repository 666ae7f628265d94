import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anonymous } from '../../../src/handlers/authenticators/anonymous.ts'
import { noop as noopAuthenticator } from '../../../src/handlers/authenticators/noop.ts'
import { unauthorized } from '../../../src/handlers/authenticators/unauthorized.ts'
import { allow } from '../../../src/handlers/authorizers/allow.ts'
import { deny } from '../../../src/handlers/authorizers/deny.ts'
import { json } from '../../../src/handlers/errors/json.ts'
import { notResponsible } from '../../../src/handlers/kind.ts'
import { cookie } from '../../../src/handlers/mutators/cookie.ts'
import { header } from '../../../src/handlers/mutators/header.ts'
import { noop as noopMutator } from '../../../src/handlers/mutators/noop.ts'
import { bytesOf } from '../../../src/lib/bytes.ts'
import { failure, message } from '../../../src/model/failure.ts'
import type { AccessRequest } from '../../../src/model/request.ts'
import { ownHeaders, type Session, withSession } from '../../../src/model/session.ts'
import { testDeps } from '../../support/deps.ts'
import { requestTo, sessionOf } from '../../support/request.ts'

const plain = requestTo('http://h/')
const withToken = requestTo('http://h/', { headers: [['authorization', 'x']] })

function subjectOf(outcome: unknown): string {
  const session = outcome as Session
  assert.equal(session.kind, 'session')
  return session.subject
}

test('anonymous accepts requests without Authorization, or with an empty one', () => {
  const run = anonymous.create({ subject: 'guest' }, testDeps)
  assert.equal(subjectOf(run(sessionOf(plain), plain)), 'guest')
  const empty = requestTo('http://h/', { headers: [['Authorization', '']] })
  assert.equal(subjectOf(run(sessionOf(empty), empty)), 'guest')
  assert.equal(run(sessionOf(withToken), withToken), notResponsible)
})

test('anonymous without a configured subject uses the subject "anonymous"', () => {
  assert.equal(
    subjectOf(anonymous.create({ subject: '' }, testDeps)(sessionOf(plain), plain)),
    'anonymous',
  )
})

test('noop and allow change nothing; unauthorized and deny deny', async () => {
  const session = sessionOf(withToken)
  assert.equal(await noopAuthenticator.create({}, testDeps)(session, withToken), session)
  assert.equal(await allow.create({}, testDeps)(session, withToken), session)
  const refused = await unauthorized.create({}, testDeps)(session, withToken)
  assert.ok(refused.kind === 'failure' && refused.code === 'unauthorized')
  const denied = await deny.create({}, testDeps)(session, withToken)
  assert.ok(denied.kind === 'failure' && denied.code === 'forbidden')
})

async function headersAfter(
  config: Readonly<Record<string, string>>,
  session: Session,
  request: AccessRequest,
) {
  const outcome = await header.create({ headers: config }, testDeps)(session, request)
  assert.ok(outcome.kind === 'session', JSON.stringify(outcome))
  return [...(outcome.headers ?? [])].map(([name, [value]]) => `${name}: ${value}`)
}

test('header sets rendered values under canonical names, empty ones too', async () => {
  const session = withSession(sessionOf(plain), { subject: 'alice' })
  const headers = { 'x-user': '{{ print .Subject }}', 'X-Empty': '', 'X.Foo': 'a' }
  assert.deepEqual(await headersAfter(headers, session, plain), [
    'X-User: alice',
    'X-Empty: ',
    'X.foo: a',
  ])
})

test('header keeps what earlier mutators set', async () => {
  const session = withSession(sessionOf(plain), { headers: new Map([['X-One', ['1']]]) })
  const headers = { 'X-Two': '{{ .Header.Get "X-One" }}2' }
  assert.deepEqual(await headersAfter(headers, session, plain), ['X-One: 1', 'X-Two: 12'])
})

test('header sends text outside ASCII as its bytes', async () => {
  assert.deepEqual(await headersAfter({ 'X-U': bytesOf('zoë ☃') }, sessionOf(plain), plain), [
    `X-U: ${bytesOf('zoë ☃')}`,
  ])
})

test('header owns its names and refuses a template that does not parse, with its name', () => {
  assert.deepEqual(header.owns?.({ headers: { 'x-user': 'a', 'bad name': 'b' } }), ['X-User'])
  assert.throws(
    () => header.create({ headers: { 'X-N': '{{ nofunc }}' } }, testDeps),
    /headers\.X-N: .*nofunc/,
  )
})

test('a template that fails is a failure of the request', async () => {
  const outcome = await header.create(
    { headers: { 'X-N': '{{ index .Extra.list 7 }}' } },
    testDeps,
  )(sessionOf(plain), plain)
  assert.ok(outcome.kind === 'failure' && outcome.code === 'internal_server_error')
})

test('noop returns the request headers without hop-by-hop headers', async () => {
  const request = requestTo('http://h/', {
    headers: [
      ['x-a', '1'],
      ['X-A', '2'],
      ['Host', 'h'],
      ['Connection', 'close'],
      ['TE', 'trailers'],
      ['Proxy-Authorization', 'x'],
      ['Cookie', 'a=b'],
      ['Content-Length', '3'],
    ],
  })
  const before = withSession(sessionOf(request), { headers: new Map([['X-User', ['alice']]]) })
  const session = await noopMutator.create({}, testDeps)(before, request)
  assert.ok(session.kind === 'session')
  assert.deepEqual(
    [...(session.headers ?? [])],
    [
      ['X-A', ['1', '2']],
      ['Cookie', ['a=b']],
      ['X-User', ['alice']],
    ],
  )
  assert.deepEqual([...ownHeaders(session)], [['X-User', ['alice']]])
})

test('json hides details unless it is verbose', () => {
  const failed = failure('forbidden', {
    message: message.forbidden,
    reason: 'because <x>',
    details: { a: 1 },
  })
  const quiet = json.create({ verbose: false }, testDeps)(failed, plain)
  assert.equal(quiet.status, 403)
  assert.equal(
    quiet.body,
    '{"error":{"code":403,"status":"Forbidden","message":"The requested action was forbidden"}}\n',
  )
  const verbose = json.create({ verbose: true }, testDeps)(failed, plain)
  assert.equal(
    verbose.body,
    '{"error":{"code":403,"status":"Forbidden","reason":"because \\u003cx\\u003e","details":{"a":1},"message":"Access credentials are not sufficient to access this resource"}}\n',
  )
  assert.deepEqual(
    [...quiet.headers],
    [
      ['Content-Type', ['application/json']],
      ['Ory-Error-Id', ['']],
    ],
  )
})

test('json returns the request id and copies the rate-limit headers of a 429', () => {
  const failed = failure('too_many_requests', {
    message: 'Too many requests',
    headers: new Map([['Retry-After', ['7']]]),
  })
  const request = requestTo('http://h/', { headers: [['x-request-id', 'r"1']] })
  const reply = json.create({ verbose: false }, testDeps)(failed, request)
  assert.match(reply.body, /"request":"r\\"1"/)
  assert.deepEqual(reply.headers.get('Retry-After'), ['7'])
})

test("json never contains the text of a service's 503", () => {
  const failed = failure('service_unavailable', { message: 'token endpoint said: secret' })
  assert.doesNotMatch(json.create({ verbose: false }, testDeps)(failed, plain).body, /secret/)
})

test('cookie sets no header if there is no cookie, and keeps those of the client', async () => {
  const run = cookie.create({ cookies: {} }, testDeps)
  const empty = await run(sessionOf(plain), plain)
  assert.equal((empty as Session).headers?.has('Cookie') ?? false, false)
  const request = requestTo('http://h/', { headers: [['Cookie', 'a=1']] })
  const kept = await run(sessionOf(request), request)
  assert.deepEqual((kept as Session).headers?.get('Cookie'), ['a=1'])
})
