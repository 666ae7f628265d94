/** Configurations recorded with Oathkeeper: Oarlock accepts and refuses the same ones. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { issuesOf } from './support.ts'

interface Recorded {
  readonly config: object
  readonly env?: Readonly<Record<string, string>>
}

const recorded = JSON.parse(
  readFileSync(new URL('recorded-configs.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Recorded>>

test('there are many recorded configurations, accepted and refused ones', () => {
  const names = Object.keys(recorded)
  assert.ok(names.length >= 129)
  assert.ok(names.filter(name => name.startsWith('config-refused-')).length >= 6)
})

for (const [name, { config, env = {} }] of Object.entries(recorded)) {
  const isRefused = name.startsWith('config-refused-')
  test(`${name} is ${isRefused ? 'refused' : 'accepted'}`, async t => {
    const issues = await issuesOf(t, { 'a.json': JSON.stringify(config) }, env)
    if (isRefused) assert.notDeepEqual(issues, [])
    else assert.deepEqual(issues, [])
  })
}
