import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasColours, paint } from '../../../src/cli/colours.ts'

test('colours are for terminals, unless NO_COLOR or TERM=dumb says otherwise', t => {
  const before = Object.getOwnPropertyDescriptor(process.stdout, 'isTTY')
  t.after(() => {
    if (before) Object.defineProperty(process.stdout, 'isTTY', before)
    else Reflect.deleteProperty(process.stdout, 'isTTY')
  })
  const at = (isTTY: boolean, env: Readonly<Record<string, string>>): boolean => {
    Object.defineProperty(process.stdout, 'isTTY', { value: isTTY, configurable: true })
    return hasColours(env)
  }
  assert.deepEqual(
    [at(true, {}), at(false, {}), at(true, { NO_COLOR: '1' }), at(true, { TERM: 'dumb' })],
    [true, false, false, false],
  )
})

test('without colours a text stays as it is', () => {
  assert.equal(paint('x', 'red', { hasColours: false }), 'x')
  assert.equal(paint('x', 'red', { hasColours: true }), '\u001b[31mx\u001b[0m')
})
