import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  compileRequiredClaims,
  type RequiredClaim,
  requiredClaimsSchema,
} from '../../../src/handlers/required-claims.ts'
import { bytesOf } from '../../../src/lib/bytes.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { compileSchema } from '../../support/compile-schema.ts'
import { testDeps } from '../../support/deps.ts'
import { processorTime } from '../../support/processor-time.ts'

const claims: JsonObject = {
  tier: 1,
  zero: 0,
  half: 0.5,
  large: [9_007_199_254_740_992],
  text: '1',
  empty: '',
  name: bytesOf('zoë'),
  yes: true,
  no: false,
  nothing: null,
  roles: ['buyer', 'staff', 1, null],
  none: [],
  org: { id: 'o-7', units: [{ name: 'a' }, { name: 'b' }], 'a.b': 2 },
  bytes: '\u00ff',
}

const objectionTo = (...list: RequiredClaim[]) => compileRequiredClaims(list, testDeps)?.(claims)

for (const holds of [
  { path: 'tier', equals: 1 },
  { path: 'zero', equals: 0 },
  { path: 'half', equals: 0.5 },
  { path: 'yes', equals: true },
  { path: 'no', equals: false },
  { path: 'empty', equals: '' },
  { path: 'name', equals: bytesOf('zoë') },
  { path: 'roles', equals: ['buyer', 'staff', 1, null] },
  { path: 'none', equals: [] },
  { path: 'org.units.0', equals: { name: 'a' } },
  { path: 'org.id', equals: 'o-7' },
  { path: 'org.a\\.b', equals: 2 },
  { path: 'org.units.#.name', equals: ['a', 'b'] },
  { path: 'org.units.#(name=="b").name', equals: 'b' },
  { path: 'roles.#', equals: 4 },
  { path: 'tier', one_of: [2, 1] },
  { path: 'roles', one_of: [[], ['buyer', 'staff', 1, null]] },
  { path: 'roles', contains: 'staff' },
  { path: 'roles', contains: 1 },
  { path: 'org.units', contains: { name: 'b' } },
  { path: 'org.id', matches: 'o-<[0-9]+>' },
  { path: 'org.id', matches: 'o-7' },
  { path: 'name', matches: 'zo<.>' },
  { path: 'empty', matches: '<.*>' },
  { path: 'no', present: true },
  { path: 'zero', present: true },
  { path: 'none', present: true },
  { path: 'nothing', present: false },
  { path: 'nobody', present: false },
  { path: 'tier.nobody', present: false },
  { path: '__proto__', present: false },
  { path: 'constructor', present: false },
  { path: 'roles.length', present: false },
]) {
  test(`${JSON.stringify(holds)} holds`, () => assert.equal(objectionTo(holds), undefined))
}

for (const fails of [
  { path: 'tier', equals: '1' },
  { path: 'text', equals: 1 },
  { path: 'tier', equals: true },
  { path: 'zero', equals: false },
  { path: 'empty', equals: false },
  { path: 'yes', equals: 1 },
  { path: 'nothing', equals: '' },
  { path: 'nobody', equals: '' },
  { path: 'large', equals: [9_007_199_254_740_992] },
  { path: 'roles', equals: 'buyer' },
  { path: 'org.id', equals: ['o-7'] },
  { path: 'roles', equals: ['buyer'] },
  { path: 'roles', equals: { 0: 'buyer', 1: 'staff', 2: 1, 3: null } },
  { path: 'none', equals: {} },
  { path: 'org.units.0', equals: { name: 'a', more: 1 } },
  { path: 'org.units.0', equals: {} },
  { path: 'org.units.0', equals: JSON.parse('{"__proto__":"a"}') },
  { path: 'tier', one_of: ['1', 2] },
  { path: 'nothing', one_of: ['', 0, false] },
  { path: 'roles', contains: 'buy' },
  { path: 'roles', contains: '1' },
  { path: 'org.id', contains: 'o' },
  { path: 'org', contains: 'o-7' },
  { path: 'nobody', contains: 'a' },
  { path: 'org.id', matches: 'o' },
  { path: 'org.id', matches: '<[0-9]+>' },
  { path: 'tier', matches: '<.*>' },
  { path: 'roles', matches: '<.*>' },
  { path: 'nothing', matches: '<.*>' },
  { path: 'nobody', matches: '<.*>' },
  { path: 'nothing', present: true },
  { path: 'nobody', present: true },
  { path: '__proto__', present: true },
  { path: 'no', present: false },
]) {
  test(`${JSON.stringify(fails)} does not hold`, () => {
    const path = JSON.stringify(fails.path)
    assert.equal(objectionTo(fails), `The claim at ${path} is not what is required.`)
  })
}

test('the first entry that does not hold is named; without entries nothing is checked', () => {
  const [good, bad] = [
    { path: 'yes', equals: true },
    { path: 'no', equals: true },
  ]
  assert.match(objectionTo(good, bad) ?? '', /"no"/)
  assert.equal(compileRequiredClaims([], testDeps), undefined)
  assert.equal(compileRequiredClaims(undefined, testDeps), undefined)
})

test('an integer that is not exact equals nothing, and is a mistake in the configuration', () => {
  const rounded = { path: 'a', equals: 9_007_199_254_740_992 }
  assert.throws(() => objectionTo(rounded), /^Error: required_claims\.0\.equals: found 90.* 2\^53$/)
})

for (const [entry, problem] of [
  [
    { path: 'a.@nothing', present: true },
    /^Error: required_claims\.1\.path: the modifier @nothing/,
  ],
  [{ path: 'a', matches: '<[a-z' }, /^Error: required_claims\.1\.matches: /],
  [{ path: 'a', matches: '<(a+)+$(?=b)\\1>' }, /^Error: required_claims\.1\.matches: /],
] as const) {
  test(`${JSON.stringify(entry)} is a mistake`, () => {
    assert.throws(() => objectionTo({ path: 'a', present: true }, entry), problem)
  })
}

test('an expression needs time in proportion to the claim', () => {
  const check = compileRequiredClaims([{ path: 'a', matches: '<(a+)+b>' }], testDeps)
  const before = processorTime()
  assert.ok(check?.({ a: 'a'.repeat(50_000) }))
  assert.ok(processorTime() - before < 1000)
})

const validate = compileSchema(requiredClaimsSchema)
const textOfIssues = (value: unknown): string =>
  validate(value)
    .map(({ path, found, expected }) => `${path.join('.')}: found ${found}, expected ${expected}`)
    .join('\n')

for (const [value, problem] of [
  [[{ path: 'a', equals: null }], /^0\.equals: found null/],
  [[{ path: 'a' }], /^0: found an object \(path\), expected exactly one of equals, one_of, /],
  [
    [{ path: 'a', equals: 1, present: true }],
    /^0: found an object \(path, equals, present\), expected exactly one of equals/,
  ],
  [[{ equals: 1 }], /^0\.path: found nothing, expected .*required/],
  [[{ path: '', equals: 1 }], /^0\.path: /],
  [[{ path: 'a', equal: 1 }], /^0\.equal: found an unknown key, .*did you mean "equals"\?/m],
  [[{ path: 'a', one_of: [] }], /^0\.one_of: /],
  [[{ path: 'a', one_of: [null] }], /^0\.one_of\.0: found null/],
  [[{ path: 'a', matches: 1 }], /^0\.matches: found 1, expected a string/],
  [[{ path: 'a', present: 'yes' }], /^0\.present: .*expected true or false/],
  [{ path: 'a', present: true }, /expected a list/],
] as const) {
  test(`the schema refuses ${JSON.stringify(value)}`, () => {
    assert.match(textOfIssues(value), problem)
  })
}
