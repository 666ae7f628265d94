/** `oarlock explain`, without a server and of a running one. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { stringify } from 'yaml'
import { run } from '../../src/cli/run.ts'
import type { Explanation } from '../../src/explain/explanation.ts'
import { root, temporaryFolder } from '../support/folder.ts'
import { startOarlock } from '../support/oarlock.ts'
import { ask } from '../support/raw-http.ts'
import { opa, shopHandlers } from '../support/shop.ts'

const config = {
  ...shopHandlers,
  errors: { fallback: ['json'], handlers: { json: { enabled: true, config: { verbose: true } } } },
}

const rule = (id: string, url: string, more: object = {}) => ({
  id,
  match: { url, methods: ['GET'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
  upstream: { url: 'http://up.test:8080' },
  ...more,
})

const rules = [
  rule('public', 'https://shop.test/public/<.*>'),
  rule('orders', 'https://shop.test/orders/<[0-9]+>', { authenticators: [{ handler: 'jwt' }] }),
  rule('judged', 'https://shop.test/judged', { authorizer: { handler: 'remote_json' } }),
  rule('parts', '', {
    match: {
      hosts: ['*.parts.test'],
      paths: ['/a/{id}'],
      methods: ['GET'],
      headers: { 'X-Kind': 'b' },
    },
  }),
  rule('twice-1', 'https://twice.test/<.*>'),
  rule('twice-2', 'https://twice.test/a'),
]

function files(t: TestContext, more: object = {}): string {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'rules.yaml'), stringify(rules))
  const file = join(folder, 'oarlock.yaml')
  const repositories = [`file://${folder}/rules.yaml`]
  writeFileSync(file, stringify({ ...config, access_rules: { repositories }, ...more }))
  return file
}

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(join(root, 'docs/schemas/explain.schema.json'), 'utf8')),
)

async function cli(...args: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await run(args, { out: text => out.push(text), err: text => err.push(text) })
  return { code, out: out.join(''), err: err.join('') }
}

async function explained(t: TestContext, ...args: readonly string[]) {
  const file = files(t)
  const { code, out, err } = await cli('explain', ...args, '-c', file, '--format', 'json')
  const explanation = JSON.parse(out) as Explanation
  assert.ok(validate(explanation), JSON.stringify(validate.errors))
  return { code, err, explanation }
}

test('an allow: the rule, what handlers read, and the answer of each door', async t => {
  const { code, explanation } = await explained(
    t,
    'GET',
    'https://SHOP.test./public/x/../%61?k=secret',
  )
  assert.equal(code, 0)
  assert.equal(explanation.rule, 'public')
  assert.deepEqual(explanation.request, {
    door: 'grpc',
    method: 'GET',
    url: 'https://shop.test/public/a',
    sent: 'https://SHOP.test./public/x/../%61?k=***',
    changes: [
      'the host "SHOP.test." is matched as "shop.test" (lower case, without a final dot)',
      'the path "/public/x/../%61" is matched as "/public/a" (decoded once, without dot segments, empty segments and final slashes)',
    ],
  })
  assert.deepEqual(
    explanation.steps.map(({ stage, handler, outcome }) => [stage, handler, outcome]),
    [
      ['authenticator', 'anonymous', 'ok'],
      ['authorizer', 'allow', 'ok'],
      ['mutator', 'header', 'ok'],
    ],
  )
  assert.equal(explanation.headers.set['x-user'], 'anonymous')
  for (const door of ['grpc', 'decisions', 'proxy'])
    assert.equal(explanation.answers[door]?.status, 200)
  assert.equal(explanation.answers['proxy']?.target, 'http://up.test:8080/public/a?k=***')
})

test('no rule: the nearest ones, and a caret where the pattern stopped', async t => {
  const { code, explanation } = await explained(t, 'GET', 'https://shop.test/orders/12a')
  assert.equal(code, 10)
  assert.deepEqual(explanation.nearest[0], { rule: 'orders', misses: ['path'] })
  const [path] = explanation.candidates[0]?.parts.filter(({ hit }) => !hit) ?? []
  assert.equal(path?.at, 'https://shop.test/orders/12'.length)
  const { out } = await cli('explain', 'GET', 'https://shop.test/orders/12a', '-c', files(t))
  assert.match(out, /GET https:\/\/shop\.test\/orders\/12a\n {42}\^\n/)
  assert.match(out, /^denied with 404 \(not_found\)/)
})

test('several rules: all of them are named, and it is an error of ours', async t => {
  const { code, explanation } = await explained(t, 'GET', 'https://twice.test/a')
  assert.equal(code, 11)
  assert.match(explanation.outcome.reason ?? '', /"twice-1", "twice-2"/)
  assert.equal(explanation.rule, null)
})

test('hosts, paths, methods and headers are compared one by one', async t => {
  const { explanation } = await explained(t, 'POST', 'https://x.parts.test/a/1', '-H', 'X-Kind: c')
  const parts = explanation.candidates.find(({ rule }) => rule === 'parts')?.parts ?? []
  assert.deepEqual(
    parts.map(({ part, hit }) => [part, hit]),
    [
      ['method', false],
      ['scheme', true],
      ['host', true],
      ['path', true],
      ['header X-Kind', false],
    ],
  )
})

test('a token of the run is accepted as its claims say, with the configured checks', async t => {
  const url = 'https://shop.test/orders/1'
  const wrong = await explained(t, 'GET', url, '--as', 'alice')
  assert.equal(wrong.code, 10)
  assert.match(wrong.explanation.outcome.reason ?? '', /aud/)
  const right = await explained(t, 'GET', url, '--as', 'alice', '--claims', '{"aud":"shop"}')
  assert.equal(right.code, 0, JSON.stringify(right.explanation.outcome))
  assert.equal(right.explanation.headers.set['x-user'], 'alice')
  assert.deepEqual(right.explanation.steps[0]?.reads, ['header authorization'])
})

test('a call that is not made leaves it undecided; a stub decides', async t => {
  const question = ['GET', 'https://shop.test/judged'] as const
  const open = await explained(t, ...question)
  assert.equal(open.code, 7)
  assert.deepEqual(open.explanation.outcome, { kind: 'undecided', missing: [`POST ${opa}`] })
  const folder = temporaryFolder(t)
  const stub = join(folder, 'stubs.yaml')
  writeFileSync(
    stub,
    stringify({ stubs: { [`POST ${opa}`]: { status: 403 }, 'GET http://x/': {} } }),
  )
  const decided = await explained(t, ...question, '--stub', stub)
  assert.equal(decided.code, 10)
  assert.ok(decided.explanation.steps[1]?.reads.includes(`call POST ${opa}: 403 (stub)`))
  assert.match(decided.err, /no call used the stub "GET http:\/\/x\/"/)
})

test('a stub file with mistakes names each with its place', async t => {
  const stub = join(temporaryFolder(t), 'stubs.yaml')
  writeFileSync(stub, 'opa: {}\n"GET http://a/": {status: 20}\n"GET http://b/": {stat: 200}\n')
  const { code, err } = await cli(
    'explain',
    'GET',
    'https://a.test/',
    '--stub',
    stub,
    '-c',
    files(t),
  )
  assert.equal(code, 2)
  assert.match(err, /stubs\.yaml:1:\d+ opa: found "opa", expected a method and a URL/)
  assert.match(err, /stubs\.yaml:2:\d+ GET http:\/\/a\/\.status: found 20.*, expected a status/)
  assert.match(err, /stubs\.yaml:3:\d+ GET http:\/\/b\/\.stat: found the key "stat"/)
})

test('a command line of curl is read as it is', async t => {
  const file = files(t)
  const { code, out } = await cli(
    'explain',
    '--curl',
    "curl -s 'https://shop.test/public/x'",
    '-c',
    file,
  )
  assert.equal(code, 0)
  assert.match(out, /^allowed by rule "public"/)
})

for (const [what, args, expected] of [
  ['no URL', ['GET'], /expected a method and a URL/],
  [
    'a URL without a scheme',
    ['GET', 'shop.test/x'],
    /expected one such as https:\/\/shop\.example/,
  ],
  ['a method with a blank', ['G T', 'https://a.test/'], /found the method "G T"/],
  ['a header without a colon', ['GET', 'https://a.test/', '-H', 'X'], /--header: found "X"/],
  ['a line break in a header', ['GET', 'https://a.test/', '-H', 'X: a\nb'], /found the header "X"/],
  [
    'another door',
    ['GET', 'https://a.test/', '--door', 'side'],
    /--door: found "side", expected one of/,
  ],
  [
    'claims that are not JSON',
    ['GET', 'https://a.test/', '--claims', 'x'],
    /--claims: expected a JSON object/,
  ],
  ['curl and a URL', ['GET', 'https://a.test/', '--curl', 'curl b'], /--curl: found a method/],
  [
    'a server and a stub',
    ['GET', 'https://a.test/', '-e', 'http://x', '--live'],
    /--endpoint: found --live/,
  ],
] as const) {
  test(`wrong usage: ${what}`, async t => {
    const { code, err } = await cli('explain', ...args, '-c', files(t))
    assert.equal(code, 2)
    assert.match(err, expected)
  })
}

test('a request of the decision log', async t => {
  const log = join(temporaryFolder(t), 'decisions.log')
  const entry = (id: string, path: string) => ({
    id,
    granted: false,
    request: { method: 'GET', scheme: 'https', host: 'shop.test', path },
    client: '10.0.0.9',
  })
  const lines = [entry('aa', '/public/x'), entry('ab', '/public/ü %2F')]
  writeFileSync(log, `not JSON aa\n${lines.map(line => JSON.stringify(line)).join('\n')}\n`)
  const { code, explanation } = await explained(t, '--from-log', 'ab', '--log', log)
  assert.equal(code, 1, 'the first line cannot be read')
  assert.equal(explanation.request.url, 'https://shop.test/public/ü %2F')
  for (const [args, expected] of [
    [['--from-log', 'zz', '--log', log], /found no decision zz/],
    [['--from-log', 'aa'], /expected --log FILE/],
    [['GET', 'https://a.test/', '--from-log', 'aa', '--log', log], /expected it alone/],
  ] as const) {
    const { code, err } = await cli('explain', ...args, '-c', files(t))
    assert.equal(code, 2)
    assert.match(err, expected)
  }
})

test('a log that cannot be read, or is none, ends with code 1', async t => {
  const folder = temporaryFolder(t)
  const binary = join(folder, 'binary')
  writeFileSync(binary, Buffer.from([0, 255, 10, 7, 10]))
  writeFileSync(join(folder, 'long'), 'x'.repeat(2 ** 21))
  writeFileSync(join(folder, 'empty'), '')
  for (const [log, expected] of [
    [
      join(folder, 'none'),
      /^error: --log: \S*none: found no such file, expected a readable file$/m,
    ],
    [folder, /^error: --log: \S*: found a folder, expected a readable file$/m],
    [binary, /binary: found no line of the decision log, expected one at least$/m],
    [join(folder, 'long'), /long: line 1 is longer than/],
    [join(folder, 'empty'), /empty: found no line of the decision log, expected one at least$/m],
  ] as const) {
    const { code, err } = await cli('explain', '--from-log', 'a', '--log', log, '-c', files(t))
    assert.match(err, expected)
    assert.equal(code, 1, log)
  }
})

test('a door that refuses the request says so', async t => {
  const { code, explanation } = await explained(t, 'GET', 'https://shop.test/public/%00')
  assert.equal(code, 10)
  assert.equal(explanation.request.url, null)
  assert.equal(explanation.answers['grpc']?.status, 400)
})

test('no credential is printed', async t => {
  const secret = 'SeCrEt-0123456789'
  const { out, err } = await cli(
    'explain',
    ...['GET', `https://shop.test/public/x?access_token=${secret}`],
    ...['-H', `Authorization: Bearer ${secret}`, '-H', `Cookie: s=${secret}`],
    ...['-c', files(t), '--format', 'json'],
  )
  assert.doesNotMatch(out + err, new RegExp(secret))
})

const token = 'a-token-of-at-least-thirty-two-characters'

test('what a rule sets as a secret is masked', async t => {
  const secret = 'a-key-of-the-upstream'
  const file = files(t, {
    mutators: { header: { enabled: true, config: { headers: { 'X-Api-Key': secret } } } },
  })
  for (const format of ['pretty', 'json']) {
    const args = ['GET', 'https://shop.test/public/x', '-c', file, '--format', format]
    const { code, out } = await cli('explain', ...args)
    assert.equal(code, 0)
    assert.match(out, /x-api-key"?: "?\*\*\*/)
    assert.doesNotMatch(out, new RegExp(secret))
  }
})

test('a URL with a user is refused, and not repeated', async t => {
  const { code, err } = await cli('explain', 'GET', 'https://al:s3cret@a.test/', '-c', files(t))
  assert.equal(code, 2)
  assert.doesNotMatch(err, /s3cret/)
})

test('headers with names of Object.prototype are headers', async t => {
  const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty']
  const folder = temporaryFolder(t)
  const rules = names.map((name, i) =>
    rule(`r${i}`, '', {
      match: { hosts: ['h.test'], paths: [`/${i}`], headers: JSON.parse(`{"${name}":"x"}`) },
    }),
  )
  writeFileSync(join(folder, 'rules.json'), JSON.stringify(rules))
  const repositories = [`file://${folder}/rules.json`]
  const file = files(t, { access_rules: { repositories } })
  for (const [i, name] of names.entries()) {
    for (const door of ['grpc', 'decisions', 'proxy']) {
      const args = ['GET', `https://h.test/${i}`, '-H', `${name}: x`, '--door', door, '-c', file]
      const { code, out } = await cli('explain', ...args, '--format', 'compact')
      assert.equal(code, 0, `${name} ${door}: ${out}`)
    }
  }
})

test('a running server explains with its own rules, to callers with the token', async t => {
  const serve = { api: { explain: { enabled: true, token } } }
  const oarlock = await startOarlock(t, { config: { ...config, serve }, rules })
  const endpoint = `http://127.0.0.1:${oarlock.api}`
  const question = ['explain', 'GET', 'https://shop.test/public/x?q=1', '-e', endpoint] as const
  process.env['OARLOCK_EXPLAIN_TOKEN'] = token
  t.after(() => {
    delete process.env['OARLOCK_EXPLAIN_TOKEN']
  })
  const { code, out } = await cli(...question, '--format', 'json')
  assert.equal(code, 0)
  const explanation = JSON.parse(out) as Explanation
  assert.ok(validate(explanation), JSON.stringify(validate.errors))
  assert.equal(explanation.rule, 'public')
  assert.match(oarlock.log(), /A decision is explained.*https:\/\/shop\.test\/public\/x"? /)
  assert.doesNotMatch(oarlock.log(), /q=1/)
  process.env['OARLOCK_EXPLAIN_TOKEN'] = `${token}x`
  const refused = await cli(...question)
  assert.equal(refused.code, 1)
  assert.match(refused.err, /answered 401: the token/)
  for (const body of [
    '',
    '{',
    '[]',
    '{"method":1}',
    '{"method":"GET","url":"x"}',
    'x'.repeat(2_000_000),
  ]) {
    const headers = [['Authorization', `Bearer ${token}`]] as const
    const sent = { method: 'POST', target: '/explain', headers, body: Buffer.from(body) }
    const answer = await ask(oarlock.api, sent)
    assert.equal(answer.status, 400, body.slice(0, 20))
  }
  // A sender that stops in the middle does not hold the place.
  const stopped = connect(oarlock.api, '127.0.0.1')
  t.after(() => void stopped.destroy())
  const head = `POST /explain HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100\r\n\r\n{`
  await new Promise(resolve => stopped.write(head, resolve))
  process.env['OARLOCK_EXPLAIN_TOKEN'] = token
  assert.equal((await cli(...question)).code, 0)
  assert.equal((await cli('explain', 'GET', 'https://shop.test/', '-e', 'nowhere')).code, 2)
})

test('without the key there is no such route, and a key without a token is not valid', async t => {
  const oarlock = await startOarlock(t, { config, rules })
  const answer = await ask(oarlock.api, { method: 'POST', target: '/explain' })
  assert.equal(answer.status, 404)
  const file = files(t, { serve: { api: { explain: { enabled: true } } } })
  const { err } = await cli('validate', '-c', file)
  assert.match(err, /serve\.api\.explain\.token: found nothing, expected a token/)
})

test('with a source that cannot be read nothing is explained', async t => {
  const repositories = ['file:///no/such/rules.yaml']
  const file = files(t, { access_rules: { repositories } })
  const { code, out, err } = await cli('explain', 'GET', 'https://shop.test/', '-c', file)
  assert.deepEqual([code, out], [1, ''])
  assert.match(err, /error: file:\/\/\/no\/such\/rules\.yaml: .*ENOENT/)
})
