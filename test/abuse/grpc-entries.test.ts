/** Messages with very many tiny entries: entries are counted while the message is read. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeCheck } from '../../src/doors/grpc/read/decode.ts'
import { readCheck } from '../../src/doors/grpc/read/read.ts'
import { createTrust } from '../../src/doors/request/trust.ts'
import { checkOf } from '../support/check.ts'
import { defaultPaths } from '../support/paths.ts'

const limits = { pathBytes: 16_384, headerBytes: 65_536, bodyBytes: 4_194_304 }
const lifetime = { deadline: performance.now() + 10_000, onHangUp: () => undefined }

const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >>> 7)])

/** A length-delimited field: a length and bytes. */
const field = (id: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([...varint((id << 3) | 2), ...varint(bytes.length)]), bytes])

const filled = (unit: readonly number[], count: number): Buffer =>
  Buffer.alloc(unit.length * count, Buffer.from(unit))

const http = (more: Buffer): Buffer =>
  field(
    2,
    Buffer.concat([
      field(2, Buffer.from('GET')),
      field(4, Buffer.from('/')),
      field(5, Buffer.from('h')),
      field(6, Buffer.from('http')),
      more,
    ]),
  )
const none: Buffer = Buffer.alloc(0)
const check = (inHttp: Buffer, inAttributes = none, outside = none): Buffer =>
  Buffer.concat([field(1, Buffer.concat([field(4, http(inHttp)), inAttributes])), outside])

const many: Readonly<Record<string, (n: number) => Buffer>> = {
  'empty headers': n => check(filled([0x1a, 0], n)),
  'headers with one-letter names': n => check(filled([0x1a, 3, 0x0a, 1, 0x61], n)),
  'empty raw headers': n => check(field(13, filled([0x0a, 0], n))),
  'empty header maps': n => check(filled([0x6a, 0], n)),
  'empty context extensions': n => check(none, filled([0x52, 0], n)),
  'empty metadata': n => check(none, filled([0x5a, 0], n)),
  'empty sources': n => check(none, filled([0x0a, 0], n)),
  'unknown numbers': n => check(filled([0xf8, 0x01, 0], n)),
  'unknown texts': n => check(none, none, filled([0x7a, 0], n)),
  'unknown groups': n => check(filled([0x7b, 0x7c], n)),
  'nested groups': n => check(filled([0x7b], n)),
  'empty attributes': n => check(none, none, filled([0x0a, 0], n)),
}

for (const [what, make] of Object.entries(many)) {
  test(`a message of ${what} is denied before most of it is read`, () => {
    const found = decodeCheck(make(1_000_000))
    assert.equal('kind' in found, true)
  })
}

test('too many entries are denied like headers that are too long', () => {
  const found = decodeCheck(check(filled([0x1a, 0], 1_000_000)))
  assert.equal('kind' in found && found.code, 'headers_too_large')
  const few = decodeCheck(check(filled([0x1a, 3, 0x0a, 1, 0x61], 5000)))
  assert.ok(!('kind' in few))
  const request = readCheck(few, { trust: createTrust([]), paths: defaultPaths, limits }, lifetime)
  assert.equal('kind' in request && request.code, 'headers_too_large')
})

test('a long body and many headers stay below the limit of entries', () => {
  const headers = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`x-${i}`, 'v']))
  const found = decodeCheck(checkOf({ headers, raw_body: Buffer.alloc(3_000_000) }))
  assert.ok(!('kind' in found))
  assert.ok(
    !(
      'kind' in readCheck(found, { trust: createTrust([]), paths: defaultPaths, limits }, lifetime)
    ),
  )
})

test('metadata with very many entries is denied by a rule that reads it', () => {
  const found = decodeCheck(check(none, field(11, filled([0x0a, 0], 100_000))))
  assert.ok(!('kind' in found))
  const request = readCheck(
    found,
    { trust: createTrust([]), paths: defaultPaths, limits },
    lifetime,
  )
  assert.ok(!('kind' in request))
  assert.throws(() => request.metadata)
})
