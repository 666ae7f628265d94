import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formats } from '../../../../src/cli/diff/formats.ts'
import { buildProgram } from '../../../../src/cli/run.ts'
import type { Cleanup } from '../../../support/cleanup.ts'
import { configText, printedBy } from '../../../support/printed-by.ts'
import { assertFits } from '../../../support/report-schema.ts'

const rule = (path: string, authenticator = 'noop', more = '') => `
- id: r-${path.replace(/\W/g, '')}
  match: { url: "https://h/${path}", methods: [GET] }
  authenticators: [{ handler: ${authenticator} }]
  authorizer: { handler: allow }
  mutators: [{ handler: noop }]
${more}`

const diff = (t: Cleanup, files: Readonly<Record<string, string>>, ...more: readonly string[]) =>
  printedBy(t, files, ['diff', '@old.yaml', '@new.yaml', ...more])

test('exit codes: alike, differs, undecided', async t => {
  const code = async (before: string, after: string) =>
    (await diff(t, { 'old.yaml': before, 'new.yaml': after })).code
  assert.equal(await code(rule('a'), rule('a')), 0)
  assert.equal(await code(rule('a'), rule('a', 'noop', '  description: other\n')), 0)
  assert.equal(await code(rule('a'), rule('a', 'unauthorized')), 6)
  const scope = (name: string) =>
    rule('a').replace(
      'handler: noop }]',
      `handler: jwt, config: { required_scope: [${name}], scope_strategy: exact } }]`,
    )
  assert.equal(await code(scope('one'), scope('two')), 7)
  assert.equal(await code(rule('a'), rule('<[>')), 3)
  assert.equal(await code(rule('a'), rule('a', 'nobody')), 3)
  assert.equal((await diff(t, { 'old.yaml': rule('a') })).code, 1)
  for (const none of ['', '# no rules yet\n---\n', '[]\n']) {
    assert.equal(await code(none, rule('a')), 6, none)
    assert.equal(await code(none, none), 0, none)
  }
  const both = { 'old.yaml': rule('a'), 'new.yaml': rule('a') }
  assert.equal((await diff(t, both, '--log', 'x', '--requests', 'y')).code, 2)
  assert.equal((await diff(t, both, '--format', 'sarif')).code, 2)
})

test('configurations and rules are compared with each other', async t => {
  const glob = configText('@/globs.yaml').replace(
    'access_rules: {',
    'access_rules: { matching_strategy: glob,',
  )
  const files = {
    'old.yaml': configText(),
    'rules.yaml': rule('a<[0-9]>', 'anonymous'),
    'globs.yaml': rule('a<[0-9]>', 'anonymous'),
  }
  const { code, out } = await diff(t, { ...files, 'new.yaml': glob })
  assert.match(out, /^rule r-a09: changed \(settings\)$/m)
  assert.equal(code, 0)
  const rules = await diff(t, { ...files, 'new.yaml': rule('a<[0-9]>', 'anonymous') })
  assert.equal(rules.code, 0)
  assert.match(rules.out, /^0 changed rules, 0 differences, 0 undecided$/m)
  const subject = configText().replace('subject: guest', 'subject: other')
  const withHeader = rule('b', 'anonymous').replace(
    '[{ handler: noop }]\n',
    '[{ handler: header }]\n',
  )
  const settings = await diff(t, { ...files, 'rules.yaml': withHeader, 'new.yaml': subject })
  assert.match(settings.out, /^headers \(-X-User: guest \+X-User: other\), 1 request, rule r-b/m)
})

test('requests of a file are compared, and a wrong line is named', async t => {
  const files = { 'old.yaml': rule('<a|b>'), 'new.yaml': rule('b') }
  const over = (text: string) =>
    diff(t, { ...files, 'requests.txt': text }, '--requests', '@requests.txt')
  const found = await over(
    '# comment\n\nGET https://h/a?x=1\nGET https://H/%61\n{"url":"https://h/b"}\nGET https://h/a%00\n',
  )
  assert.match(
    found.out,
    /^newly-denied \(200 → 404\), 2 requests, r-ab → no rule: GET https:\/\/h\/a/m,
  )
  assert.equal(found.code, 6)
  assert.match((await over('GET https://h/b\n')).out, /^rule \(200 → 200\), 1 request, r-ab → r-b/)
  assert.equal((await over('GET https://h/c\n')).code, 0)
  for (const wrong of ['GET /a', 'GET https://h/a b', '{"url":1}', '{', 'G@T https://h/', '\0']) {
    const { code, err } = await over(`GET https://h/b\n${wrong}\n`)
    assert.match(err, /requests.txt:2: found (?:"|JSON ).*, expected METHOD URL/, wrong)
    assert.equal(code, 3)
  }
  assert.equal((await diff(t, { ...files, ...{} }, '--requests', '@none.txt')).code, 1)
})

const logged = (granted: boolean, path: string, more: object = {}) =>
  `${JSON.stringify({ granted, status: granted ? undefined : 401, request: { method: 'GET', scheme: 'https', host: 'h', path, query: '' }, ...more })}\n`

test('a decision log: what was granted counts, what needs a credential is undecided', async t => {
  const files = { 'old.yaml': `${rule('a', 'jwt')}${rule('b', 'jwt')}${rule('c', 'jwt')}` }
  const after = `${rule('a', 'jwt')}${rule('b', 'noop')}`
  const log = [
    logged(true, '/a'),
    logged(true, '/c'),
    logged(false, '/b'),
    logged(true, '/b'),
    logged(true, '[masked] \\'),
    'no json\n',
    '{"door":"grpc","granted":false}\n',
  ]
  const { out, err, code } = await diff(
    t,
    { ...files, 'new.yaml': after, 'log.json': log.join('') },
    '--log',
    '@log.json',
    '--format',
    'json',
  )
  const report = JSON.parse(out) as { groups: readonly { kind: string; new: string }[] }
  assertFits('docs/schemas/diff.schema.json', report)
  assert.deepEqual(
    report.groups.map(({ kind, new: next }) => `${kind} ${next}`),
    ['newly-allowed r-b', 'newly-denied null', 'undecided r-b'],
  )
  assert.match(err, /log\.json:6: found something else than an object of JSON/)
  assert.match(err, /^2 lines have no request/m)
  assert.equal(code, 1)
})

test('each format is printed, without control characters and broken tables', async t => {
  const hostile = `- id: "a|b\\n\\e[31m\`<x>"\n${rule('a').split('\n').slice(2).join('\n')}`
  const files = { 'old.yaml': rule('b'), 'new.yaml': hostile }
  for (const format of Object.keys(formats)) {
    const { out } = await diff(t, files, '--format', format)
    assert.ok(!out.includes('\u001b'), format)
    if (format === 'json') assertFits('docs/schemas/diff.schema.json', JSON.parse(out))
    if (format !== 'md') continue
    const rows = out.split('\n').filter(line => line.startsWith('|'))
    for (const row of rows) assert.equal(row.match(/(?<!\\)\|/g)?.length, 7, row)
  }
})

test('the command offers exactly the formats that there are', () => {
  const program = buildProgram({ out: () => undefined, err: () => undefined }, () => undefined)
  const command = program.commands.find(one => one.name() === 'diff')
  const option = command?.options.find(({ long }) => long === '--format')
  assert.deepEqual(option?.argChoices, Object.keys(formats))
})

test('no credential and no secret of a rule is printed', async t => {
  const secret = 'do-not-show'
  const jwt = `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.${secret}`
  const sets = (value: string) =>
    rule('a').replace(
      'mutators: [{ handler: noop }]',
      `mutators: [{ handler: header, config: { headers: { X-Api-Key: ${value}, X-Note: "${value} Bearer ${jwt}" } } }]`,
    )
  const files = {
    'old.yaml': sets(`${secret}1`.replace('do', 'x-do')),
    'new.yaml': sets('other'),
    'requests.txt': [
      {
        url: `https://h/a?access_token=${secret}&x=1`,
        headers: { Authorization: `Basic ${secret}` },
      },
      { url: 'https://h/a', headers: { Cookie: `session=${secret}`, 'X-A': jwt } },
    ]
      .map(request => `${JSON.stringify(request)}\n`)
      .join(''),
  }
  for (const format of Object.keys(formats)) {
    const { out } = await diff(t, files, '--format', format, '--requests', '@requests.txt')
    const shown = out.replaceAll('-X-Note: x-do-not-show1', '')
    assert.ok(!shown.includes(secret), shown)
    assert.ok(out.includes('x=1'), out)
  }
})

test('a credential that only a service can check is undecided, each time', async t => {
  const scope = (name: string) =>
    rule('a').replace(
      'handler: noop }]',
      `handler: jwt, config: { required_scope: [${name}], scope_strategy: exact } }]`,
    )
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = [part({ alg: 'RS256', kid: 'k' }), part({ exp: 4_102_444_800 }), 'AQEB'].join('.')
  const line = JSON.stringify({ url: 'https://h/a', headers: { Authorization: `Bearer ${token}` } })
  const files = {
    'old.yaml': scope('one'),
    'new.yaml': rule('a'),
    'requests.txt': `${line}\n`.repeat(3),
  }
  const { out } = await diff(t, files, '--requests', '@requests.txt')
  assert.match(out, /^undecided \(the rule calls another service\), 3 requests, rule r-a: /)
})

test('a file without a request that can be read ends with code 1', async t => {
  const both = { 'old.yaml': rule('a'), 'new.yaml': rule('b') }
  const over = (option: string, text: string) =>
    diff(t, { ...both, 'given.txt': text }, option, '@given.txt')
  for (const [text, expected] of [
    ['\0\x01\n', /given\.txt: found 1 line without a request that can be read, expected lines of/],
    ['a\nb\n', /given\.txt: found 2 lines without a request that can be read, expected lines of/],
    [logged(true, '[masked] \\'), /given\.txt: found 1 line without/],
    ['x'.repeat(2 ** 21), /given\.txt: line 1 is longer than/],
  ] as const) {
    const { code, err, out } = await over('--log', text)
    assert.match(err, expected)
    assert.deepEqual([code, out], [1, ''])
  }
  const missing = await diff(t, both, '--requests', '@none.txt')
  assert.match(missing.err, /none\.txt: found no such file, expected a readable file$/m)
  assert.equal(missing.code, 1)
  for (const option of ['--log', '--requests']) {
    const { code, err } = await over(option, '\n')
    assert.equal(err, 'warning: found no request, expected one at least\n')
    assert.equal(code, 0)
  }
  const some = await over('--log', `x\n${logged(true, '/c')}`)
  assert.match(some.err, /^error: .*given\.txt:1: found something else than an object of JSON, /m)
  assert.equal(some.code, 1)
  const other = await over('--log', `{}\n${logged(true, '/c')}`)
  assert.match(other.err, /^1 line has no request that can be read$/m)
  const many = await over('--log', `${'x\n'.repeat(25)}${logged(true, '/c')}`)
  assert.equal(many.err.match(/^error: .*given\.txt:\d+: /gm)?.length, 20)
  assert.match(many.err, /given\.txt: found 5 more such lines$/m)
  const wrong = await over('--requests', 'GET /orders?token=secret\n')
  assert.match(wrong.err, /given\.txt:1: found "GET \/orders\?…", expected METHOD URL/)
  const json = await over('--requests', '{"url": 1, "headers": {"A": "secret"}}\n')
  assert.match(json.err, /given\.txt:1: found JSON whose method, url or headers are not valid, /)
})

test('what rules do with a credential: the members that differ are named', async t => {
  const over = (before: string, after: string) =>
    diff(t, { 'old.yaml': rule('a', 'jwt', before), 'new.yaml': rule('a', 'jwt', after) })
  for (const [before, after, named] of [
    ['', '  body: { parse: json }\n', 'body differs'],
    [
      '  body: { parse: json }\n',
      '  body: { parse: json, max_bytes: 9 }\n',
      'body.max_bytes differs',
    ],
    ['', '  upstream: { url: "http://a" }\n', 'upstream.url differs'],
    [
      '  errors: [{ handler: json }]\n  upstream: { url: "http://a" }\n',
      '  errors: [{ handler: json, when: "true" }]\n  upstream: { url: "http://b" }\n',
      'errors.0.when, upstream.url differ',
    ],
  ] as const) {
    const { out, code } = await over(before, after)
    assert.ok(
      out.includes(`undecided (${named}: what that does with a credential is not known here)`),
      out,
    )
    assert.equal(code, 7)
  }
})

test('another upstream is a difference, and nothing about it is undecided', async t => {
  const to = (authenticator: string, host: string) =>
    rule('a', authenticator, `  upstream: { url: "http://${host}" }\n`)
  for (const authenticator of ['jwt', 'noop']) {
    const files = { 'old.yaml': to(authenticator, 'one'), 'new.yaml': to(authenticator, 'two') }
    const { out, code } = await diff(t, files)
    assert.match(
      out,
      /^headers \(-\(upstream\): http:\/\/one - false \+\(upstream\): http:\/\/two - false\), 1 request/m,
    )
    assert.match(out, /^1 changed rules?, 1 differences?, 0 undecided$/m)
    assert.equal(code, 6)
    const log = logged(true, '/a') + logged(false, '/a')
    const over = await diff(t, { ...files, 'log.json': log }, '--log', '@log.json')
    assert.match(over.out, /^headers .*, 1 request/m)
    assert.doesNotMatch(over.out, /^undecided/m)
  }
})
