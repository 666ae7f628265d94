/** What `test` answers when it tests nothing. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { exitCode } from '../../../src/cli/exit-codes.ts'
import { run } from '../../../src/cli/run.ts'
import { temporaryFolder } from '../../support/folder.ts'

const enabled = { enabled: true }
const config = {
  access_rules: { repositories: ['inline://W10='] },
  authenticators: { noop: enabled },
  authorizers: { allow: enabled },
  mutators: { noop: enabled },
}
const denied = {
  name: 'unknown paths',
  request: { method: 'GET', url: 'https://shop.example/' },
  expect: { deny: 404 },
}

async function tested(t: TestContext, tests: readonly object[], flags: readonly string[]) {
  const folder = temporaryFolder(t)
  const files = { config: join(folder, 'oarlock.json'), tests: join(folder, 'a.test.yaml') }
  writeFileSync(files.config, JSON.stringify(config))
  writeFileSync(files.tests, JSON.stringify({ oarlock_test: 1, tests }))
  let text = ''
  const add = (part: string): void => {
    text += part
  }
  const code = await run(['test', files.tests, '-c', files.config, ...flags], {
    out: add,
    err: add,
  })
  return { code, text }
}

test('a filter that finds a test runs it', async t => {
  const { code, text } = await tested(t, [denied], ['--filter', 'unknown'])
  assert.equal(code, exitCode.fine, text)
})

test('a filter that finds no test is an error', async t => {
  const { code, text } = await tested(t, [denied], ['--filter', 'unknwon'])
  assert.equal(code, exitCode.usage)
  assert.match(text, /--filter: found no test with "unknwon"/)
})

test('files without a test are an error', async t => {
  const { code, text } = await tested(t, [], [])
  assert.equal(code, exitCode.usage)
  assert.match(text, /found no test in these files/)
})
