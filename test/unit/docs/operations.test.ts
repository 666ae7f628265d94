/** The operations guide names only keys and alerts that exist. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { isKey, keysIn, schemaOf } from '../../support/config-keys.ts'
import { root } from '../../support/folder.ts'

const text = readFileSync(join(root, 'docs/operations.md'), 'utf8')
test('each key exists', () => {
  const keys = keysIn(text)
  assert.ok(keys.length > 60, `${keys.length} keys were found`)
  assert.deepEqual(
    keys.filter(key => !isKey(key)),
    [],
  )
})

test('a key that does not exist is found', () => {
  assert.deepEqual(keysIn('`serve.api.nothing: 1`, `details.x`, `limits.body.bytes`').map(isKey), [
    false,
    true,
  ])
})

interface Alerts {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[]
}

test('each alert exists', () => {
  const file = readFileSync(join(root, 'deploy/prometheus/alerts.yaml'), 'utf8')
  const { groups } = parse(file) as Alerts
  const known = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert))
  const named = [...text.matchAll(/`(Oarlock\w+)`/g)].map(([, name = '']) => name)
  assert.ok(named.length > 5)
  assert.deepEqual(
    named.filter(name => !known.includes(name)),
    [],
  )
})

/** Rows of the table of limits: keys, and the default of each. */
const [, limits = ''] = text.split('## Limits and time-outs')
const limitRows = [...limits.matchAll(/^\| ((?:`[a-z._]+`(?:, )?)+) \| `?([0-9a-z,]+)`?[^|]*\|/gm)]

test('each default in the table of limits is that of the schema', () => {
  const found = limitRows.flatMap(([, keys = '', value = '']) =>
    keysIn(keys).map(key => [key, value.replaceAll(',', '')] as const),
  )
  assert.ok(found.length > 12, `${found.length} defaults were found`)
  assert.deepEqual(
    found.filter(([key, value]) => String(schemaOf(key)?.default) !== value),
    [],
  )
})
