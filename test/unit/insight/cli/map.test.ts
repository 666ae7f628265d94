import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formats } from '../../../../src/cli/map/formats.ts'
import { buildProgram } from '../../../../src/cli/run.ts'
import { splitUrl } from '../../../../src/insight/map/split-url.ts'
import type { Cleanup } from '../../../support/cleanup.ts'
import { configText, printedBy } from '../../../support/printed-by.ts'
import { assertFits } from '../../../support/report-schema.ts'

const map = (t: Cleanup, rules: object, format: string) =>
  printedBy(t, { 'oarlock.yaml': configText(), 'rules.yaml': JSON.stringify(rules) }, [
    'map',
    '-c',
    '@oarlock.yaml',
    '--format',
    format,
  ])

const rule = (id: string, match: object, ...authenticators: readonly string[]) => ({
  id,
  match,
  authenticators: authenticators.map(handler => ({ handler })),
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header', config: { headers: { 'X-Secret': 'do-not-show' } } }],
})

const rules = [
  rule('url', { url: '<https?>://h/a/<[^/]+>', methods: ['get'] }, 'jwt'),
  rule('parts', { hosts: ['b.example', 'a.example'], paths: ['/x'] }, 'noop', 'jwt'),
  rule('grpc', { authority: 'g.example', full_method: 'a.B/C' }, 'unauthorized', 'anonymous'),
  rule('red', { hosts: ['c.example'], headers: { 'X-T': 'red' }, query: { q: null } }, 'jwt'),
  rule('all', { hosts: ['c.example'], default: true }, 'jwt', 'anonymous'),
  {
    ...rule('any', { hosts: ['d.example'] }, 'jwt'),
    authorizer: undefined,
    authorizers: [
      { any: [{ handler: 'deny' }, { handler: 'cel', config: { expression: 'true' } }] },
    ],
  },
  rule('twice', { hosts: ['d.example'], paths: ['/y'] }, 'jwt'),
]

test('one entry for each host and path, with who gets in, by what, and what is set', async t => {
  const { out, code } = await map(t, rules, 'json')
  assert.equal(code, 0)
  const report = JSON.parse(out) as { entries: readonly Record<string, unknown>[] }
  assertFits('docs/schemas/map.schema.json', report)
  assert.deepEqual(
    report.entries.map(({ host, path, methods, rule: id, who, by, authorizers }) =>
      [host, path, methods, id, who, by, authorizers].join(' '),
    ),
    [
      'a.example /x  parts everybody noop,jwt allow',
      'b.example /x  parts everybody noop,jwt allow',
      'c.example /**  red credential jwt allow',
      'c.example /**  all everybody jwt,anonymous allow',
      'd.example /**  any credential jwt any of deny, cel',
      'd.example /y  twice credential jwt allow',
      'g.example /a.B/C POST grpc nobody unauthorized,anonymous allow',
      'h /a/<[^/]+> GET url credential jwt allow',
    ],
  )
  const [, , red, all, any] = report.entries
  assert.deepEqual(red?.['conditions'], ['header X-T: red', 'no query q'])
  assert.equal(all?.['default'], true)
  assert.deepEqual(any?.['conflicts'], ['twice'])
  assert.deepEqual(any?.['sets'], { headers: ['X-Secret', 'X-User'], query: [], response: [] })
})

test('no value is printed, and nothing breaks a table or a page', async t => {
  const hostile = rule(
    '<script>alert(1)</script>|\u001b[31m\n`',
    { url: 'https://h/<"|&.*>', methods: ['G<T'] },
    'noop',
  )
  for (const format of Object.keys(formats)) {
    const { out } = await map(t, [hostile, ...rules], format)
    assert.ok(!out.includes('do-not-show'), format)
    assert.ok(!out.includes('\u001b'), format)
    if (format === 'html') assert.ok(!out.includes('<script'), out)
    if (format !== 'md') continue
    const rows = out.trim().split('\n')
    assert.equal(rows.length, 2 + 9)
    for (const row of rows) assert.equal(row.match(/(?<!\\)\|/g)?.length, 9, row)
  }
})

test('a URL pattern is split at its host and its path', () => {
  const parts = (source: string) => Object.values(splitUrl(source)).join(' ')
  assert.equal(parts('https://h:1/a/<b/c>'), 'https h:1 /a/<b/c>')
  assert.equal(parts('<https?>://<[^/]+>.h/<.*>'), '<https?> <[^/]+>.h /<.*>')
  assert.equal(parts('https://h<(/.*)?>'), 'https h <(/.*)?>')
  assert.equal(parts('https://<.*>'), 'https <.*> ')
  assert.equal(parts('<.*>'), ' * <.*>')
})

test('the command offers exactly the formats that there are', () => {
  const program = buildProgram({ out: () => undefined, err: () => undefined }, () => undefined)
  const command = program.commands.find(one => one.name() === 'map')
  const option = command?.options.find(({ long }) => long === '--format')
  assert.deepEqual(option?.argChoices, Object.keys(formats))
})
