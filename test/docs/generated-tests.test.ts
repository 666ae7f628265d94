/** `oarlock test --generate`: what it writes for our examples passes at once, and reaches most of what there is. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { stringify } from 'yaml'
import { run } from '../../src/cli/run.ts'
import { fencesIn } from '../support/fences.ts'
import { root, temporaryFolder } from '../support/folder.ts'
import { opa, shopHandlers } from '../support/shop.ts'

async function cli(...args: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await run(args, { out: text => out.push(text), err: text => err.push(text) })
  return { code, out: out.join(''), err: err.join('') }
}

interface Report {
  readonly tests: readonly { readonly passed: boolean; readonly problem: string | null }[]
  readonly coverage: { readonly covered: number; readonly missing: readonly string[] }
  readonly warnings: readonly string[]
}

/** Generates, and runs what was generated. */
async function generated(t: TestContext, config: string) {
  const file = join(temporaryFolder(t), 'new.test.yaml')
  const { code, err } = await cli('test', '-c', config, '--generate', file)
  assert.deepEqual([code, err], [0, ''])
  const ran = await cli('test', file, '--format', 'json')
  const report = JSON.parse(ran.out) as Report
  assert.deepEqual(
    report.tests.flatMap(({ problem }) => problem ?? []),
    [],
  )
  assert.equal(ran.code, 0, ran.err)
  assert.deepEqual(report.warnings, [])
  return { file, text: readFileSync(file, 'utf8'), report }
}

const examples = [
  'deploy/quickstart',
  ...readdirSync(join(root, 'envoy-examples')).map(name => `envoy-examples/${name}`),
].filter(folder => existsSync(join(root, folder, 'oarlock.yaml')))

for (const folder of examples) {
  test(`the tests that are generated for ${folder} pass`, async t => {
    const { report } = await generated(t, join(root, folder, 'oarlock.yaml'))
    assert.ok(report.tests.length > 2)
    const unmatched = report.coverage.missing.filter(item => item.endsWith(': matched'))
    assert.deepEqual(unmatched, [])
  })
}

for (const page of ['docs/tutorial.md', 'docs/commands/test.md', 'docs/commands/prove.md']) {
  test(`the tests that are generated for the rules of ${page} pass`, async t => {
    const folder = temporaryFolder(t)
    for (const { text, attributes } of fencesIn(readFileSync(join(root, page), 'utf8'))) {
      const name = attributes.get('file')
      if (name !== undefined && !name.includes('/')) writeFileSync(join(folder, name), text)
    }
    const before = process.cwd()
    t.after(() => process.chdir(before))
    process.chdir(folder)
    const { report } = await generated(t, 'oarlock.yaml')
    assert.ok(report.tests.length > 3)
  })
}

const rule = (id: string, more: object) => ({
  id,
  match: { url: `https://shop.test/${id}`, methods: ['GET', 'POST'] },
  authenticators: [{ handler: 'jwt' }, { handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
  ...more,
})

function folderWith(t: TestContext, rules: readonly object[]): string {
  const folder = temporaryFolder(t)
  const repositories = [`file://${folder}/rules.yaml`]
  const config = { ...shopHandlers, access_rules: { repositories } }
  writeFileSync(join(folder, 'oarlock.yaml'), stringify(config))
  writeFileSync(join(folder, 'rules.yaml'), stringify(rules))
  return folder
}

test('every branch has a row: credentials, methods, when both ways, calls, near misses', async t => {
  const folder = folderWith(t, [
    rule('judged', { authorizer: { handler: 'remote_json' } }),
    rule('sometimes', {
      mutators: [
        { handler: 'header' },
        {
          handler: 'header',
          when: 'request.headers["x-plan"] == "gold" && session.subject == "alice"',
          config: { headers: { 'X-Gold': 'plan-gold' } },
        },
      ],
    }),
  ])
  const { report, text } = await generated(t, join(folder, 'oarlock.yaml'))
  assert.deepEqual(report.coverage.missing, [])
  assert.ok(text.includes(`POST ${opa}`), text)
  assert.match(text, /PUT https:\/\/shop\.test\/judged, expect: \{deny: 404/)
  assert.match(text, /X-Gold: plan-gold/)
})

test('a file that exists is not touched', async t => {
  const folder = folderWith(t, [rule('a', {})])
  const file = join(folder, 'a.test.yaml')
  writeFileSync(file, 'mine')
  const { code, err } = await cli('test', '-c', join(folder, 'oarlock.yaml'), '--generate', file)
  assert.equal(code, 2)
  assert.match(err, /--generate: \S*a\.test\.yaml exists, expected none/)
  assert.equal(readFileSync(file, 'utf8'), 'mine')
})

test('rules that are not valid are named, and nothing is written', async t => {
  const folder = folderWith(t, [rule('a', { authorizer: { handler: 'magic' } })])
  const file = join(folder, 'a.test.yaml')
  const { code, err } = await cli('test', '-c', join(folder, 'oarlock.yaml'), '--generate', file)
  assert.equal(code, 3)
  assert.match(err, /rule "a": authorizer "magic" does not exist/)
  assert.equal(existsSync(file), false)
  assert.equal((await cli('test', '--generate', file)).code, 2)
})

test('what differs with each run, and secrets, are not pinned', async t => {
  const headers = { 'X-Random': '{{ uuidv4 }}', 'X-Api-Key': 'k', 'X-Kind': 'a' }
  const folder = folderWith(t, [
    rule('a', { mutators: [{ handler: 'header', config: { headers } }] }),
  ])
  const { text } = await generated(t, join(folder, 'oarlock.yaml'))
  assert.match(text, /X-Kind: a/)
  assert.doesNotMatch(text, /X-Random|X-Api-Key/)
})
