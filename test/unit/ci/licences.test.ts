import assert from 'node:assert/strict'
import { test } from 'node:test'

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      { readonly license?: string; readonly dev?: boolean; readonly optional?: boolean }
    >
  >
}
interface Licences {
  readonly isPermitted: (expression: string) => boolean
  readonly refusedIn: (lock: Lock) => readonly string[]
}

const { isPermitted, refusedIn } = (await import(
  new URL('../../../.ci/licences.mjs', import.meta.url).href
)) as Licences

test('one licence of an OR must be allowed, each licence of an AND', () => {
  assert.ok(isPermitted('MIT'))
  assert.ok(isPermitted('(GPL-3.0-only OR MIT)'))
  assert.ok(isPermitted('MIT AND ISC'))
  assert.ok(!isPermitted('(MIT AND GPL-3.0-only)'))
  assert.ok(!isPermitted(''))
  assert.ok(!isPermitted('(MIT OR X) AND GPL-3.0-only'))
})

test('production and optional packages are checked, development packages are not', () => {
  const packages = {
    '': { license: 'Proprietary' },
    'node_modules/a': { license: 'MIT' },
    'node_modules/b': { license: 'AGPL-3.0-only' },
    'node_modules/@c/d': {},
    'node_modules/e': { license: 'SSPL-1.0', optional: true },
    'node_modules/f': { license: 'GPL-3.0-only', dev: true },
  }
  assert.deepEqual(refusedIn({ packages }), ['b: AGPL-3.0-only', '@c/d: no licence', 'e: SSPL-1.0'])
})
