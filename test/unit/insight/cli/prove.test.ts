import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { formats } from '../../../../src/cli/prove/formats.ts'
import { buildProgram } from '../../../../src/cli/run.ts'
import type { Cleanup } from '../../../support/cleanup.ts'
import { root, temporaryFolder } from '../../../support/folder.ts'
import { configText, printedBy } from '../../../support/printed-by.ts'
import { assertFits } from '../../../support/report-schema.ts'

const rules = (path: string, authenticator = 'noop') => `
- id: r
  match: { url: "https://h/${path}", methods: [GET] }
  authenticators: [{ handler: ${authenticator} }]
  authorizer: { handler: allow }
  mutators: [{ handler: noop }]
`
const claims = (text: string) => `claims:\n  - ${text}\n`
const closed = 'never: { path: /admin/**, authenticators: [noop] }'

const prove = (t: Cleanup, files: Readonly<Record<string, string>>, ...more: string[]) =>
  printedBy(t, { 'oarlock.yaml': configText(), 'rules.yaml': rules('a'), ...files }, [
    'prove',
    '-c',
    '@oarlock.yaml',
    '--claims',
    '@claims.yaml',
    ...more,
  ])

test('exit codes: proven, refuted, undecided, and refuted above undecided', async t => {
  const claim = { 'claims.yaml': claims(closed) }
  assert.equal((await prove(t, claim)).code, 0)
  assert.equal((await prove(t, { ...claim, 'rules.yaml': rules('<.*>') })).code, 4)
  const look = { 'rules.yaml': rules('<(?!admin).*>') }
  const undecided = await prove(t, { ...claim, ...look })
  assert.equal(undecided.code, 7)
  assert.match(undecided.out, /^undecided claim 1 \(never\): rule "r": a pattern has a lookahead/)
  const both = { 'claims.yaml': `${claims(closed)}  - never: { host: h }\n`, ...look }
  assert.equal((await prove(t, both)).code, 4)
})

test('mistakes in claims are named with their place', async t => {
  const wrong = async (text: string) => {
    const { code, err, out } = await prove(t, { 'claims.yaml': text })
    assert.equal(out, '')
    assert.equal(code, 3)
    return err
  }
  assert.match(
    await wrong(claims('never: { hosts: h }')),
    /claims.yaml:2:\d+ claims.0.never.hosts: found the key "hosts", expected one of host, path/,
  )
  assert.match(await wrong(claims('name: x')), /claims.yaml:2:\d+ claims.0: found none of them/)
  assert.match(await wrong(claims('{ never: {}, equal: a }')), /found never and equal/)
  assert.match(await wrong(claims('always: { host: h }')), /found neither, expected authenticators/)
  assert.match(
    await wrong(claims('never: { authenticators: [anonymos] }')),
    /found "anonymos", expected one of anonymous/,
  )
  assert.match(
    await wrong(claims('never: { path: admin }')),
    /claims.yaml:2:\d+: paths: found "admin"/,
  )
  assert.match(await wrong(claims('never: { host: "<[>" }')), /claims.yaml:2:/)
  assert.match(await wrong('claims: []\n'), /found an empty list/)
  assert.match(await wrong('claim: []\n'), /the key "claim"/)
  assert.match(await wrong('- a\n'), /found a list/)
  assert.match(await wrong(`claims: ${'['.repeat(200)}`), /claims.yaml/)
  assert.match(await wrong('a: &a [1]\nclaims: [*b]\n'), /claims.yaml/)
  const coloured = await wrong('claims:\n  - { "\\e[31m": {} }\n')
  assert.ok(!coloured.includes('\u001b'), coloured)
})

test('a claim that no rule is about is proven, with a warning', async t => {
  const found = await prove(t, { 'claims.yaml': claims('never: { host: other.example }') })
  assert.equal(found.code, 0)
  assert.match(
    found.err,
    /warning: .*claims.yaml:2:\d+: claim 1 \(never\): no rule is for such a request/,
  )
})

test('files that cannot be read, and rules that are not valid', async t => {
  const claim = { 'claims.yaml': claims(closed) }
  assert.equal((await printedBy(t, {}, ['prove', '-c', '@a.yaml', '--claims', '@b.yaml'])).code, 1)
  const noConfig = ['prove', '-c', '@a.yaml', '--claims', '@claims.yaml']
  assert.equal((await printedBy(t, claim, noConfig)).code, 1)
  assert.equal((await prove(t, { ...claim, 'rules.yaml': rules('<[>') })).code, 3)
  assert.equal((await prove(t, { ...claim, 'rules.yaml': rules('a', 'nobody') })).code, 3)
  assert.equal((await prove(t, claim, '--format', 'xml')).code, 2)
  const deep = await prove(t, {
    ...claim,
    'rules.yaml': rules(`<${'('.repeat(9_000)}a${')'.repeat(9_000)}>`),
  })
  assert.deepEqual(
    [deep.code, deep.err],
    [3, 'error: rule "r": match: more than 250 levels at position 262\n'],
  )
})

test('claims may come from standard input, which is named as such', t => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'rules.yaml'), rules('<.*>'))
  writeFileSync(join(folder, 'oarlock.yaml'), configText('rules.yaml'))
  const given = (input: string, ...args: readonly string[]) =>
    spawnSync(process.execPath, [join(root, 'dist/main.js'), 'prove', ...args], {
      cwd: folder,
      input,
      encoding: 'utf8',
    })
  const config = ['-c', 'oarlock.yaml', '--claims', '-']
  const found = given(claims(closed), ...config, '--format', 'github')
  assert.match(found.stdout, /^::error file=standard input,line=2,/)
  assert.equal(found.status, 4)
  const wrong = given('claims: [1]', ...config)
  assert.match(wrong.stderr, /^error: standard input:1:\d+ claims.0: found 1, expected a claim/)
  assert.equal(wrong.status, 3)
  assert.equal(given(claims(closed), '-c', '-', '--claims', '-').status, 2)
})

test('equal and implies compare with other rules', async t => {
  const compared = (kind: string, own: string, other: string) =>
    prove(t, {
      'rules.yaml': rules(own),
      'other.yaml': rules(other),
      'claims.yaml': claims(`${kind}: other.yaml`),
    })
  assert.equal((await compared('equal', '<a|b>', '<b|a>')).code, 0)
  assert.equal((await compared('equal', 'a', '<a|b>')).code, 4)
  assert.equal((await compared('implies', 'a', '<a|b>')).code, 0)
  const wider = await compared('implies', '<a|b>', 'a')
  assert.equal(wider.code, 4)
  assert.match(wider.out, /GET https:\/\/h\/b: newly-allowed: 404 → 200/)
  const missing = await prove(t, { 'claims.yaml': claims('equal: nothing.yaml') })
  assert.equal(missing.code, 1)
  assert.match(missing.err, /claims.yaml:2:\d+: nothing.yaml: no such file/)
  assert.equal((await compared('equal', 'a', '<[>')).code, 3)
})

test('each format is printed; the JSON fits its schema', async t => {
  const files = {
    'rules.yaml': rules('<.*>'),
    'claims.yaml': `${claims(`name: "<a> | b: 1, # c"\n    ${closed}`)}  - never: { host: x }\n`,
  }
  const printed = async (format: string) => (await prove(t, files, '--format', format)).out
  const report: unknown = JSON.parse(await printed('json'))
  assertFits('docs/schemas/prove.schema.json', report)
  assert.deepEqual((report as readonly unknown[])[0], {
    claim: '<a> | b: 1, # c',
    result: 'refuted',
    reason: 'rule "r" may let it in by noop',
    witness: { method: 'GET', url: 'https://h/admin' },
  })
  assert.match(await printed('junit'), /<testcase name="&lt;a&gt; \| b: 1, # c"[^>]*><failure/)
  assert.match(await printed('tap'), /^not ok 1 - <a> \| b: 1, \\# c$/m)
  assert.match(
    await printed('github'),
    /^::error file=[^,]*claims.yaml,line=3,col=\d+,title=refuted::/,
  )
  assert.match(await printed('md'), /^\| \\<a\\> \\\| b: 1, # c \| refuted \|/m)
})

test('the command offers exactly the formats that there are', () => {
  const program = buildProgram({ out: () => undefined, err: () => undefined }, () => undefined)
  const command = program.commands.find(one => one.name() === 'prove')
  const option = command?.options.find(({ long }) => long === '--format')
  assert.deepEqual(option?.argChoices, Object.keys(formats))
})

test('a file of claims that does not exist ends with code 1, whatever its name', async t => {
  for (const name of ['nofile', 'none.yaml', 'none.txt']) {
    const { code, err } = await printedBy(
      t,
      { 'oarlock.yaml': configText(), 'rules.yaml': rules('a') },
      ['prove', '-c', '@oarlock.yaml', '--claims', `@${name}`],
    )
    assert.match(err, /found no such file, expected a readable file/)
    assert.equal(code, 1, name)
  }
  const { code } = await prove(t, { claims: 'claims: []' }, '--claims', '@claims')
  assert.equal(code, 3)
})

test('another upstream lets in the same requests: implies is proven, equal is refuted', async t => {
  const to = (host: string) => `${rules('a', 'jwt')}  upstream: { url: "http://${host}" }\n`
  for (const [claim, code, says] of [
    ['implies: "@/other.yaml"', 0, /^proven/],
    ['equal: "@/other.yaml"', 4, /^refuted.*headers: -\(upstream\): http:\/\/two/],
  ] as const) {
    const files = {
      'rules.yaml': to('one'),
      'other.yaml': configText('@/more.yaml'),
      'more.yaml': to('two'),
      'claims.yaml': claims(claim),
    }
    const proven = await prove(t, files)
    assert.match(proven.out, says)
    assert.equal(proven.code, code, proven.err)
  }
})
