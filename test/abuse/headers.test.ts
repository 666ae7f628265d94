import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rawHeaders } from '../support/check.ts'
import { makeToken } from '../support/keys.ts'
import { ask } from '../support/raw-http.ts'
import { adminToken, bearer, host, key, open, startAreas, userToken } from './areas.ts'

const withHeaders = (id: string, headers: Readonly<Record<string, string>>) => ({
  ...open(id, `http://${host}/${id}`),
  mutators: [{ handler: 'header', config: { headers } }],
})

const owning = [
  withHeaders('role', {
    'X-User': '{{ print .Subject }}',
    'X-Role': '{{ if eq .Subject "root" }}admin{{ end }}',
  }),
  withHeaders('claims', {
    'X-Claims': '{{ toJson .Extra }}',
    'X-Claim': '{{ print .Extra.text }}',
  }),
  withHeaders('escaped', { 'X-Payload': '{"sub": {{ toJson .Subject }}, "admin": false}' }),
  withHeaders('seen', { 'X-Seen': '{{ .MatchContext.Header.Get "X-Role" }}' }),
  withHeaders('names', {
    'X-Names':
      '{{ print .Extra.toString }}|{{ print .Extra.constructor }}|{{ print .Extra.__proto__ }}|{{ .MatchContext.Header.Get "__proto__" }}',
  }),
]

const spoofed = [
  ['X-User', 'root'],
  ['x-user', 'admin'],
  ['X-USER', 'root'],
  ['X_User', 'root'],
  ['x_user', 'root'],
  ['X-Role', 'admin'],
  ['x_role', 'admin'],
  ['X.User', 'root'],
  ['x~role', 'admin'],
  ['Connection', 'X-User, X-Role'],
] as const

const envoy = ['x-envoy-expected-rq-timeout-ms', '5000'] as const

test("a header that the rule owns has the rule's value, whatever the client sends", async t => {
  const { oarlock, check } = await startAreas(t, { rules: owning })

  await t.test(
    "decisions: the answer has the rule's value once, and never the client's",
    async () => {
      const headers = [...spoofed, bearer(userToken)]
      const answer = await ask(oarlock.api, { target: '/decisions/role', host, headers })
      assert.deepEqual(answer.all('x-user'), ['alice'])
      assert.deepEqual(answer.all('x-role'), [''])
      assert.deepEqual([answer.all('x_user'), answer.all('x_role')], [[], []])
    },
  )

  await t.test(
    'decisions: the answer lists the underscore spellings for Envoy to remove',
    async () => {
      const headers = [...spoofed, envoy]
      const answer = await ask(oarlock.api, { target: '/decisions/role', host, headers })
      const [removed = ''] = answer.all('x-envoy-auth-headers-to-remove')
      const names = removed.toLowerCase().split(', ')
      for (const name of ['x_user', 'x_role', 'x.user', 'x~role'])
        assert.ok(names.includes(name), removed)
      for (const name of ['x-user', 'x-role']) assert.ok(!names.includes(name), removed)
    },
  )

  await t.test(
    "grpc: the rule's values overwrite, the underscore spellings are removed",
    async () => {
      const answer = await check({ host, path: '/role', ...rawHeaders(...spoofed) })
      const set = answer.ok_response?.headers?.map(({ header, append_action }) => [
        header.key.toLowerCase(),
        header.value ?? '',
        append_action,
      ])
      const overwrite = 'OVERWRITE_IF_EXISTS_OR_ADD'
      assert.deepEqual(set, [
        ['x-user', 'guest', overwrite],
        ['x-role', '', overwrite],
      ])
      const removed = answer.ok_response?.headers_to_remove?.map(name => name.toLowerCase())
      assert.deepEqual(removed?.sort(), ['x.user', 'x_role', 'x_user', 'x~role'])
    },
  )
})

const unsendable = ['a\r\nX-Role: admin', 'a\nX-Role: admin', 'a\rb', 'a\0b', '\x1b[2Ja', 'a\x7f']

test('a claim never splits a header, and arrives unchanged', async t => {
  const { oarlock, check } = await startAreas(t, { rules: owning })
  const token = (claims: object) => makeToken(key, { sub: 'alice', ...claims })
  const claim = async (text: string) => bearer(await token({ text }))

  for (const text of unsendable) {
    await t.test(`${JSON.stringify(text)} denies`, async () => {
      const headers = [await claim(text)]
      const answer = await ask(oarlock.api, { target: '/decisions/claims', host, headers })
      assert.equal(answer.status, 500)
      assert.deepEqual([answer.all('x-role'), answer.all('x-claim')], [[], []])
      const checked = await check({ host, path: '/claims', ...rawHeaders(...headers) })
      assert.equal(checked.denied_response?.status?.code, 'InternalServerError')
      assert.equal(checked.ok_response, undefined)
    })
  }

  for (const text of [
    'José ☂ 😀',
    'voilà',
    'angry 😠',
    '\u00a0',
    '\u0080\u009f',
    'a\tb',
    '\u2028',
  ]) {
    await t.test(`${JSON.stringify(text)} arrives as its UTF-8 bytes`, async () => {
      const headers = [await claim(text)]
      const answer = await ask(oarlock.api, { target: '/decisions/claims', host, headers })
      assert.equal(answer.status, 200)
      assert.deepEqual(answer.all('x-claim'), [Buffer.from(text).toString('latin1')])
      const checked = await check({ host, path: '/claims', ...rawHeaders(...headers) })
      const sent = checked.ok_response?.headers?.find(({ header }) => header.key === 'x-claim')
      assert.equal(sent?.header.value, text)
    })
  }

  await t.test('an object claim in a header is JSON', async () => {
    const headers = [bearer(await token({ text: 'x', roles: ['a', { b: 1 }], none: null }))]
    const { all } = await ask(oarlock.api, { target: '/decisions/claims', host, headers })
    assert.deepEqual(JSON.parse(all('x-claims')[0] ?? ''), {
      sub: 'alice',
      text: 'x',
      roles: ['a', { b: 1 }],
      none: null,
      scp: [],
    })
  })

  await t.test('quotes in a subject stay inside their JSON string', async () => {
    const sub = 'a","admin":true,"x":"'
    const headers = [bearer(await makeToken(key, { sub }))]
    const { all } = await ask(oarlock.api, { target: '/decisions/escaped', host, headers })
    assert.deepEqual(JSON.parse(all('x-payload')[0] ?? ''), { sub, admin: false })
  })

  await t.test(
    'names of Object.prototype are ordinary keys, in claims and in headers',
    async () => {
      const plain = [bearer(await makeToken(key, { sub: 'alice' }))]
      const nothing = await ask(oarlock.api, { target: '/decisions/names', host, headers: plain })
      assert.deepEqual(nothing.all('x-names'), ['|||'])
      const claims = JSON.parse('{"toString":"a","constructor":"b","__proto__":"c"}')
      const headers = [
        bearer(await token(claims)),
        ['__proto__', 'd'],
        ['constructor', 'e'],
      ] as const
      const named = await ask(oarlock.api, { target: '/decisions/names', host, headers })
      assert.deepEqual(named.all('x-names'), ['a|b|c|d'])
    },
  )
})

test('header lines that a proxy joined are read as a list', async t => {
  const { check } = await startAreas(t, { rules: owning })
  const seen = async (http: object) =>
    (await check({ host, path: '/seen', ...http })).ok_response?.headers?.[0]?.header.value
  assert.equal(await seen({ headers: { 'x-role': 'user,admin' } }), 'user,admin')
  assert.equal(await seen({ headers: { 'X-ROLE': 'admin' } }), 'admin')
  assert.equal(await seen(rawHeaders(['x-role', 'admin'])), 'admin')
  const both = { headers: { 'x-role': 'user' }, ...rawHeaders(['x-role', 'admin']) }
  assert.equal(await seen(both), 'admin')
})

test('two Authorization headers are denied with 401', async t => {
  const { oarlock, check } = await startAreas(t)
  const two = [bearer(userToken), bearer(adminToken)]
  for (const target of ['/public', '/admin']) {
    const answer = await ask(oarlock.api, { target: `/decisions${target}`, host, headers: two })
    assert.equal(answer.status, 400)
    const checked = await check({ host, path: target, ...rawHeaders(...two) })
    assert.equal(checked.denied_response?.status?.code, 'BadRequest')
  }
})

test('a denial has no Location', async t => {
  const { oarlock, check } = await startAreas(t)
  for (const target of ['/admin', '/nowhere', '//evil.example/%5c']) {
    for (const headers of [[], [envoy]]) {
      const answer = await ask(oarlock.api, { target: `/decisions${target}`, host, headers })
      assert.ok(answer.status >= 400)
      assert.deepEqual(answer.all('location'), [])
    }
    const { denied_response } = await check({ host, path: target })
    const names = denied_response?.headers?.map(({ header }) => header.key.toLowerCase())
    assert.ok(names && !names.includes('location'), `${names}`)
  }
})
