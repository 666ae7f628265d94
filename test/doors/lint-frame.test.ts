/** Places, levels, settings, baselines and formats of lint; its codes are tested with their pages. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'junit2json'
import { formats } from '../../src/cli/lint/formats.ts'
import { renderSarif } from '../../src/cli/lint/sarif.ts'
import { run } from '../../src/cli/run.ts'
import { codes } from '../../src/insight/lint/codes.ts'
import type { Finding } from '../../src/insight/lint/finding.ts'
import { root, temporaryFolder } from '../support/folder.ts'

const config = (folder: string, rules = 'rules.yaml') => `serve:
  api:
    forwarded: envoy
access_rules:
  repositories:
    - file://${folder}/${rules}
log:
  leak_sensitive_values: true
authenticators:
  anonymous: { enabled: true }
authorizers:
  allow: { enabled: true }
mutators:
  header: { enabled: true, config: { headers: {} } }
`

const rules = `- id: hook
  match:
    url: http://app.example/hook
    methods: [POST]
  authenticators: [{ handler: anonymous }]
  authorizer: { handler: allow }
  mutators:
    - handler: header
      config:
        headers:
          X-Mail: "{{ .Extra.mail }}"
`

interface Site {
  readonly folder: string
  readonly lint: (...args: readonly string[]) => Promise<Printed>
  readonly write: (name: string, text: string) => string
}

interface Printed {
  readonly code: number
  readonly out: string
  readonly err: string
}

function site(t: TestContext, text = rules, name = 'rules.yaml'): Site {
  const folder = temporaryFolder(t)
  const write = (file: string, content: string): string => {
    writeFileSync(join(folder, file), content)
    return join(folder, file)
  }
  write(name, text)
  const file = write('oarlock.yaml', config(folder, name))
  return {
    folder,
    write,
    lint: async (...args) => {
      const [out, err]: [string[], string[]] = [[], []]
      const print = { out: (part: string) => out.push(part), err: (part: string) => err.push(part) }
      const code = await run(['lint', '-c', file, ...args], print)
      return { code, out: out.join(''), err: err.join('') }
    },
  }
}

const found = ({ out }: Printed): readonly Finding[] => JSON.parse(out).findings

/** `code file:line:column`, with the name of the file alone. */
const places = (printed: Printed): readonly string[] =>
  found(printed).map(({ code, place }) => {
    const name = place?.file.split('/').at(-1)
    return `${code} ${name}:${place?.line}:${place?.column}`
  })

const all = [
  'leaks-in-log oarlock.yaml:8:3',
  'unsafe-method-open rules.yaml:4:5',
  'no-value rules.yaml:11:11',
]

test('findings name file, line and column of the member, in YAML and in JSON', async t => {
  const yaml = site(t)
  const printed = await yaml.lint('--format', 'json')
  assert.deepEqual(places(printed), all)
  assert.equal(
    found(printed)[0]?.place?.file,
    relative(process.cwd(), `${yaml.folder}/oarlock.yaml`),
  )
  const text = JSON.stringify(
    [
      {
        id: 'hook',
        match: { url: 'http://app.example/hook', methods: ['POST'] },
        authenticators: [{ handler: 'anonymous' }],
        authorizer: { handler: 'allow' },
        mutators: [{ handler: 'header', config: { headers: { 'X-Mail': 'x' } } }],
      },
    ],
    undefined,
    '\t',
  )
  const json = await site(t, text, 'rules.json').lint('--format', 'json')
  assert.deepEqual(places(json)[1], 'unsafe-method-open rules.json:6:4')
})

test('rules that stand in the configuration are placed at the key that has them', async t => {
  const { lint, write, folder } = site(t)
  const inline = `inline://${Buffer.from(rules).toString('base64')}`
  write('oarlock.yaml', config(folder).replace(/file:.*/, inline))
  assert.deepEqual(places(await lint('--format', 'json'))[1], 'unsafe-method-open oarlock.yaml:6:7')
})

for (const [args, code] of [
  [[], 0],
  [['--fail-level', 'warning'], 4],
  [['--fail-level', 'advice'], 4],
  [['--strict'], 4],
  [['--fail-level', 'never'], 2],
  [['--format', 'xml'], 2],
  [['--dry-run'], 2],
  [['--baseline', '/no/such/file'], 1],
  [['--settings', '/no/such/file.yaml'], 1],
] as const) {
  test(`lint ${args.join(' ')} of three warnings ends with ${code}`, async t => {
    assert.equal((await site(t).lint(...args)).code, code)
  })
}

test('invalid rules end lint with 3, after the findings of the others; missing files with 1', async t => {
  const broken = rules.replace('id: hook', 'id: broken').replace('allow', 'magic')
  const { lint, write, folder } = site(t, rules + broken)
  const printed = await lint('--format', 'json', '--strict')
  assert.equal(printed.code, 3)
  assert.deepEqual(places(printed), all)
  assert.match(printed.err, /^error: rule "broken": authorizer "magic" does not exist/m)
  write('oarlock.yaml', config(folder, 'missing.yaml'))
  assert.equal((await lint()).code, 1)
  write('oarlock.yaml', 'serve: 1\n')
  assert.equal((await lint()).code, 3)
})

test('levels of codes and of rules are set in .oarlock-lint.yaml beside the configuration', async t => {
  const { lint, write } = site(t)
  write(
    '.oarlock-lint.yaml',
    `codes:
  leaks-in-log: error
  no-value: { level: off, reason: the application knows it }
rules:
  hook:
    unsafe-method-open: advice
`,
  )
  const printed = await lint('--format', 'json')
  assert.deepEqual(
    found(printed).map(({ code, level }) => `${code} ${level}`),
    ['leaks-in-log error', 'unsafe-method-open advice'],
  )
  assert.equal(printed.code, 4)
})

for (const [what, text, expected] of [
  ['off without a reason', 'codes:\n  no-value: off\n', /:2:3 codes\.no-value: found "off"/],
  ['an empty reason', 'codes:\n  no-value: { level: off, reason: " " }\n', /codes\.no-value/],
  ['a code that does not exist', 'codes:\n  no-valeu: error\n', /:2:3 codes\.no-valeu: found/],
  ['a level that does not exist', 'codes:\n  no-value: fatal\n', /expected one of error, warning/],
  ['another key', 'code: {}\n', /:1:1 code: found .*, expected codes or rules/],
  ['no YAML', 'codes: [\n', /found/],
] as const) {
  test(`settings that are not valid end lint with 3: ${what}`, async t => {
    const { lint, write } = site(t)
    write('.oarlock-lint.yaml', text)
    const { code, err, out } = await lint()
    assert.deepEqual([code, out], [3, ''])
    assert.match(err, expected)
  })
}

test('a setting of a rule that has no such finding is reported', async t => {
  const { lint, write } = site(t)
  const text = 'rules:\n  other:\n    no-value: { level: off, reason: gone }\n'
  write('.oarlock-lint.yaml', text)
  assert.deepEqual(places(await lint('--format', 'json')), [
    'disable-unused .oarlock-lint.yaml:3:5',
    ...all,
  ])
})

const disable = (code: string, reason = ' -- because') =>
  `# oarlock-lint-disable-next-line ${code}${reason}\n`

test('a line switches off findings of the next line, and of the rule that begins there', async t => {
  const atRule = site(t, disable('no-value, unsafe-method-open') + rules)
  assert.deepEqual(places(await atRule.lint('--format', 'json')), [all[0]])
  const inside = rules.replace(
    '    methods',
    `    ${disable('unsafe-method-open')}    # and\n    methods`,
  )
  assert.deepEqual(places(await site(t, inside).lint('--format', 'json')), [
    all[0],
    'no-value rules.yaml:13:11',
  ])
  const { lint, write, folder } = site(t)
  write('oarlock.yaml', config(folder).replace('  leak', `  ${disable('leaks-in-log')}  leak`))
  assert.deepEqual(places(await lint('--format', 'json')), all.slice(1))
})

test('a comment behind the text of a line is about the next line', async t => {
  const behind = rules.replace('headers:\n', `headers: ${disable('no-value')}`)
  assert.deepEqual(places(await site(t, behind).lint('--format', 'json')), [all[0], all[1]])
})

test('a line without a reason, and one without a finding, are findings', async t => {
  const unreasoned = await site(t, disable('no-value', '') + rules).lint('--format', 'json')
  assert.deepEqual(places(unreasoned), [
    all[0],
    'disable-without-reason rules.yaml:1:1',
    'unsafe-method-open rules.yaml:5:5',
  ])
  assert.equal(unreasoned.code, 4)
  const unused = await site(t, disable('no-valeu') + rules).lint('--format', 'json')
  assert.match(unused.out, /there is no code \\"no-valeu\\"/)
  assert.ok(places(unused).includes('disable-unused rules.yaml:1:1'))
})

test('a baseline hides what was there, and shows what came, wherever the lines are', async t => {
  const { lint, write, folder } = site(t)
  const file = join(folder, 'baseline.json')
  const written = await lint('--write-baseline', file, '--strict')
  assert.deepEqual([written.code, written.out], [0, ''])
  const none = await lint('--baseline', file, '--strict', '--format', 'json')
  assert.deepEqual([none.code, found(none)], [0, []])
  assert.match(none.err, /3 findings of the baseline .* not shown/)
  write('rules.yaml', `\n\n${rules}          X-Name: "{{ .Extra.name }}"\n`)
  const grown = await lint('--baseline', file, '--strict', '--format', 'json')
  assert.deepEqual([grown.code, places(grown)], [4, ['no-value rules.yaml:14:11']])
  write('rules.yaml', rules.replaceAll('hook', 'other'))
  assert.equal(found(await lint('--baseline', file, '--format', 'json')).length, 2)
  write('baseline.json', '[]')
  assert.equal((await lint('--baseline', file)).code, 1)
})

test('the formats are those of the option, and none has colours here', async t => {
  const { lint } = site(t)
  const help: string[] = []
  await run(['lint', '--help'], { out: text => help.push(text), err: () => undefined })
  const named = /choices:\s([^)]*)\)/.exec(help.join('').replace(/\s+/g, ' '))?.[1] ?? ''
  for (const name of Object.keys(formats)) {
    assert.ok(named.includes(`"${name}"`), named)
    const { out } = await lint('--format', name)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no colours
    assert.doesNotMatch(out, /\u001b/)
    assert.match(out, /no-value/, name)
  }
})

test('pretty groups findings by file, and those that differ in the rule only', async t => {
  const { lint } = site(t, rules + rules.replaceAll('hook', 'second'))
  const { out } = await lint()
  assert.match(
    out,
    /^\S*oarlock\.yaml\n {2}8:3 warning leaks-in-log [^\n]+\n\n\S*rules\.yaml\n {2}4:5 warning unsafe-method-open rules "hook", "second": [^\n]+\n {2}11:11 warning no-value rules "hook", "second": [^\n]+\n\n5 findings: 5 warnings\n$/,
  )
})

test('compact, github, markdown and junit', async t => {
  const { lint } = site(t)
  assert.match(
    (await lint('--format', 'compact')).out,
    /^\S*rules\.yaml:11:11: warning no-value: rule "hook": mutator "header": headers\.X-Mail: \{\{ \.Extra\.mail \}\}/m,
  )
  assert.match(
    (await lint('--format', 'github')).out,
    /^::warning file=\S*rules\.yaml,line=11,col=11,title=no-value::rule "hook": mutator/m,
  )
  const { out } = await lint('--format', 'md')
  assert.match(out, /^\| warning \| no-value \| \S*rules\.yaml:11:11 \| rule "hook": /m)
  assert.match(out, /prints \\<no value\\> where/)
  const junit = (await lint('--format', 'junit')).out
  const report = await parse(junit)
  assert.ok(report && 'testsuite' in report)
  assert.deepEqual([report.tests, report.failures], [3, 3])
  const cases = report.testsuite?.[0]?.testcase ?? []
  const found = cases.find(({ classname }) => classname === 'no-value')
  assert.match(found?.name ?? '', /rules\.yaml:11:11 no-value$/)
  assert.equal(found?.failure?.[0]?.type, 'warning')
  assert.match(found?.failure?.[0]?.message ?? '', /prints <no value> where/)
  assert.match(junit, /prints &lt;no value&gt; where/)
})

const require = createRequire(import.meta.url)

test('SARIF is valid after the official schema, also with related places and without a place', async t => {
  const schema = require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json')
  const ajv = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false })
  const { $schema: _, id: __, ...body } = schema
  const check = ajv.compile(body)
  const twice = rules + rules
  const { out } = await site(t, twice).lint('--format', 'sarif')
  const log = JSON.parse(out)
  assert.ok(check(JSON.parse(out)), JSON.stringify(check.errors))
  const related = log.runs[0].results.find(
    ({ ruleId, relatedLocations }: { ruleId: string; relatedLocations?: unknown }) =>
      ruleId === 'unreachable' && relatedLocations !== undefined,
  )
  assert.equal(related.relatedLocations[0].physicalLocation.region.startLine, 14)
  assert.match(related.partialFingerprints['oarlock/v1'], /^[0-9a-f]{32}$/)
  assert.ok(check(JSON.parse(sarifOf([finding({ place: null })]))), JSON.stringify(check.errors))
  assert.equal(check({ ...log, version: '2.0.0' }), false)
})

const finding = (parts: Partial<Finding>): Finding => ({
  code: 'no-value',
  level: 'advice',
  message: 'a message',
  rule: 'r',
  place: { file: 'a b.yaml', line: 1, column: 2 },
  related: [],
  witness: null,
  fingerprint: '0',
  ...parts,
})

const sarifOf = (findings: readonly Finding[]): string =>
  renderSarif({ findings, hasColours: false })

test('SARIF has at most 5,000 results, the worst ones, and says what was cut', () => {
  const many = Array.from({ length: 6000 }, () => finding({}))
  const { results, invocations } = JSON.parse(
    sarifOf([...many, finding({ level: 'error', code: 'overlap' })]),
  ).runs[0]
  assert.equal(results.length, 5000)
  assert.equal(results[0].ruleId, 'overlap')
  assert.match(
    invocations[0].toolExecutionNotifications[0].message.text,
    /^1001 of 6001 results were left out/,
  )
})

test('reports in JSON are as docs/schemas/lint.schema.json says, whose codes are those of the program', async t => {
  const schema = JSON.parse(readFileSync(join(root, 'docs/schemas/lint.schema.json'), 'utf8'))
  const check = new Ajv2020().compile(schema)
  const { out } = await site(t, rules + rules).lint('--format', 'json')
  assert.ok(check(JSON.parse(out)), JSON.stringify(check.errors))
  assert.deepEqual(schema.$defs.finding.properties.code.enum, Object.keys(codes).sort())
})

test('control characters of rules are not printed', async t => {
  const { lint } = site(t, rules.replace('id: hook', 'id: "a\\u001b[31m\\nb"'))
  for (const format of ['compact', 'pretty', 'github', 'md']) {
    const { out } = await lint('--format', format)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters
    assert.doesNotMatch(out, /[\u0000-\u0009\u000b-\u001f]|a.{0,8}\nb/)
  }
})

test('--fix changes what lets no more requests in; --dry-run prints it', async t => {
  const { lint, folder } = site(t, rules.replace('mail }}"', 'mail }}" # X-Mail'))
  const text = (name: string) => readFileSync(join(folder, name), 'utf8')
  const before = [text('rules.yaml'), text('oarlock.yaml')]
  const dry = await lint('--fix', '--dry-run')
  assert.equal(dry.code, 0)
  assert.match(
    dry.out,
    /^@@ -8 \+8 @@\n- {2}leak_sensitive_values: true\n\+ {2}leak_sensitive_values: false$/m,
  )
  assert.match(
    dry.out,
    /^-.*\{\{ \.Extra\.mail \}\}" # X-Mail\n\+.*\{\{ print \.Extra\.mail \}\}" # X-Mail$/m,
  )
  assert.deepEqual([text('rules.yaml'), text('oarlock.yaml')], before)
  const fixed = await lint('--fix', '--format', 'json')
  assert.deepEqual(places(fixed), ['unsafe-method-open rules.yaml:4:5'])
  assert.match(fixed.err, /2 lines changed/)
  assert.equal(text('rules.yaml'), before[0]?.replace('{{ .Extra', '{{ print .Extra'))
  assert.equal((await lint('--fix', '--dry-run')).out, '')
})

test('-c - reads the configuration from standard input', t => {
  const { folder } = site(t)
  const args = ['--import', 'tsx', 'src/main.ts', 'lint', '-c', '-', '--format', 'compact']
  const options = { input: config(folder), encoding: 'utf8', cwd: root } as const
  const { status, stdout, stderr } = spawnSync('node', args, options)
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^-:8:3: warning leaks-in-log: /m)
})
