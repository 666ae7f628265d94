import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalPath } from '../../../../src/doors/request/path.ts'
import { createPathReader } from '../../../../src/doors/request/path-reader.ts'
import { bytesOf } from '../../../../src/lib/bytes.ts'
import { cleanPath, escapeMatchedPath, unescapePath } from '../../../../src/lib/url-path.ts'

const settings = {
  encoded_slash: 'decode',
  parameters: 'text',
  forwarded_uri: 'encoded',
} as const
const keeping = createPathReader({ ...settings, encoded_slash: 'keep' })
const rejecting = createPathReader({ ...settings, encoded_slash: 'reject' })
const withoutParameters = createPathReader({
  ...settings,
  parameters: 'reject',
})
const decoding = createPathReader({ ...settings, forwarded_uri: 'decoded' })

type Row = readonly [raw: string, path: string | undefined]

const table = (name: string, read: (raw: string) => string | undefined, rows: readonly Row[]) => {
  for (const [raw, path] of rows) {
    const what = path === undefined ? 'is refused' : `is matched as ${path}`
    test(`${name}: ${JSON.stringify(raw)} ${what}`, () => assert.equal(read(raw), path))
  }
}

table('kept slashes', keeping.read, [
  ['', ''],
  ['/a', '/a'],
  ['/a%2Fb', '/a%2Fb'],
  ['/a%2fb', '/a%2Fb'],
  ['/a%5cb', '/a%5Cb'],
  ['/a%2F%2fb/', '/a%2F%2Fb'],
  ['/%2F', '/%2F'],
  ['/a//b%2Fc', '/a/b%2Fc'],
  ['/%61%2Fb%20c', '/a%2Fb c'],
  ['/100%25%2Fa', '/100%%2Fa'],
  ['/a%25', '/a%'],
  ['/a/../b', '/b'],
  ['/a%2F.b', '/a%2F.b'],
  ['/a%2F..b', '/a%2F..b'],
  ['/a%25252Fb', '/a%252Fb'],
  ['/a%252Fb', undefined],
  ['/a%252fb', undefined],
  ['/a%255Cb', undefined],
  ['/a%25%32Fb', undefined],
  ['/a%2F%252Fb', undefined],
  ['/public%2F..%2Fadmin', undefined],
  ['/public/..%2Fadmin', undefined],
  ['/public%2F../admin', undefined],
  ['/public%2f%2e%2e%2fadmin', undefined],
  ['/public%5C..%5Cadmin', undefined],
  ['/public/.%2Fadmin', undefined],
  ['/a%2F..', undefined],
  ['/a%2F..;x', undefined],
  ['/a%2Fb/../c', undefined],
  ['/x/../a%2Fb', undefined],
  ['/a\\b%2Fc', undefined],
  ['/a%2F%zz', undefined],
  ['/a%2F%ff', undefined],
  ['/a%2F%00', undefined],
  ['/a%C3%2FBC', undefined],
  ['a%2Fb', undefined],
  ['%2Fa', undefined],
  ['/a%2Fb#c', undefined],
])

table('kept slashes of X-Forwarded-Uri', keeping.readForwarded, [
  ['/a%2fb', '/a%2Fb'],
  ['/a%5cb%20c', '/a%5Cb%20c'],
  ['/%61%2Fb', '/a%2Fb'],
  ['/a%c3%bc%2Fb', '/a%c3%bc%2Fb'],
  ['/a/../b', '/b'],
  ['/%2e%2Fb', undefined],
  ['/a%2F../b', undefined],
  ['/a%252Fb', undefined],
  ['/a\\b', undefined],
])

table('refused slashes', rejecting.read, [
  ['/a', '/a'],
  ['/a%20b', '/a b'],
  ['/a%2Fb', undefined],
  ['/a%2fb', undefined],
  ['/a%5Cb', undefined],
  ['/a%252Fb', '/a%2Fb'],
])
table('refused slashes of X-Forwarded-Uri', rejecting.readForwarded, [
  ['/a%20b', '/a%20b'],
  ['/a%2fb', undefined],
  ['/a%5cb', undefined],
])

table('refused parameters', withoutParameters.read, [
  ['/a', '/a'],
  ['/admin;x', undefined],
  ['/admin;', undefined],
  ['/admin%3Bx', undefined],
  ['/admin%3bx', undefined],
  ['/admin%253Bx', '/admin%3Bx'],
])
table('refused parameters of X-Forwarded-Uri', withoutParameters.readForwarded, [
  ['/a%20b', '/a%20b'],
  ['/admin;x', undefined],
  ['/admin%3bx', undefined],
])

table('X-Forwarded-Uri, decoded', decoding.readForwarded, [
  ['/a%20b/%61', '/a b/a'],
  ['/a%2Fb', '/a/b'],
  ['/public/%2e%2e/admin', '/admin'],
  ['/a%5Cb', undefined],
  ['/a#b', undefined],
])

test('the escapes of a path that was read are named', () => {
  assert.equal(keeping.escapesOf('/a%2Fb'), 'slashes')
  assert.equal(keeping.escapesOf('/a%5Cb'), 'slashes')
  assert.equal(keeping.escapesOf('/a%b'), undefined)
  assert.equal(rejecting.escapesOf('/a%2Fb'), undefined)
  assert.equal(keeping.escapesOfForwarded('/a%2Fb'), 'all')
  assert.equal(decoding.escapesOfForwarded('/a%2Fb'), undefined)
})

const part = fc.constantFrom(
  ...['/', '.', '..', 'a', '%2e', '%2F', '%2f', '%5c', '%61', ';', '%', '%25', '2F', '%32', 'ü'],
  ...['\\', '#', '//', ' ', '%C3', '%BC', '%00'],
)
const paths = fc.array(part, { maxLength: 12 }).map(parts => `/${parts.map(bytesOf).join('')}`)

test('a kept path, written as a URL, is read as the same path', () => {
  fc.assert(
    fc.property(paths, raw => {
      const path = keeping.read(raw)
      if (path === undefined) return
      assert.equal(keeping.read(escapeMatchedPath(path, keeping.escapesOf(path))), path)
      assert.equal(cleanPath(path), path)
    }),
    { numRuns: 5000 },
  )
})

test('a program that decodes kept slashes, once and then cleans, finds the path that `decode` matches', () => {
  let compared = 0
  fc.assert(
    fc.property(paths, raw => {
      const kept = keeping.read(raw)
      const decoded = canonicalPath(raw)
      if (kept === undefined || decoded === undefined) return
      compared++
      const url = escapeMatchedPath(kept, keeping.escapesOf(kept))
      assert.equal(cleanPath(unescapePath(url) ?? ''), decoded)
    }),
    { numRuns: 5000 },
  )
  assert.ok(compared > 500)
})
