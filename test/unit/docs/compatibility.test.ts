/** The page of differences and the lists of the recordings must agree. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readDeliberate } from '../../conformance/deliberate.ts'
import { readYaml } from '../../conformance/yaml.ts'
import { root } from '../../support/folder.ts'

const page = readFileSync(join(root, 'docs/compatibility.md'), 'utf8')
const [tables = '', listed = ''] = page.split('## Differences in recorded answers')
const deliberate = readDeliberate(join(root, 'test/conformance/deliberate.yaml'))

/** `fix Q9: text` and `host: text` as tag and text. */
const reasons = new Set(Object.values(deliberate).flatMap(checks => Object.values(checks)))
const entries = [...reasons].map(reason => {
  const [, tag = '', text = ''] = /^(?:fix )?([^:]+): (.+)$/s.exec(reason) ?? []
  return { tag, text: text.trim() }
})

test('the page lists exactly the reasons for deliberate differences', () => {
  assert.ok(entries.length > 20)
  const lines = [...listed.matchAll(/^- \[([^\]]+)\] (.+)$/gm)].map(
    ([, tag, text]) => `${tag}: ${text}`,
  )
  assert.deepEqual(lines.sort(), entries.map(({ tag, text }) => `${tag}: ${text}`).sort())
})

const tagsIn = (text: string): readonly string[] =>
  [...text.matchAll(/ \[([^\]`(]+)\](?!\()/g)].flatMap(([, tags = '']) => tags.split(', '))

test('each word in brackets occurs in a table, too', () => {
  const tags = new Set(tagsIn(tables))
  assert.deepEqual(
    [...new Set(entries.map(({ tag }) => tag))].filter(tag => !tags.has(tag)),
    [],
  )
})

test('each row describes both programs', () => {
  const rows = tables.split('\n').filter(line => line.startsWith('| ') && !line.startsWith('| ---'))
  assert.ok(rows.length > 100)
  for (const row of rows) {
    const cells = row
      .replaceAll('\\|', '')
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim())
    assert.ok(cells.length >= 3 && cells.every(cell => cell !== ''), row)
  }
})

test('each recorded mistake that is fixed has a row', () => {
  const quirks = readYaml(readFileSync(join(root, 'test/conformance/quirks.yaml'), 'utf8')) ?? {}
  for (const name of Object.keys(quirks)) {
    assert.ok(tables.includes(`| \`${name.replace('quirk-', '')}\` |`), name)
  }
})
