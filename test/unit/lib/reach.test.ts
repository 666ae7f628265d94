import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isOffline, limitReach, readablePath } from '../../../src/lib/reach.ts'
import { temporaryFolder } from '../../support/folder.ts'

test('with a root only files below it are read, and nothing is called', t => {
  t.after(() => limitReach({ isOffline: false }))
  const folder = temporaryFolder(t)
  const root = join(folder, 'root')
  for (const name of ['root', 'root-2']) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'a'), '')
  }
  symlinkSync(join(folder, 'root-2'), join(root, 'out'))
  symlinkSync(join(root, 'a'), join(root, 'in'))
  assert.equal(readablePath('/etc/passwd'), '/etc/passwd')
  assert.equal(isOffline(), false)
  limitReach({ root, isOffline: true })
  assert.equal(isOffline(), true)
  assert.equal(readablePath(join(root, 'a')), join(root, 'a'))
  assert.equal(readablePath(join(root, 'in')), join(root, 'a'))
  assert.equal(readablePath(root), root)
  const outside = [
    folder,
    join(folder, 'root-2/a'),
    join(root, '../root-2/a'),
    join(root, 'out/a'),
    '/no/such',
    '/',
  ]
  for (const path of outside) assert.throws(() => readablePath(path), { code: 'OUTSIDE' }, path)
  assert.throws(() => readablePath(join(root, 'none')), { code: 'ENOENT' })
})
