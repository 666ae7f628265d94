/** The troubleshooting page: its examples give what it shows, and the texts that it quotes are the program's. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../support/folder.ts'
import { testExamples } from './check-page.ts'
import { quotedIn, unknownIn } from './quoted.ts'

testExamples('docs/troubleshooting.md', 1)
testExamples('docs/migrating-from-oathkeeper.md', 2)

for (const [file, least] of [
  ['docs/troubleshooting.md', 35],
  ['docs/migrating-from-oathkeeper.md', 5],
] as const) {
  test(`${file}: the program contains every text that the page quotes`, () => {
    const page = readFileSync(join(root, file), 'utf8')
    assert.ok(quotedIn(page).length >= least, `${quotedIn(page).length} texts`)
    assert.deepEqual(unknownIn(page), [])
  })
}

test('a text that the program does not contain is found', () => {
  assert.deepEqual(unknownIn('| `no such text of … at all` | x |\n'), ['no such text of … at all'])
})
