/** The built program uses no deprecated interface of this version of Node: a later version may lack it. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root, temporaryFolder } from '../support/folder.ts'

const run = (...args: readonly string[]): string =>
  execFileSync(process.execPath, ['--throw-deprecation', join(root, 'dist/main.js'), ...args], {
    encoding: 'utf8',
  })

for (const algorithm of ['ES256', 'RS256', 'EdDSA', 'HS256']) {
  test(`a token is signed with ${algorithm} without a deprecation`, t => {
    const file = join(temporaryFolder(t), 'jwks.json')
    writeFileSync(file, run('credentials', 'generate', '--alg', algorithm))
    const token = run('credentials', 'token', '--jwks', file, '--subject', 'alice')
    assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+\n$/)
  })
}
