/** `untested-rule`: what counts as a test of a rule, and when nothing is said. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { stringify } from 'yaml'
import { run } from '../../../../src/cli/run.ts'
import type { Finding } from '../../../../src/insight/lint/finding.ts'
import { temporaryFolder } from '../../../support/folder.ts'
import { common, plainRule } from '../../../support/lint.ts'

const rules = [plainRule('orders'), plainRule('invoices')]
const asks = (id: string, more: object = {}) => ({
  name: id,
  request: `GET https://shop.example/${id}`,
  expect: { deny: 401 },
  ...more,
})

/** Ids of the rules that are said to have no test. */
async function untested(
  t: TestContext,
  tests: readonly object[] | undefined,
  config = 'oarlock.yaml',
): Promise<readonly (string | null)[]> {
  const folder = temporaryFolder(t)
  const repositories = [`file://${folder}/rules.json`]
  writeFileSync(join(folder, 'rules.json'), JSON.stringify(rules))
  const all = stringify(
    { ...common, access_rules: { repositories } },
    { aliasDuplicateObjects: false },
  )
  writeFileSync(join(folder, 'oarlock.yaml'), all)
  if (tests !== undefined) {
    const file = { oarlock_test: 1, config, tests }
    writeFileSync(join(folder, 'shop.test.yaml'), JSON.stringify(file))
  }
  const out: string[] = []
  const print = { out: (text: string) => out.push(text), err: (text: string) => out.push(text) }
  await run(['lint', '-c', join(folder, 'oarlock.yaml'), '--format', 'json'], print)
  const { findings } = JSON.parse(out.join('')) as { readonly findings: readonly Finding[] }
  return findings.filter(({ code }) => code === 'untested-rule').map(({ rule }) => rule)
}

for (const [what, tests, expected] of [
  ['a denied request that a rule matches', [asks('orders')], ['invoices']],
  ['tests of both', [asks('orders'), asks('invoices')], []],
  ['a request that no rule matches', [asks('other')], ['orders', 'invoices']],
  ['a test that is skipped', [asks('orders', { skip: 'later' })], ['orders', 'invoices']],
  ['no test file', undefined, []],
  ['a file that is not valid', [{ name: 'orders', expect: {} }], []],
] as const) {
  test(what, async t => assert.deepEqual(await untested(t, tests), expected))
}

test('tests of another configuration', async t => {
  assert.deepEqual(await untested(t, [asks('orders')], 'other.yaml'), [])
})
