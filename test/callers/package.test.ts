import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** As a program that depends on the package imports it: through the package's own `exports`. */
test('what the package exports can be imported by its name, with types beside it', async () => {
  const modules = { 'oarlock/lambda': 'createHandler', 'oarlock/express': 'createAuthorizer' }
  for (const [name, member] of Object.entries(modules)) {
    const exported = (await import(name)) as Record<string, unknown>
    assert.equal(typeof exported[member], 'function', name)
    const file = fileURLToPath(import.meta.resolve(name))
    assert.ok(existsSync(file.replace(/\.js$/, '.d.ts')), name)
  }
})
