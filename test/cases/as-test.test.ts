/** The cases that the format of `oarlock test` can say hold there, too: its doors answer as the real ones do. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runTests } from '../../src/insight/testing/run-tests.ts'
import { temporaryFolder } from '../support/folder.ts'
import { asTest } from './as-test.ts'
import { parseCases } from './run-case.ts'

const folder = new URL('.', import.meta.url)
const files = readdirSync(folder).filter(name => name.endsWith('.yaml'))
const left = new Map<string, number>()
let count = 0

for (const name of files) {
  for (const tested of parseCases(readFileSync(new URL(name, folder), 'utf8'))) {
    const written = asTest(tested)
    if (typeof written === 'string') {
      left.set(written, (left.get(written) ?? 0) + 1)
      continue
    }
    count += 1
    test(`${name}: ${tested.name}, by oarlock test`, async t => {
      const place = temporaryFolder(t)
      writeFileSync(join(place, 'oarlock.json'), JSON.stringify(written.config))
      const file = join(place, 'a.test.yaml')
      writeFileSync(file, JSON.stringify(written.file))
      const options = { config: [], env: {}, filter: undefined, coverage: false }
      const { results, invalid } = await runTests([file], options)
      assert.ok(results.length > 0, invalid.join('; '))
      assert.deepEqual(
        results.map(({ problems }) => problems),
        [[]],
      )
    })
  }
}

test('most cases can be said', t => {
  t.diagnostic(JSON.stringify([count, ...left]))
  assert.ok(count >= 132, String(count))
})
