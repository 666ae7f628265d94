/** Lint finds nothing in the examples of this repository. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { configurations } from '../support/examples.ts'
import { root, temporaryFolder } from '../support/folder.ts'

test('there are examples', () => assert.ok(configurations.length > 30, `${configurations.length}`))

for (const file of configurations) {
  test(`lint has no findings: ${file}`, async t => {
    assert.equal(await lint(t, file), 'no findings\n')
  })
}

/** Rules that are mounted elsewhere are those beside the configuration. */
async function lint(t: TestContext, file: string): Promise<string> {
  const lines: string[] = []
  const print = (text: string): void => void lines.push(text)
  const folders = [dirname(file), dirname(dirname(file)), dirname(dirname(dirname(file)))]
  const settings = folders.map(folder => join(root, folder, '.oarlock-lint.yaml'))
  const args = ['--settings', settings.find(one => existsSync(one)) ?? '']
  await run(['lint', '-c', withRules(t, file), ...args], { out: print, err: print })
  return lines.join('')
}

function withRules(t: TestContext, file: string): string {
  const text = readFileSync(join(root, file), 'utf8')
  const rules = join(root, dirname(file), 'rules.yaml')
  if (!/file:\/\/\/etc\//.test(text)) return join(root, file)
  const own = existsSync(rules) ? rules : join(root, 'envoy-examples/grpc/rules.yaml')
  const copy = join(temporaryFolder(t), 'oarlock.yaml')
  writeFileSync(copy, text.replace(/file:\/\/\/etc\/\S+/, `file://${own}`))
  return copy
}
