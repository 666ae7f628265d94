import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { known } from '../../differential/known.ts'
import { root } from '../../support/folder.ts'

test('every difference that is ignored is listed in the documentation', () => {
  const page = readFileSync(join(root, 'docs/compatibility.md'), 'utf8')
  for (const { subject } of known) assert.ok(page.includes(`| ${subject} |`), subject)
})
