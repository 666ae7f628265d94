import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { root } from '../support/folder.ts'
import { runScenario } from './scenario.ts'
import { readYaml } from './yaml.ts'

interface Verdict {
  readonly verdict: 'fix' | 'keep'

  readonly differs: readonly string[]
}

const here = new URL('.', import.meta.url).pathname
const command = `"${process.execPath}" "${join(root, 'dist/main.js')}"`
const verdicts = readYaml(readFileSync(join(here, 'quirks.yaml'), 'utf8')) as unknown as Readonly<
  Record<string, Verdict>
>
const names = readdirSync(join(here, 'quirks')).map(file => file.replace('.yaml', ''))
const page = readFileSync(join(root, 'docs/compatibility.md'), 'utf8')

describe('mistakes of Oathkeeper', { concurrency: 2 }, () => {
  test('every recording has an entry here and in the documentation', () => {
    assert.deepEqual(Object.keys(verdicts).sort(), names.sort())
    for (const name of names) {
      const row = new RegExp(`^\\| \`${name.replace('quirk-', '')}\` \\|.*\\| (\\w+) \\|$`, 'm')
      const word = verdicts[name]?.verdict === 'fix' ? 'fixed' : 'kept'
      assert.equal(row.exec(page)?.[1], word, name)
    }
  })

  for (const name of names) {
    test(`${name}: exactly the listed checks differ`, async () => {
      const file = join(here, 'quirks', `${name}.yaml`)
      const { misses } = await runScenario(file, { command })
      assert.deepEqual(
        misses.map(({ check }) => check).sort(),
        [...(verdicts[name]?.differs ?? [])].sort(),
      )
    })
  }
})
