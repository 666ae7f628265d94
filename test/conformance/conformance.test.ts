import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { collect } from './collect.ts'
import { readDeliberate, withoutDeliberate } from './deliberate.ts'
import { runScenario, scenarioName } from './scenario.ts'

const here = new URL('.', import.meta.url).pathname
const program = join(here, '../../dist/main.js')
const command = `"${process.execPath}" "${program}"`
const deliberate = readDeliberate(join(here, 'deliberate.yaml'))
const files = collect([join(here, 'cases')])

describe('answers recorded from Oathkeeper', { concurrency: 2 }, () => {
  test('there is at least one scenario', () => {
    assert(existsSync(program), 'build first: dist/main.js is missing')
    assert(files.length > 0, 'no scenario was found')
  })

  test('every listed difference belongs to a scenario', () => {
    const names = files.map(scenarioName)
    const lost = Object.keys(deliberate).filter(name => !names.includes(name))
    assert.deepEqual(lost, [])
  })

  for (const file of files) {
    test(scenarioName(file), async () => {
      const result = await runScenario(file, { command })
      assert.deepEqual(withoutDeliberate(result, deliberate).misses, [])
    })
  }
})
