/** The test files of the quickstart and of the examples hold, and each example has one. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runTests } from '../../src/insight/testing/run-tests.ts'
import { warningsOf } from '../../src/insight/testing/test-run.ts'
import { root } from '../support/folder.ts'

const folders = [
  'deploy/quickstart',
  ...readdirSync(join(root, 'envoy-examples')).map(name => `envoy-examples/${name}`),
].filter(folder => existsSync(join(root, folder, 'oarlock.yaml')))

test('there are examples', () => assert.ok(folders.length > 10))

for (const folder of folders) {
  test(`${folder}/rules.test.yaml`, async () => {
    const file = join(root, folder, 'rules.test.yaml')
    const options = { config: [], env: {}, filter: undefined, coverage: false }
    const run = await runTests([file], options)
    const { results, invalid, unreadable } = run
    assert.deepEqual([...invalid, ...unreadable, ...warningsOf(run)], [])
    assert.ok(results.length > 3)
    assert.deepEqual(
      results.filter(({ passed }) => !passed).map(one => [one.case.name, ...one.problems]),
      [],
    )
  })
}
