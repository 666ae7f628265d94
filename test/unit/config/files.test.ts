import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../../src/lib/bytes.ts'
import { issuesOf, load, loadFiles } from './support.ts'

const yaml = 'serve:\n  api:\n    port: 1\n'
const toml = '[serve.api]\nport = 1\n'
const json = '{"serve": {"api": {"port": 1}}}'

for (const [name, text] of Object.entries({
  'a.yaml': yaml,
  'a.yml': yaml,
  'a.json': json,
  'a.toml': toml,
  'A.YAML': yaml,
})) {
  test(`${name} is read`, async t => {
    assert.equal((await loadFiles(t, { [name]: text })).config.serve.api.port, 1)
  })
}

test('no file at all means the defaults', async t => {
  const { config } = await loadFiles(t, {})
  assert.equal(config.serve.api.port, 4456)
  assert.equal(config.access_rules.matching_strategy, 'regexp')
  assert.equal(config.errors.handlers['json']?.enabled, true)
})

for (const [name, text] of Object.entries({
  'a.yaml': '',
  'b.yaml': '# nothing\n',
  'a.json': '',
  'b.json': '{}',
  'a.toml': '',
})) {
  test(`an empty ${name} is the defaults: ${JSON.stringify(text)}`, async t => {
    const { config } = await loadFiles(t, { [name]: text })
    assert.equal(config.serve.proxy.port, 4455)
  })
}

test('later files win: objects merge, lists and scalars are replaced', async t => {
  const { config } = await loadFiles(t, {
    'a.yaml':
      'serve: {api: {port: 1, host: a}}\naccess_rules: {repositories: ["file:///a", "file:///b"]}\n',
    'b.toml': '[serve.api]\nport = 2\n[access_rules]\nrepositories = ["file:///c"]\n',
  })
  assert.deepEqual([config.serve.api.port, config.serve.api.host], [2, 'a'])
  assert.deepEqual(config.access_rules.repositories, ['file:///c'])
})

test('a problem has file, line and column, in every format', async t => {
  const files = {
    'a.yaml': 'serve:\n  api:\n    port: "4455"\n',
    'b.json': '{\n  "log": {\n    "level": "loud"\n  }\n}\n',
    'c.toml': '# note\n[serve.proxy]\n  host = 5\n',
  }
  assert.deepEqual(await issuesOf(t, files), [
    'a.yaml:3:5 serve.api.port: found "4455" (string), expected a whole number',
    'b.json:3:5 log.level: found "loud" (string), expected one of "panic", "fatal", "error", "warn", "info", "debug", "trace"',
    'c.toml:3:3 serve.proxy.host: found 5, expected a string',
  ])
})

test('a key of a later file is reported with that file', async t => {
  const files = { 'a.yaml': 'serve: {api: {port: 1}}\n', 'b.yaml': '\nserve: {api: {port: x}}\n' }
  assert.deepEqual(await issuesOf(t, files), [
    'b.yaml:2:15 serve.api.port: found "x" (string), expected a whole number',
  ])
})

test('all problems of all files are reported, also when one cannot be parsed', async t => {
  const files = { 'a.yaml': 'serve: [\n', 'b.yaml': 'serve: {api: {port: x}}\n', 'c.ini': '' }
  const issues = await issuesOf(t, files)
  assert.equal(issues.length, 3)
  assert.match(issues[0] ?? '', /^a\.yaml:\d+:\d+: found .*, expected YAML$/)
  assert.match(issues[1] ?? '', /^b\.yaml:1:15 serve\.api\.port/)
  assert.equal(issues[2], 'c.ini: found the ending .ini, expected one of .json, .toml, .yaml, .yml')
})

test('keys that an unreadable file may contain are not reported as missing', async t => {
  const files = { 'a.yaml': 'serve: [\n', 'b.yaml': 'mutators: {header: {enabled: true}}\n' }
  assert.equal((await issuesOf(t, files)).length, 1)
})

test('an item of a list has a place of its own', async t => {
  const text = 'access_rules:\n  repositories:\n    - file:///a\n    - nowhere\n'
  assert.deepEqual(await issuesOf(t, { 'a.yaml': text }), [
    'a.yaml:4:7 access_rules.repositories.1: found "nowhere" (string), expected a URL with a scheme, such as https://example.com/path',
  ])
})

test('a missing key is reported at the object that lacks it', async t => {
  const text = 'mutators:\n  header:\n    enabled: true\n    config: {}\n'
  assert.deepEqual(await issuesOf(t, { 'a.yaml': text }), [
    'a.yaml:4:5 mutators.header.config.headers: found nothing, expected an object: this key is required here',
  ])
})

for (const [what, file, text, expected] of [
  ['a list', 'a.json', '[]', 'a.json: found an empty list, expected an object of settings'],
  ['a text', 'a.yaml', 'hello', 'a.yaml: found "hello" (string), expected an object of settings'],
  [
    'two documents',
    'a.yaml',
    'log: {}\n---\nlog: {}\n',
    'a.yaml: found 2 documents, expected one document in a file',
  ],
] as const) {
  test(`${what} at the top is refused`, async t => {
    assert.deepEqual(await issuesOf(t, { [file]: text }), [expected])
  })
}

test('a section that is null is refused', async t => {
  const text = 'authenticators:\n  noop:\naccess_rules:\n  repositories:\n'
  assert.deepEqual(await issuesOf(t, { 'a.yaml': text }), [
    'a.yaml:2:3 authenticators.noop: found null (nothing after the colon), expected an object',
    'a.yaml:4:3 access_rules.repositories: found null (nothing after the colon), expected a list',
  ])
})

test('YAML 1.2: yes is a text, so is a quoted true', async t => {
  const text = 'authenticators:\n  noop: {enabled: yes}\n  anonymous: {enabled: "true"}\n'
  assert.equal((await issuesOf(t, { 'a.yaml': text })).length, 2)
})

for (const [file, text] of [
  ['a.yaml', 'serve: {}\nserve: {}\n'],
  ['b.toml', 'a = 1\na = 2\n'],
] as const) {
  test(`a duplicate key in ${file} is refused`, async t => {
    assert.equal((await issuesOf(t, { [file]: text })).length, 1)
  })
}

test('a missing file and a folder are reported as such', async t => {
  const issues = await issuesOf(t, {})
  assert.deepEqual(issues, [])
  const { loadConfig } = await import('../../../src/config/load.ts')
  const outcome = await loadConfig({ files: ['/nowhere/at/all.yaml'], env: {} })
  assert.deepEqual(outcome.kind === 'invalid' && outcome.issues, [
    {
      file: '/nowhere/at/all.yaml',
      key: '',
      found: 'no such file',
      expected: 'a readable file in UTF-8',
      isUnreadable: true,
    },
  ])
})

for (const [text, place] of [
  ['{\n  "log": {,}\n}\n', '2:11'],
  ['{\n  "log": {"level": x}\n}\n', '2:20'],
  ['{\n  "log": }\n', '2:10'],
  ['{"a": 1', '1:8'],
  ['{"a": "text', '1:12'],
  ['{"a": 1}\n}', '2:1'],
  ['{"a": tru}', '1:10'],
  ['x', '1:1'],
] as const) {
  test(`broken JSON points at the place: ${JSON.stringify(text)}`, async t => {
    const [issue = ''] = await issuesOf(t, { 'a.json': text })
    assert.match(issue, new RegExp(`^a\\.json:${place}: found .*, expected JSON$`))
  })
}

test('broken JSON is not quoted: it may hold a secret', async t => {
  const text = '{"client_secret": "hunter2" x, "client_secret": hunter2}'
  const issues = await issuesOf(t, {
    'a.json': text,
    'b.json': '{"s": hunter2}',
    'c.json': 'hunter2',
  })
  assert.equal(issues.length, 3)
  assert.doesNotMatch(issues.join(), /unter2/)
})

test('broken TOML points at the place', async t => {
  const [issue = ''] = await issuesOf(t, { 'a.toml': '[log]\nlevel = \n' })
  assert.match(issue, /^a\.toml:2:\d+: found .*, expected TOML$/)
})

test('a TOML date is a text', async t => {
  assert.deepEqual(await issuesOf(t, { 'a.toml': '[serve]\nworkers = 1979-05-27\n' }), [
    'a.toml:2:1 serve.workers: found "1979-05-27" (string), expected a whole number of at least 1 or "auto"',
  ])
})

test('handlers get byte strings, everything else is text', async t => {
  const { config } = await load(
    t,
    'serve: {api: {host: ü}}\nauthenticators: {anonymous: {config: {subject: ü€}}}\n',
  )
  assert.equal(config.authenticators.anonymous.config?.subject, bytesOf('ü€'))
  assert.equal(config.serve.api.host, 'ü')
})

test('the configuration is frozen, at every depth', async t => {
  const { config } = await load(
    t,
    'mutators: {header: {enabled: true, config: {headers: {X-A: b}}}}\n',
  )
  const open: string[] = []
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return
    if (!Object.isFrozen(value)) open.push(path)
    for (const [key, item] of Object.entries(value)) visit(item, `${path}.${key}`)
  }
  visit(config, '')
  assert.deepEqual(open, [])
})
