import assert from 'node:assert/strict'
import { test } from 'node:test'
import { responseCookie } from '../../../src/handlers/mutators/response-cookie.ts'
import { responseHeader } from '../../../src/handlers/mutators/response-header.ts'
import { bytesOf } from '../../../src/lib/bytes.ts'
import { type Session, withSession } from '../../../src/model/session.ts'
import { testDeps } from '../../support/deps.ts'
import { requestTo, sessionOf } from '../../support/request.ts'

const request = requestTo('http://h/')
const alice = withSession(sessionOf(request), { subject: 'alice', extra: { text: 'a b' } })

type Cookies = Parameters<typeof responseCookie.create>[0]['cookies']

const headers = (config: Record<string, string>) =>
  responseHeader.create({ headers: config }, testDeps)
const cookies = (config: unknown) => responseCookie.create({ cookies: config as Cookies }, testDeps)

async function answered(...steps: readonly ReturnType<typeof headers>[]) {
  let session: Session = alice
  for (const step of steps) {
    const outcome = await step(session, request)
    assert.ok(outcome.kind === 'session', JSON.stringify(outcome))
    session = outcome
  }
  assert.equal(session.headers, null)
  return Object.fromEntries(session.edits?.response ?? [])
}

test('headers are rendered under canonical names, and a later mutator wins', async () => {
  assert.deepEqual(
    await answered(
      headers({ 'x-user': '{{ print .Subject }}', 'X-A': '1' }),
      headers({ 'X-a': '2', 'X-Empty': '' }),
    ),
    { 'X-User': ['alice'], 'X-A': ['2'], 'X-Empty': [''] },
  )
})

test('headers of the connection, the body and the check, and cookies, cannot be set', () => {
  for (const [name, expected] of [
    ['Content-Length', /not of the connection or the body/],
    ['transfer_encoding', /not of the connection/],
    ['Connection', /not of the connection/],
    ['Content-Encoding', /not of the connection/],
    ['Proxy-Authenticate', /not of the connection/],
    ['Set-Cookie', /response_cookie/],
    ['set_cookie', /response_cookie/],
    [':status', /the name of a header/],
    ['X Y', /the name of a header/],
    ['', /the name of a header/],
    ['X-Envoy-Auth-Headers-To-Remove', /not of the check/],
  ] as const) {
    assert.throws(() => headers({ [name]: 'x' }), expected, name)
  }
})

test('a template that fails is a failure of the request', async () => {
  const outcome = await headers({ 'X-A': '{{ index .Extra.list 7 }}' })(alice, request)
  assert.ok(outcome.kind === 'failure' && outcome.code === 'internal_server_error')
  assert.throws(() => headers({ 'X-A': '{{ nofunc }}' }), /headers\.X-A: .*nofunc/)
})

test('a cookie has safe attributes by default', async () => {
  assert.deepEqual(await answered(cookies({ a: '{{ print .Subject }}', b: '' })), {
    'Set-Cookie': [
      'a=alice; Path=/; Secure; HttpOnly; SameSite=Lax',
      'b=; Path=/; Secure; HttpOnly; SameSite=Lax',
    ],
  })
})

test('attributes are written as configured, and cookies of several mutators stay', async () => {
  const one = {
    value: 'x',
    path: '/shop',
    domain: 'shop.example',
    max_age: 0,
    same_site: 'Strict',
    secure: false,
    http_only: false,
  }
  const two = { value: 'y', same_site: 'None', max_age: 60 }
  assert.deepEqual(await answered(cookies({ one }), cookies({ two })), {
    'Set-Cookie': [
      'one=x; Path=/shop; Domain=shop.example; Max-Age=0; SameSite=Strict',
      'two=y; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=None',
    ],
  })
})

test('attributes that a browser would ignore the cookie for are mistakes', () => {
  for (const [config, problem] of [
    [{ a: { value: '', path: 'x' } }, /cookies\.a\.path: found "x", expected a path/],
    [{ a: { value: '', path: '/;x' } }, /cookies\.a\.path/],
    [{ a: { value: '', path: '/{{ .Subject }}' } }, /cookies\.a\.path/],
    [{ a: { value: '', path: '/\r\nX: y' } }, /cookies\.a\.path/],
    [{ a: { value: '', domain: 'a b' } }, /cookies\.a\.domain: found "a b", expected a domain/],
    [{ a: { value: '', domain: 'x;Secure' } }, /cookies\.a\.domain/],
    [{ a: { value: '', domain: '-x.example' } }, /cookies\.a\.domain/],
    [
      { a: { value: '', same_site: 'None', secure: false } },
      /cookies\.a\.secure: found false, expected true: same_site is None/,
    ],
    [{ '__Secure-a': { value: '', secure: false } }, /cookies\.__Secure-a\.secure/],
    [{ '__Host-a': { value: '', secure: false } }, /cookies\.__Host-a\.secure/],
    [{ '__Host-a': { value: '', path: '/a' } }, /cookies\.__Host-a\.path/],
    [{ '__hOST-a': { value: '', domain: 'a.example' } }, /cookies\.__hOST-a\.domain/],
    [{ '__Http-a': { value: '', http_only: false } }, /cookies\.__Http-a\.http_only/],
    [{ '__Host-Http-a': { value: '', http_only: false } }, /cookies\.__Host-Http-a\.http_only/],
    [{ 'a b': 'x' }, /cookies: found "a b", expected a cookie name/],
    [{ '': 'x' }, /expected a cookie name/],
    [{ a: '{{ nofunc }}' }, /cookies\.a: .*nofunc/],
    [{ a: { value: '{{ nofunc }}' } }, /cookies\.a\.value: .*nofunc/],
  ] as const) {
    assert.throws(() => cookies(config), problem, JSON.stringify(config))
  }
  assert.ok(cookies({ '__Host-a': 'x', '__Secure-b': { value: 'x', domain: 'a.example' } }))
})

test('a value that needs quotes, or is too long for browsers, is a failure that does not show it', async () => {
  const step = cookies({ a: '{{ print .Extra.text }}' })
  const bad = [
    'a b',
    'a,b',
    'a;b',
    '"a"',
    'a\\b',
    'a\r\nSet-Cookie: b=1',
    bytesOf('ö'),
    'x'.repeat(4096),
  ]
  for (const text of bad) {
    const outcome = await step(withSession(alice, { extra: { text } }), request)
    assert.ok(outcome.kind === 'failure' && outcome.code === 'internal_server_error', text)
    assert.doesNotMatch(JSON.stringify(outcome), /a b|xxx/)
  }
  for (const text of ['', '!#$%&()*+-./09:<=>?@AZ[]^_`az{|}~', 'x'.repeat(4095)]) {
    assert.equal((await step(withSession(alice, { extra: { text } }), request)).kind, 'session')
  }
})

test('a cookie may be named like a member of every object', async () => {
  const { 'Set-Cookie': lines } = await answered(
    cookies(JSON.parse('{"__proto__": "1", "constructor": "2"}')),
  )
  assert.deepEqual(
    lines?.map(line => line.split(';')[0]),
    ['__proto__=1', 'constructor=2'],
  )
})
