import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** Imports the package as a dependent program does: through the package's `exports`. */
test('every export of the package can be imported by its name, and has types', async () => {
  const modules = { 'oarlock/lambda': 'createHandler', 'oarlock/express': 'createAuthorizer' }
  for (const [name, member] of Object.entries(modules)) {
    const exported = (await import(name)) as Record<string, unknown>
    assert.equal(typeof exported[member], 'function', name)
    const file = fileURLToPath(import.meta.resolve(name))
    assert.ok(existsSync(file.replace(/\.js$/, '.d.ts')), name)
  }
})
