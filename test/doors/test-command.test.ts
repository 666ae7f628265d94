/** `oarlock test`: what passes, what fails, and how it is reported. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { stringify } from 'yaml'
import { run } from '../../src/cli/run.ts'
import { startChild } from '../support/child.ts'
import { root, temporaryFolder } from '../support/folder.ts'
import { opa, shopHandlers } from '../support/shop.ts'
import { until } from '../support/until.ts'

const config = {
  ...shopHandlers,
  errors: {
    fallback: ['json'],
    handlers: {
      json: { enabled: true },
      redirect: { enabled: true, config: { to: 'https://login.test/' } },
    },
  },
}

const rule = (id: string, more: object = {}) => ({
  id,
  match: { url: `https://shop.test/${id}`, methods: ['GET', 'POST'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
  ...more,
})

const jwt = { authenticators: [{ handler: 'jwt' }] }
const rules = [
  rule('open'),
  rule('mine', jwt),
  rule('cookie', {
    authenticators: [
      { handler: 'jwt', config: { token_from: { cookie: 'at' }, allowed_algorithms: ['ES256'] } },
    ],
  }),
  rule('judged', { ...jwt, authorizer: { handler: 'remote_json' } }),
  rule('login', { ...jwt, errors: [{ handler: 'redirect' }] }),
  rule('missing', {
    mutators: [{ handler: 'header', config: { headers: { 'X-Tier': '{{ .Extra.tier }}' } } }],
  }),
]

const file = {
  oarlock_test: 1,
  config: 'oarlock.yaml',
  defaults: { now: '2026-01-01T00:00:00Z', claims: { aud: 'shop' } },
  tokens: { alice: { sub: 'alice' }, old: { sub: 'alice', exp: '2025-12-31T00:00:00Z' } },
}

const get = (id: string) => `GET https://shop.test/${id}`
const named = (name: string, more: object) => ({ name, ...more })

interface Written {
  readonly [key: string]: unknown
}

function folderWith(t: TestContext, tests: readonly object[], more: Written = {}): string {
  const folder = temporaryFolder(t)
  const repositories = [`file://${folder}/rules.yaml`]
  writeFileSync(
    join(folder, 'oarlock.yaml'),
    stringify({ ...config, access_rules: { repositories } }),
  )
  writeFileSync(join(folder, 'rules.yaml'), stringify(rules))
  writeFileSync(join(folder, 'shop.test.yaml'), stringify({ ...file, tests, ...more }))
  return folder
}

async function cli(...args: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await run(args, { out: text => out.push(text), err: text => err.push(text) })
  return { code, out: out.join(''), err: err.join('') }
}

/** `content`: the tests, or members of the file. */
const tested = (
  t: TestContext,
  content: readonly object[] | Written,
  ...args: readonly string[]
) => {
  const isList = Array.isArray(content)
  const folder = folderWith(t, isList ? content : [], isList ? {} : (content as Written))
  return cli('test', join(folder, 'shop.test.yaml'), ...args)
}

test('what holds passes, at every door', async t => {
  const doors = ['engine', 'grpc', 'decisions', 'proxy']
  const { code, out, err } = await tested(
    t,
    [
      named('open', {
        request: get('open'),
        expect: { allow: 'open', headers: { 'x-user': 'anonymous', 'X-No': null } },
      }),
      named('mine', {
        as: 'alice',
        request: get('mine'),
        table: [
          { expect: { allow: 'mine', headers_exactly: { 'X-User': 'alice' } } },
          { as: null, expect: { deny: 401, code: 'unauthorized' } },
          { as: 'old', expect: { deny: 401 } },
          { as: 'old', now: '2025-12-30T00:00:00Z', expect: { allow: 'mine' } },
          { as: { sub: 'bob', aud: 'other' }, expect: { deny: 401 } },
          {
            request: { headers: { 'X-User': 'root', X_User: 'root' } },
            doors: ['engine', 'grpc'],
            expect: { allow: 'mine', removed: ['x_user'] },
          },
        ],
      }),
      named('a cookie with another algorithm', {
        as: 'alice',
        request: get('cookie'),
        expect: { allow: 'cookie' },
      }),
      named('no rule', {
        request: get('none'),
        expect: {
          deny: 404,
          body: {
            error: {
              code: 404,
              status: 'Not Found',
              message: 'The requested resource could not be found',
            },
          },
        },
      }),
      named('a redirect', {
        request: get('login'),
        expect: { deny: 302, location: 'https://login.test/' },
      }),
      named('a door refuses', { request: 'GET https://shop.test/%00', expect: { deny: 400 } }),
    ].map(one => ({ doors: doors.slice(0, 3), ...one })),
  )
  assert.equal(err, '')
  assert.match(out, /^11 passed, 0 failed\n$/)
  assert.equal(code, 0)
})

test('a call is answered by a stub; without one the test fails', async t => {
  const stub = (status: number) => ({ [`POST ${opa}`]: { status } })
  const judged = { as: 'alice', request: { method: 'POST', url: 'https://shop.test/judged' } }
  const { code, out, err } = await tested(t, [
    named('yes', { ...judged, stubs: stub(200), expect: { allow: 'judged' } }),
    named('no', {
      ...judged,
      stubs: { ...stub(403), 'GET http://other/': {} },
      expect: { deny: 403 },
    }),
    named('unknown', { ...judged, doors: ['engine'], expect: { allow: 'judged' } }),
  ])
  assert.equal(code, 4)
  assert.match(
    out,
    /failed unknown .*\n +engine: no stub answers POST http:\/\/opa\.test\/v1\/data\/shop\n2 passed, 1 failed/,
  )
  assert.match(err, /no call used the stub "GET http:\/\/other\/"/)
})

for (const [what, expect, problem] of [
  [
    'another rule',
    { allow: 'mine' },
    'expected rule "mine" to allow it, got an allow by rule "open"',
  ],
  ['a denial', { deny: 401 }, 'expected a denial with 401, got an allow by rule "open"'],
  [
    'another header',
    { allow: 'open', headers: { 'X-User': 'bob' } },
    'header X-User: expected "bob", got "anonymous"',
  ],
  [
    'no header',
    { allow: 'open', headers: { 'X-User': null } },
    'header X-User: expected none, got "anonymous"',
  ],
  [
    'a missing header',
    { allow: 'open', headers: { 'X-A': 'b' } },
    'header X-A: expected "b", got none',
  ],
  [
    'no other header',
    { allow: 'open', headers_exactly: {} },
    'header X-User: expected none, got "anonymous"',
  ],
  [
    'a removal',
    { allow: 'open', removed: ['X-Other'] },
    'header X-Other: expected to be removed, is not',
  ],
  [
    'a header of the answer',
    { allow: 'open', response_headers: { 'X-B': 'c' } },
    'response header X-B: expected "c", got none',
  ],
] as const) {
  test(`what does not hold fails: ${what}`, async t => {
    const { code, out } = await tested(t, [
      named('x', { request: get('open'), doors: ['engine'], expect }),
    ])
    assert.equal(code, 4)
    assert.ok(out.includes(`engine: ${problem}`), out)
  })
}

test('a header with <no value> fails', async t => {
  const { code, out } = await tested(t, [
    named('x', { request: get('missing'), expect: { allow: 'missing' } }),
  ])
  assert.equal(code, 4)
  assert.match(out, /header (X-Tier|x-tier): has <no value>/)
})

for (const [what, content, expected] of [
  [
    'an unknown key',
    { tests: [named('x', { requets: get('open') })] },
    /shop\.test\.yaml:\d+:\d+ tests\.0\.requets: found an unknown key.*did you mean "request"/,
  ],
  [
    'no outcome',
    { tests: [named('x', { request: get('open') })] },
    /tests\.0\.expect: found no outcome, expected allow: RULE or deny: STATUS/,
  ],
  [
    'two outcomes',
    { tests: [named('x', { expect: { allow: 'a', deny: 401 } })] },
    /found allow and deny/,
  ],
  [
    'an unknown token',
    { tests: [named('x', { as: 'eve', expect: { deny: 401 } })] },
    /tests\.0\.as: found "eve", expected one of alice, old/,
  ],
  [
    'a time that is none',
    { tests: [named('x', { now: 'soon', expect: { deny: 401 } })] },
    /tests\.0\.now: found "soon"/,
  ],
  [
    'a stub that is none',
    { tests: [], stubs: { opa: {} } },
    /stubs\.opa: found "opa", expected a method and a URL/,
  ],
  ['another version', { oarlock_test: 2, tests: [] }, /oarlock_test: found 2/],
  [
    'no reason to skip',
    { tests: [named('x', { skip: '', expect: { deny: 401 } })] },
    /tests\.0\.skip/,
  ],
  [
    'no configuration',
    { config: undefined, tests: [named('x', { expect: { deny: 401 } })] },
    /found no config/,
  ],
] as const) {
  test(`a test file that is not valid is named with its place: ${what}`, async t => {
    const { code, err } = await tested(t, content)
    assert.equal(code, 3, err)
    assert.match(err, expected)
  })
}

test('other files are still run, and a file that cannot be read is 1', async t => {
  const folder = folderWith(t, [named('x', { request: get('open'), expect: { allow: 'open' } })])
  const { code, out } = await cli(
    'test',
    join(folder, 'shop.test.yaml'),
    join(folder, 'none.test.yaml'),
  )
  assert.equal(code, 1)
  assert.match(out, /1 passed/)
})

test('broken rules are named, and the tests run against the others', async t => {
  const folder = folderWith(t, [named('x', { request: get('open'), expect: { allow: 'open' } })])
  writeFileSync(
    join(folder, 'rules.yaml'),
    stringify([...rules, rule('bad', { authorizer: { handler: 'magic' } })]),
  )
  const { code, out, err } = await cli('test', join(folder, 'shop.test.yaml'))
  assert.equal(code, 3)
  assert.match(out, /1 passed/)
  assert.match(err, /rule "bad": authorizer "magic" does not exist/)
})

test('files beside the configuration are found', async t => {
  const folder = folderWith(t, [named('x', { request: get('open'), expect: { allow: 'open' } })], {
    config: undefined,
  })
  const { code, out } = await cli('test', '-c', join(folder, 'oarlock.yaml'))
  assert.equal(code, 0)
  assert.match(out, /1 passed/)
  assert.equal((await cli('test', '-c', join(temporaryFolder(t), 'oarlock.yaml'))).code, 2)
})

const three = [
  named('one', { request: get('open'), expect: { allow: 'open' } }),
  named('two', { as: 'alice', request: get('mine'), expect: { allow: 'mine' } }),
  named('three', { request: get('none'), expect: { deny: 403 } }),
]

for (const [filter, expected] of [
  ['one', '1 passed, 0 failed'],
  ['mine', '1 passed, 0 failed'],
  ['alice', '1 passed, 0 failed'],
  ['t', '1 passed, 1 failed'],
  ['engine', '2 passed, 1 failed'],
  ['proxy', '0 passed, 0 failed'],
] as const) {
  test(`--filter ${filter}`, async t => {
    const { out } = await tested(t, three, '--filter', filter)
    assert.ok(out.endsWith(`${expected}\n`), out)
  })
}

test('skip is reported, and only leaves out the rest, but not where CI is set', async t => {
  const skipped = await tested(t, [
    named('x', { skip: 'later', request: get('none'), expect: { allow: 'x' } }),
  ])
  assert.deepEqual(
    [skipped.code, skipped.out],
    [0, 'skipped x: later\n0 passed, 0 failed, 1 skipped\n'],
  )
  const ci = process.env['CI']
  t.after(() => {
    if (ci === undefined) delete process.env['CI']
    else process.env['CI'] = ci
  })
  delete process.env['CI']
  const only = [
    ...three,
    named('four', { only: true, request: get('open'), expect: { allow: 'open' } }),
  ]
  assert.equal((await tested(t, only)).out, '1 passed, 0 failed\n')
  process.env['CI'] = 'true'
  const refused = await tested(t, only)
  assert.equal(refused.code, 3)
  assert.match(refused.err, /found only, expected none where CI is set/)
})

test('coverage names what no test reached, and --min is a bound', async t => {
  const { out, code } = await tested(t, three.slice(0, 2), '--coverage', '--min', '90')
  assert.equal(code, 5)
  assert.match(out, /^not reached: rule "open": authenticator anonymous: not_responsible$/m)
  assert.match(out, /^not reached: rule "mine": authenticator jwt: unauthorized$/m)
  assert.match(out, /^not reached: rule "judged": matched$/m)
  assert.doesNotMatch(out, /not reached: rule "mine": authenticator jwt: ok/)
  assert.match(out, /^coverage: 8 of \d+ \(/m)
  assert.equal((await tested(t, three, '--min', '90')).code, 4)
  assert.equal((await tested(t, three, '--min', 'all')).code, 2)
})

test('a file may have many tests', async t => {
  const row = { request: get('open'), doors: ['engine'], expect: { allow: 'open' } }
  const table = Array.from({ length: 20_000 }, () => structuredClone(row))
  const { out } = await tested(t, [named('many', { table })], '--format', 'compact')
  assert.equal(out, '20000 passed, 0 failed\n')
})

test('the compact format names each failed test, and with --coverage what no test reached', async t => {
  const wrong = named('wrong', { request: get('open'), expect: { deny: 401 } })
  const failing = [...three.slice(0, 2), wrong]
  const { out, code } = await tested(t, failing, '--format', 'compact', '--coverage')
  assert.equal(code, 4)
  assert.match(out, /^\S+test\.yaml:\d+(?::\d+)?: failed: wrong: .*expected a denial with 401/m)
  assert.match(out, /^not reached: rule "judged": matched$/m)
  assert.match(out, /\n2 passed, 1 failed\n$/)
})

test('the formats', async t => {
  const tests = [
    ...three,
    named('a "b" <c> & #d\n', { skip: 'e & f', request: get('open'), expect: { allow: 'open' } }),
  ]
  const json = await tested(t, tests, '--format', 'json', '--coverage')
  const schema = JSON.parse(readFileSync(join(root, 'docs/schemas/test.schema.json'), 'utf8'))
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema)
  assert.ok(validate(JSON.parse(json.out)), JSON.stringify(validate.errors))
  const tap = await tested(t, tests, '--format', 'tap')
  assert.match(
    tap.out,
    /^TAP version 13\n1\.\.4\nok 1 - one\nok 2 - two\nnot ok 3 - three\n {2}---\n/,
  )
  assert.match(tap.out, /ok 4 - a "b" <c> & \\#d {2}# SKIP e & f\n$/)
  const github = await tested(t, tests, '--format', 'github')
  assert.match(
    github.out,
    /^::error file=[^,]*shop\.test\.yaml,line=\d+,title=three::engine: expected a denial with 403, got a denial with 404.*%0Agrpc: /,
  )
  assert.equal((await tested(t, tests, '--format', 'html')).code, 2)
})

test('--watch runs again when a rule changes, and ends with the signal', async t => {
  const folder = folderWith(t, three.slice(0, 1))
  const child = startChild(t, {
    command: [
      process.execPath,
      join(root, 'dist/main.js'),
      'test',
      '--watch',
      join(folder, 'shop.test.yaml'),
    ],
    logFile: join(folder, 'log'),
  })
  await until(async () => child.log().includes('1 passed, 0 failed'), 'the first run')
  writeFileSync(join(folder, 'rules.yaml'), stringify(rules.slice(1)))
  await until(async () => child.log().includes('0 passed, 1 failed'), 'the second run')
  process.kill(child.pid, 'SIGTERM')
  assert.equal(await child.exitCode, 0)
})
