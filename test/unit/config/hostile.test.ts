/** Files that an attacker wrote. */
import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readSource } from '../../../src/config/files/read.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { issuesOf, loadFiles } from './support.ts'

const deep = 100_000

for (const [file, text] of Object.entries({
  'flow.yaml': `serve: ${'['.repeat(deep)}`,
  'closed.yaml': `serve: ${'['.repeat(deep)}${']'.repeat(deep)}`,
  'block.yaml': Array.from({ length: 2000 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
  'a.json': `{"authenticators":{"jwt":{"config":${'['.repeat(deep)}${']'.repeat(deep)}}}}`,
  'objects.json': `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`,
  'a.toml': `a = ${'['.repeat(deep)}${']'.repeat(deep)}\n`,
})) {
  test(`endless nesting is an issue, not a crash: ${file}`, async t => {
    assert.equal((await issuesOf(t, { [file]: text })).length, 1)
  })
}

test('aliases that multiply are refused', async t => {
  const lines = ['l0: &l0 [x, x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i < 12; i += 1) {
    const items = Array.from({ length: 10 }, () => `*l${i - 1}`).join(', ')
    lines.push(`l${i}: &l${i} [${items}]`)
  }
  const issues = await issuesOf(t, { 'a.yaml': `${lines.join('\n')}\n` })
  assert.equal(issues.length, 1)
  assert.match(issues[0] ?? '', /larger document/)
})

test('an alias inside itself is refused', async t => {
  const issues = await issuesOf(t, { 'a.yaml': 'authenticators: &a {jwt: {config: *a}}\n' })
  assert.equal(issues.length, 1)
})

test('a few aliases work', async t => {
  const { config } = await loadFiles(t, {
    'a.yaml': 'serve: {api: {timeout: &t {read: 7s}}, proxy: {timeout: *t}}\n',
  })
  assert.equal(config.serve.proxy.timeout.read, '7s')
})

for (const [file, text] of Object.entries({
  'a.yaml': '__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}\n',
  'a.json': '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}',
  'a.toml': '[__proto__]\npolluted = 1\n[constructor.prototype]\npolluted = 1\n',
})) {
  test(`names of Object.prototype are unknown keys: ${file}`, async t => {
    const issues = await issuesOf(t, { [file]: text })
    assert.equal(issues.length, 2, issues.join('\n'))
    assert.equal(({} as { polluted?: number }).polluted, undefined)
  })
}

test('a header may be called __proto__ or constructor', async t => {
  const { config } = await loadFiles(t, {
    'a.json':
      '{"mutators":{"header":{"enabled":true,"config":{"headers":{"__proto__":"a","constructor":"b"}}}}}',
  })
  const headers = config.mutators.header.config?.headers ?? {}
  assert.deepEqual(Object.entries(headers), [
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ])
})

test('a byte order mark, CRLF and tabs in JSON are accepted', async t => {
  const yaml = '\uFEFFserve:\r\n  api:\r\n    port: 7\r\n'
  const json = '\uFEFF{\r\n\t"serve": {\r\n\t\t"api": {"host": "h"}}}\r\n'
  const { config } = await loadFiles(t, { 'a.yaml': yaml, 'b.json': json })
  assert.deepEqual([config.serve.api.port, config.serve.api.host], [7, 'h'])
})

test('positions survive tabs and CRLF', async t => {
  assert.deepEqual(await issuesOf(t, { 'a.json': '{\r\n\t"log": {"format": "x"}}' }), [
    'a.json:2:10 log.format: found "x" (string), expected one of "json", "json_pretty", "gelf", "text"',
  ])
})

test('a tab that indents YAML is an issue with its line', async t => {
  const [issue = ''] = await issuesOf(t, { 'a.yaml': 'serve:\n\tapi: {}\n' })
  assert.match(issue, /^a\.yaml:2:/)
})

test('bytes that are not UTF-8 are an issue', async t => {
  const [issue = ''] = await issuesOf(t, { 'a.yaml': Uint8Array.from([0x6c, 0xff, 0x3a]) })
  assert.match(issue, /not UTF-8/)
})

test('five megabytes of comment and rules are read', async t => {
  const rules = `inline://${'A'.repeat(4_000_000)}`
  const text = `${'# comment\n'.repeat(100_000)}access_rules:\n  repositories: ["${rules}"]\n`
  const { config } = await loadFiles(t, { 'a.yaml': text })
  assert.equal(config.access_rules.repositories[0]?.length, rules.length)
})

test('five megabytes of unknown keys make a bounded list of issues', async t => {
  const text = Array.from({ length: 400_000 }, (_, i) => `key${i}: 1\n`).join('')
  const issues = await issuesOf(t, { 'a.yaml': text })
  assert.ok(issues.length > 0 && issues.length <= 100)
})

test('a file above the limit is refused without reading it', async t => {
  const issues = await issuesOf(t, { 'a.yaml': '#'.repeat(16 * 1024 * 1024 + 1) })
  assert.deepEqual(issues, ['a.yaml: found 16777217 bytes, expected at most 16777216'])
})

test('a key cannot add a second line to the report', async t => {
  const [issue = ''] = await issuesOf(t, { 'a.yaml': '"x\\n\\e[2Jerror: all is well": 1\n' })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the report must not contain control characters
  assert.doesNotMatch(issue, /[\x00-\x1f]/)
})

test('a file that never ends is refused', { timeout: 20_000 }, async t => {
  const file = join(temporaryFolder(t), 'a.yaml')
  symlinkSync('/dev/zero', file)
  const source = await readSource(file)
  assert.ok(!('kind' in source))
  assert.match(source.expected, /at most 16777216/)
})
