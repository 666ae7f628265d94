import assert from 'node:assert/strict'
import { test } from 'node:test'
import { malformed, tokenBehind, withoutTokens } from '../../../src/lib/subprotocols.ts'

const found: readonly (readonly [lines: readonly string[], token: string | undefined])[] = [
  [[], undefined],
  [[''], undefined],
  [['chat'], undefined],
  [['Bearer, a'], undefined],
  [['bearer.v1, a'], undefined],
  [['"bearer", a'], undefined],
  [['chat', 'v2'], undefined],
  [['bearer, a.b-c_d'], 'a.b-c_d'],
  [['bearer,a'], 'a'],
  [['\tbearer\t,\ta '], 'a'],
  [['chat, bearer, a, v2'], 'a'],
  [['bearer, Bearer'], 'Bearer'],
]
for (const [lines, token] of found) {
  test(`${JSON.stringify(lines)} has ${token === undefined ? 'no token' : token}`, () => {
    assert.equal(tokenBehind(lines, 'bearer'), token)
  })
}

for (const lines of [
  ['bearer'],
  ['chat, bearer'],
  ['bearer,'],
  ['bearer, '],
  ['bearer, , a'],
  [',bearer, a'],
  ['bearer, a,'],
  ['bearer, bearer'],
  ['bearer, bearer, a'],
  ['bearer, a, bearer, b'],
  ['bearer, a, a'],
  ['chat, bearer, a, chat'],
  ['bearer, a b'],
  ['bearer, "a"'],
  ['bearer, a=='],
  ['bearer, a/b'],
  ['bearer, a\u00e4'],
  ['bearer, a;b'],
  ['bearer', 'a'],
  ['bearer, a', 'chat'],
  ['chat', 'bearer, a'],
  ['bearer, a', 'bearer, a'],
  ['bearer, a', ''],
]) {
  test(`${JSON.stringify(lines)} does not have exactly one token`, () => {
    assert.equal(tokenBehind(lines, 'bearer'), malformed)
  })
}

const left: readonly (readonly [lines: readonly string[], value: string])[] = [
  [[], ''],
  [['bearer, a'], ''],
  [['chat'], 'chat'],
  [['chat,v2'], 'chat, v2'],
  [['chat, bearer, a, v2'], 'chat, v2'],
  [['bearer, , a, v2'], 'v2'],
  [['bearer, a, v2, a'], 'v2'],
  [['bearer, a, bearer, b, v2'], 'v2'],
  [['bearer, bearer, a, v2'], 'v2'],
  [['bearer', 'a, v2'], 'v2'],
  [['v2, bearer'], 'v2'],
  [['key, k, bearer, a, v2'], 'v2'],
  [['Bearer, a'], 'Bearer, a'],
]
for (const [lines, value] of left) {
  test(`of ${JSON.stringify(lines)} "${value}" is left`, () => {
    assert.equal(withoutTokens(lines, new Set(['bearer', 'key'])), value)
  })
}
