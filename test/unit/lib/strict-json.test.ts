import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf } from '../../../src/lib/bytes.ts'
import { type JsonValue, toByteStrings } from '../../../src/lib/json.ts'
import { parseStrictJson } from '../../../src/lib/strict-json.ts'

const read = (text: string) => parseStrictJson(Buffer.from(text))

const accepted: readonly (readonly [text: string, value: unknown])[] = [
  ['null', null],
  [' {"a":1} \n', { a: 1 }],
  ['[1,-2,0.5,1e3,-0,9007199254740991]', [1, -2, 0.5, 1000, -0, 9007199254740991]],
  ['{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}', { a: { a: { a: 1 } }, b: [{ a: 1 }, { a: 2 }] }],
  ['{"a:\\"b":":","c":"\\\\"}', { 'a:"b': ':', c: '\\' }],
  ['"ü\\u00fc\\ud83d\\ude00"', bytesOf('üü😀')],
  ['1e308', 1e308],
  ['[1e22,-1.5E+3,0e5,-0.000,0.1,0.10000000000000001]', [1e22, -1500, 0, -0, 0.1, 0.1]],
  ['9007199254740992e0', 2 ** 53],
  ['{"a":1,"b":{"A":2}}', { a: 1, b: { A: 2 } }],
  [`${'['.repeat(64)}${']'.repeat(64)}`, JSON.parse(`${'['.repeat(64)}${']'.repeat(64)}`)],
]

for (const [text, value] of accepted) {
  test(`${text.slice(0, 60)} is accepted`, () =>
    assert.deepEqual(read(text), { kind: 'json', value }))
}

const refused: readonly (readonly [text: string | Buffer, reason: RegExp])[] = [
  ['', /not JSON/],
  ['{"a":1', /not JSON/],
  ['{"a":1}x', /not JSON/],
  ['{"a":1}{"a":1}', /not JSON/],
  ['\ufeff{}', /not JSON/],
  ['{a:1}', /not JSON/],
  ["{'a':1}", /not JSON/],
  ['{"a":1,}', /not JSON/],
  ['NaN', /not JSON/],
  ['[01]', /not JSON/],
  ['{"a":1,"a":1}', /twice/],
  ['{"a":1,"\\u0061":2}', /twice/],
  ['{"x":[{"a":{"b":1},"a":{}}]}', /twice/],
  ['{"__proto__":1,"__proto__":2}', /twice/],
  ['{"a":{"x":1,"y":2},"a":1,"b":1}', /twice/],
  ['{"amount":1,"Amount":2}', /twice, in upper and lower case/],
  ['[{"x":{"AMOUNT":1,"amount":2}}]', /twice, in upper and lower case/],
  ['{"sub":1,"\u017fub":2}', /twice, in upper and lower case/],
  ['{"key":1,"\u212aey":2}', /twice, in upper and lower case/],
  ['{"\u00e4":1,"\u00c4":2}', /twice, in upper and lower case/],
  ['9007199254740993.0', /double/],
  ['9007199254740993e0', /double/],
  ['9.007199254740993e15', /double/],
  ['9007199254740992.5', /double/],
  ['-123456789012345678901234567890.0', /double/],
  ['1e-400', /double/],
  ['0.1E-9999', /double/],
  ['1e400', /double/],
  ['[-1e400]', /double/],
  [`1${'0'.repeat(400)}`, /double/],
  ['9007199254740993', /double/],
  ['{"id":-9007199254740992}', /double/],
  ['"\\ud800"', /surrogate/],
  ['{"\\udc00":1}', /surrogate/],
  [Buffer.from([0x22, 0xff, 0x22]), /UTF-8/],
  [`${'['.repeat(65)}${']'.repeat(65)}`, /levels/],
  [`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, /levels/],
]

for (const [text, reason] of refused) {
  test(`${JSON.stringify(text).slice(0, 60)} is refused`, () => {
    const found = parseStrictJson(Buffer.from(text as string))
    assert.ok(found.kind === 'not_strict')
    assert.match(found.reason, reason)
  })
}

test('names of Object.prototype are members as any other', () => {
  const found = read('{"__proto__":{"admin":true},"constructor":1,"toString":"x"}')
  assert.ok(found.kind === 'json')
  assert.deepEqual(Object.keys(found.value as object), ['__proto__', 'constructor', 'toString'])
  assert.equal(Object.getPrototypeOf(found.value), Object.prototype)
  assert.equal(({} as { admin?: boolean }).admin, undefined)
})

test('a hundred thousand levels are refused without a full stack', () => {
  const found = read(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
  assert.equal(found.kind, 'not_strict')
})

test('what JSON.stringify writes is read as JSON.parse does', () => {
  let compared = 0
  fc.assert(
    fc.property(fc.jsonValue({ depthSize: 'medium' }), value => {
      const text = JSON.stringify(value)
      const found = read(text)
      if (found.kind === 'not_strict') {
        assert.match(found.reason, /double|surrogate|upper and lower case/)
        return
      }
      compared++
      assert.deepEqual(found.value, toByteStrings(JSON.parse(text) as JsonValue))
    }),
    { numRuns: 500 },
  )
  assert.ok(compared > 100)
})

test('a member that is written again anywhere is found', () => {
  const names = fc.constantFrom(
    'a',
    'b',
    '__proto__',
    'constructor',
    'toString',
    '0',
    'ü',
    'a"b',
    'a:b',
  )
  const { tree } = fc.letrec<{ tree: string }>(tie => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('1', '"x:{"', 'null', '[]', '{}'),
      fc.array(tie('tree'), { maxLength: 3 }).map(items => `[${items.join()}]`),
      fc
        .uniqueArray(names, { maxLength: 3 })
        .chain(keys => fc.tuple(...keys.map(key => tie('tree').map(of => [key, of] as const))))
        .map(members => `{${members.map(([key, of]) => `${JSON.stringify(key)}:${of}`).join()}}`),
    ),
  }))
  fc.assert(
    fc.property(tree, names, tree, (inner, name, other) => {
      const key = JSON.stringify(name)
      const good = `[{"z":${inner},${key}:${other}}]`
      assert.equal(read(good).kind, 'json', good)
      assert.equal(read(`[{${key}:${inner},"z":1,${key}:${other}}]`).kind, 'not_strict')
    }),
    { numRuns: 500 },
  )
})
