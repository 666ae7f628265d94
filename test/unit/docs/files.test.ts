/** Pages name files of this repository by the end of their path. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../../support/folder.ts'

const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter(file => file !== '')

const isThere = (name: string): boolean => tracked.some(file => `/${file}`.endsWith(`/${name}`))

/** `doors/proxy/exchange.ts`, and `main.ts` alone; not `<file>.test.ts`. */
const namedIn = (page: string): readonly string[] =>
  [...page.matchAll(/`([\w./-]+\.(?:ts|mjs|cjs))`/g)].map(([, name = '']) => name)

test('each source file that a page names exists', () => {
  const pages = tracked.filter(file => file.endsWith('.md') && !file.endsWith('changelog.md'))
  const named = pages.flatMap(page =>
    namedIn(readFileSync(join(root, page), 'utf8')).map(name => ({ page, name })),
  )
  assert.ok(named.length > 50, `${named.length} names`)
  assert.deepEqual(
    named.filter(({ name }) => !isThere(name)),
    [],
  )
})
