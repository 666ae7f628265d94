/** What `oarlock test` writes for other programs, read by such programs. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import lcovParser from '@friedemannsommer/lcov-parser/sync'
import { parse as parseJunit } from 'junit2json'
import { stringify } from 'yaml'
import { run } from '../../src/cli/run.ts'
import { temporaryFolder } from '../support/folder.ts'
import { shopHandlers } from '../support/shop.ts'

const rules = `- id: open
  match: { url: https://shop.test/open, methods: [GET] }
  authenticators: [{ handler: anonymous }]
  authorizer: { handler: allow }
  mutators:
    - handler: header
      when: request.method == "GET"
      config:
        headers:
          X-Kind: '{{ if eq .Subject "anonymous" }}guest{{ else }}user{{ end }}'
          X-List: |-
            a {{ range .Extra.list }}b{{ end }}
            {{- with .Extra.no }}c{{ else }}{{ if .Extra.other }}d{{ end }}{{ end }}
- id: mine
  match: { url: https://shop.test/mine, methods: [GET] }
  authenticators: [{ handler: jwt }]
  authorizer: { handler: allow }
  mutators: [{ handler: header }]
`

const open = { name: 'open', request: 'GET https://shop.test/open', expect: { allow: 'open' } }

async function tested(t: TestContext, tests: readonly object[], ...flags: readonly string[]) {
  const folder = temporaryFolder(t)
  const repositories = [`file://${folder}/rules.yaml`]
  const config = { ...shopHandlers, access_rules: { repositories } }
  writeFileSync(join(folder, 'oarlock.yaml'), stringify(config))
  writeFileSync(join(folder, 'rules.yaml'), rules)
  const file = join(folder, 'a.test.yaml')
  writeFileSync(file, stringify({ oarlock_test: 1, config: 'oarlock.yaml', tests }))
  const [out, err]: [string[], string[]] = [[], []]
  const filled = flags.map(flag => flag.replace('FOLDER', folder))
  const code = await run(['test', file, ...filled], {
    out: text => out.push(text),
    err: text => err.push(text),
  })
  return { folder, code, out: out.join(''), err: err.join('') }
}

test('LCOV: a reader finds the lines that were run, and the branches', async t => {
  const { folder, code } = await tested(t, [open], '--lcov', 'FOLDER/lcov.info')
  assert.equal(code, 0)
  const [section, ...others] = lcovParser({ from: readFileSync(join(folder, 'lcov.info')) })
  assert.ok(section !== undefined && others.length === 0)
  assert.match(section.path, /rules\.yaml$/)
  const { lines, branches } = section
  // Once for each of the three doors.
  const hits = Object.fromEntries(lines.details.map(({ line, hit }) => [line, hit]))
  assert.deepEqual(hits, { 1: 3, 3: 3, 4: 3, 6: 3, 10: 3, 11: 3, 14: 0, 16: 0, 17: 0, 18: 0 })
  assert.deepEqual([lines.instrumented, lines.hit], [10, 6])
  const all = branches.details.map(({ line, hit }) => [line, hit])
  assert.equal(branches.instrumented, all.length)
  assert.equal(branches.hit, all.filter(([, hit]) => Number(hit) > 0).length)
  assert.deepEqual(
    all.filter(([line]) => line === 10).map(([, hit]) => hit),
    [3, 0],
  )
})

test('LCOV: a file that cannot be written is 1', async t => {
  const { code, err } = await tested(t, [open], '--lcov', 'FOLDER/none/lcov.info')
  assert.equal(code, 1)
  assert.match(err, /--lcov: \S*lcov\.info cannot be written \(ENOENT\)/)
})

test('coverage names the branches of templates that were not taken', async t => {
  const { out } = await tested(t, [open], '--coverage')
  const missing = out
    .split('\n')
    .filter(line => line.includes('mutator header: headers.'))
    .map(line => line.replace('not reached: rule "open": mutator header: headers.', ''))
  assert.deepEqual(missing, [
    'X-Kind: else of if (line 1, column 1)',
    'X-List: range (line 1, column 3)',
    'X-List: with (line 2, column 1)',
    'X-List: if (line 2, column 33)',
  ])
})

const texts = ['a "b" <c> & \'d\'', 'line\nbreak\ttab', 'ümläut 🦀', '#1: ]]> &amp;']

test('JUnit: a reader sees the same counts, names and messages', async t => {
  const get = 'GET https://shop.test/open'
  const failing = texts.map(text => ({ name: text, request: get, expect: { allow: text } }))
  const skipped = { ...open, name: 'later', skip: 'not "yet" & <so>' }
  const { out, code } = await tested(t, [open, ...failing, skipped], '--format', 'junit')
  assert.equal(code, 4)
  const report = await parseJunit(out)
  assert.ok(report && 'testsuite' in report)
  const { tests, failures, errors, testsuite = [] } = report
  assert.deepEqual({ tests, failures, errors }, { tests: 6, failures: 4, errors: 0 })
  const [suite] = testsuite
  assert.deepEqual([suite?.tests, suite?.failures, suite?.errors, suite?.skipped], [6, 4, 0, 1])
  const cases = suite?.testcase ?? []
  assert.deepEqual(
    cases.map(({ name }) => name),
    ['open', ...texts, 'later'],
  )
  assert.deepEqual(cases.at(-1)?.skipped, [{ message: 'not "yet" & <so>' }])
  for (const [i, text] of texts.entries()) {
    const [failure] = cases[i + 1]?.failure ?? []
    assert.equal(
      failure?.message,
      `engine: expected rule "${text}" to allow it, got an allow by rule "open"`,
    )
    assert.match(failure?.inner ?? '', /a\.test\.yaml:\d+\nengine: /)
  }
})

test('JUnit: a file that is not valid is an error there', async t => {
  const { out, code } = await tested(t, [open, { ...open, as: 'eve' }], '--format', 'junit')
  assert.equal(code, 3)
  const report = await parseJunit(out)
  assert.ok(report && 'testsuite' in report)
  assert.deepEqual([report.tests, report.errors], [1, 1])
  assert.match(report.testsuite?.[0]?.testcase?.[0]?.error?.[0]?.message ?? '', /found "eve"/)
})

/** Attributes that the schema of Jenkins' xUnit plugin (junit-10.xsd) has. */
const known: Readonly<Record<string, readonly string[]>> = {
  testsuites: ['name', 'time', 'tests', 'failures', 'errors'],
  testsuite: ['name', 'tests', 'failures', 'errors', 'skipped', 'time', 'file'],
  testcase: ['name', 'time', 'classname'],
  failure: ['type', 'message'],
  error: ['type', 'message'],
  skipped: ['type', 'message'],
}

test('JUnit: no attribute that a strict consumer refuses', async t => {
  const skipped = { ...open, skip: 'later' }
  const wrong = { ...open, expect: { deny: 401 } }
  const { out } = await tested(t, [open, wrong, skipped], '--format', 'junit')
  const elements = [...out.matchAll(/<([a-z]+)((?: [a-z]+="[^"]*")*)\/?>/g)]
  assert.equal(elements.length, 7)
  for (const [, element = '', attributes = ''] of elements) {
    const names = [...attributes.matchAll(/ ([a-z]+)=/g)].map(([, name = '']) => name)
    assert.deepEqual(
      names.filter(name => !known[element]?.includes(name)),
      [],
      element,
    )
  }
})
