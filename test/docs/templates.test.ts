import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { functionsFor } from '../../src/templates/functions/index.ts'
import { root } from '../support/folder.ts'
import { sectionsOf } from '../support/markdown.ts'
import { testExamples } from './check-page.ts'

const file = 'docs/templates.md'

testExamples(file, 14)

test('the table has every function of the program, each once, and no other', () => {
  const page = readFileSync(join(root, file), 'utf8')
  const { text = '' } = sectionsOf(page).find(({ title }) => title === 'Functions by group') ?? {}
  const cells = [...text.matchAll(/^\| [^|]+ \| ((?:`\w+` ?)+) \|/gm)].map(([, cell = '']) => cell)
  const named = cells.flatMap(cell => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name))
  assert.deepEqual(named.sort(), [...functionsFor([]).keys()].sort())
})
