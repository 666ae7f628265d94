import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  canonicalForwardedPath,
  canonicalPath,
  splitTarget,
} from '../../../../src/doors/request/path.ts'
import { bytesOf } from '../../../../src/lib/bytes.ts'
import { cleanPath } from '../../../../src/lib/url-path.ts'

const matched: readonly (readonly [raw: string, path: string])[] = [
  ['', ''],
  ['/', '/'],
  ['/a/', '/a'],
  ['/a//b/', '/a/b'],
  ['/a/./b', '/a/b'],
  ['/a/../b', '/b'],
  ['/../..', '/'],
  ['/a/%2e%2e/b', '/b'],
  ['/public/.%2e/admin', '/admin'],
  ['/public/%2E./admin', '/admin'],
  ['/public/%2e%2e%2fadmin/x', '/admin/x'],
  ['/a%2Fb', '/a/b'],
  ['/a%2fb', '/a/b'],
  ['//admin/x', '/admin/x'],
  ['/public//../admin', '/admin'],
  ['/admin/.', '/admin'],
  ['/admin;x=1/y', '/admin;x=1/y'],
  ['/public;/../admin', '/admin'],
  ['/a%20b', '/a b'],
  ['/a%23b', '/a#b'],
  ['/a%3Fb', '/a?b'],
  ['/a+b', '/a+b'],
  ['/%61dmin', '/admin'],
  ['/ADMIN/x', '/ADMIN/x'],
  ['/a%252Fb', '/a%2Fb'],
  ['/%252e%252e/admin', '/%2e%2e/admin'],
  ['/%C3%BC', bytesOf('/ü')],
  [bytesOf('/ü'), bytesOf('/ü')],
  ['/.a', '/.a'],
  ['/...', '/...'],
  ['/a..;b', '/a..;b'],
]

for (const [raw, path] of matched) {
  test(`the path ${raw} is matched as ${path}`, () => assert.equal(canonicalPath(raw), path))
}

const refused = [
  '/admin%00',
  '/%00admin',
  '/a\0b',
  '/a%0Ab',
  '/a%7f',
  '/a\\b',
  '/public\\..\\admin',
  '/a%5Cb',
  '/a%5cb',
  '/%zz',
  '/%',
  '/a%',
  '/%c0%ae%c0%ae/',
  '/%ff',
  '/\xff',
  '/public#/admin',
  '/public/..;/admin',
  '/a/.;x/b',
  '/a/..%3bx',
  'admin/x',
  '*',
  'http://h/x',
  '/%ed%a0%80',
]

for (const raw of refused) {
  test(`the path ${JSON.stringify(raw)} is refused`, () =>
    assert.equal(canonicalPath(raw), undefined))
}

const forwarded: readonly (readonly [raw: string, path: string | undefined])[] = [
  ['/a/../b/./c', '/b/c'],
  ['//a//b', '/a/b'],
  ['/a#frag', '/a#frag'],
  ['/a#b/c', '/a#b/c'],
  ['/a#/./b', undefined],
  ['/a//b#c', undefined],
  ['/a#b/', undefined],
  ['/private#/../public/x', undefined],
  ['/a%23b', '/a%23b'],
  ['/a%20b', '/a%20b'],
  ['/a b', '/a b'],
  ['/%61dmin', '/admin'],
  ['/%2561', '/%2561'],
  ['/%7Ea%5F%2D', '/~a_-'],
  ['/%C3%BC', '/%C3%BC'],
  ['/a%2Fb', undefined],
  ['/a%2fb', undefined],
  ['/%2e%2e/b', undefined],
  ['/a%5Cb', undefined],
  ['/a\\b', undefined],
  ['/a%00', undefined],
  ['/a%0d%0a', undefined],
  ['/%zz', undefined],
  ['/%ff', undefined],
  ['/a/..;/b', undefined],
  ['/a/..%3B/b', undefined],
  ['noslash', undefined],
]

for (const [raw, path] of forwarded) {
  test(`the forwarded path ${raw} is ${path === undefined ? 'refused' : `matched as ${path}`}`, () =>
    assert.equal(canonicalForwardedPath(raw), path))
}

test('a target is split at its first question mark', () => {
  assert.deepEqual(splitTarget('/a?b=c?d'), { path: '/a', query: 'b=c?d' })
  assert.deepEqual(splitTarget('/a'), { path: '/a' })
  assert.deepEqual(splitTarget('/a?'), { path: '/a', query: '' })
})

const alphabet = fc.constantFrom(
  '/',
  '.',
  '..',
  'a',
  '%2e',
  '%2F',
  '%61',
  ';',
  '%',
  'ü',
  '\\',
  '#',
  '//',
  ' ',
  '%C3',
  '%BC',
)

test('normalising a normalised path changes nothing and leaves no dot segment', () => {
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 12 }), parts => {
      const path = canonicalPath(`/${parts.map(bytesOf).join('')}`)
      if (path === undefined) return
      assert.equal(cleanPath(path), path)
      assert.ok(path.split('/').every(segment => segment !== '.' && segment !== '..'))
      assert.doesNotMatch(path, /\/\/|\\/)
    }),
    { numRuns: 2000 },
  )
})

test('a path of ten thousand segments is matched', () => {
  assert.equal(canonicalPath('/a/..'.repeat(10_000)), '/')
})
