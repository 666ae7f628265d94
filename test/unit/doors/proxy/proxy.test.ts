import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { detectContentType } from '../../../../src/doors/proxy/detect-content-type.ts'
import { forbiddenTrailers } from '../../../../src/doors/proxy/forbidden-trailers.ts'
import { headersForRules } from '../../../../src/doors/proxy/request-headers.ts'
import { upstreamTarget } from '../../../../src/doors/proxy/target.ts'
import { canonicalPath } from '../../../../src/doors/request/path.ts'
import { bytesOf } from '../../../../src/lib/bytes.ts'
import { namesInQuery } from '../../../../src/lib/query.ts'
import type { Allow, QueryChanges } from '../../../../src/model/decision.ts'
import type { AccessRequest } from '../../../../src/model/request.ts'
import { upstreamOf } from '../../../../src/rules/upstream.ts'

function targetOf(raw: string, url = 'http://u', stripPath = ''): string {
  return targetWith({ set: new Map(), remove: [] }, { raw, url, stripPath })
}

function targetWith(
  changes: QueryChanges,
  { raw, url = 'http://u', stripPath = '' }: { raw: string; url?: string; stripPath?: string },
): string {
  const found = upstreamOf({ url, preserveHost: false, stripPath })
  assert.ok(found?.kind === 'upstream')
  const path = canonicalPath(raw.split('?')[0]?.replace(/^http:\/\/[^/]*/, '') ?? '')
  assert.ok(path !== undefined)
  const request = { path, raw: { target: raw } } as AccessRequest
  return upstreamTarget(found.upstream, request, changes)
}

test('removed parameters do not reach the upstream, in any spelling; the others stay as they are', () => {
  const without = (raw: string) => {
    const remove = namesInQuery(raw.split('?')[1] ?? '', name => name === 'token')
    return targetWith({ set: new Map(), remove }, { raw })
  }
  assert.equal(without('/a?b=%31&token=x&c'), '/a?b=%31&c')
  assert.equal(without('/a?to%6ben=x&token&token=y'), '/a')
  assert.equal(without('/a?b=1;token=x&c=2'), '/a?c=2')
  assert.equal(without('/a?Token=x&b=+%2B'), '/a?Token=x&b=+%2B')
  assert.equal(without('/a?'), '/a?')
})

test('parameters that are set stand behind the others, which stay as they are', () => {
  const set = new Map([
    ['tenant', 'a b&c'],
    ['x', bytesOf('ö')],
  ])
  const withSet = (raw: string, url?: string) =>
    targetWith({ set, remove: ['%74enant', 'tenant'] }, { raw, ...(url && { url }) })
  const own = 'tenant=a%20b%26c&x=%C3%B6'
  assert.equal(withSet('/a'), `/a?${own}`)
  assert.equal(withSet('/a?'), `/a?${own}`)
  assert.equal(withSet('/a?b=%31&tenant=1&%74enant=2&c'), `/a?b=%31&c&${own}`)
  assert.equal(withSet('/a?tenant=1'), `/a?${own}`)
  assert.equal(withSet('/a?b={1}', 'http://u/base'), `/base/a?b=%7B1%7D&${own}`)
  assert.equal(withSet('/a?b=%zz&c=1'), `/a?c=1&${own}`)
})

describe('the target in the request line to the upstream', () => {
  const cases: readonly (readonly [raw: string, target: string, url?: string, strip?: string])[] = [
    ['/a|b', '/a%7Cb'],
    ['/a^b`c{d}', '/a%5Eb%60c%7Bd%7D'],
    ['/a"b<c>[d]', '/a%22b%3Cc%3E%5Bd%5D'],
    ["/a%2fb!$&'()*+,;=:@~|", "/a%2fb!$&'()*+,;=:@~%7C"],
    ['/a|b', '/base/a%7Cb', 'http://u/base'],
    ['/a?b|c={d}&e=^', '/a?b%7Cc=%7Bd%7D&e=%5E'],
    ['/a?b[]=1&c=%5B"x"/?:@', '/a?b%5B%5D=1&c=%5B%22x%22/?:@'],
    ['/a%2Fb', '/a%2Fb'],
    ['/a/./b', '/a/b'],
    ['/a/', '/a'],
    ['//a', '/a'],
    ['/a%20b/../c d', '/c%20d'],
    ['/%2e%2e/x', '/x'],
    ['http://h', '/'],
    ['http://h/a?b', '/a?b'],
    ['/', '/base', 'http://u/base/'],
    ['/x/', '/base/x', 'http://u/base'],
    ['/enc/a%2Fb', '/base/enc/a/b', 'http://u/base'],
    ['/enc/%41', '/base/enc/A', 'http://u/base'],
    ['/%C3%BC', '/b%20x/%C3%BC', 'http://u/b%20x'],
    ['/q?a=1', '/q/q?a=1', 'http://u/q?up=1#f'],
    ['/sp/x', '/x', 'http://u', 'sp/'],
    ['/sp', '/', 'http://u', '/sp'],
    ['/spx/y', '/spx/y', 'http://u', '/sp'],
    ['/a/sp/x', '/a/sp/x', 'http://u', '/sp'],
    ['/sp/x', '/sp/x', 'http://u/sp', '/sp'],
    ['/one/two/three', '/base/three', 'http://u/base', '/one/two/'],
    ['/s%70/%61dmin', '/admin', 'http://u', '/sp'],
    ['/%61/b', '/%61/b', 'http://u', 'any/'],
    ['/a?', '/a?'],
    ['/a?b=c?d', '/a?b=c?d'],
    ['/a?x=1&x=2;3&bad=%zz', '/a?x=1'],
    ['/a?z=1&a=%20+&b=%zz', '/a?a=++&z=1'],
    ['/a?x=%zz', '/a'],
  ]
  for (const [raw, target, url, strip] of cases) {
    test(`${raw} at ${url ?? 'http://u'} without ${strip ?? 'nothing'} is ${target}`, () => {
      assert.equal(targetOf(raw, url, strip), target)
    })
  }
})

test('an upstream that is neither http nor https gets no request', () => {
  for (const url of ['ftp://u/', '/relative', 'unix:///x']) {
    const found = upstreamOf({ url, preserveHost: false, stripPath: '' })
    assert.equal(found?.kind === 'upstream' && found.upstream.origin, undefined, url)
  }
})

test('rules do not see hop-by-hop headers', () => {
  const flat = ['Connection', 'close, X-A', 'x-a', '1', 'TE', 'x', 'Host', 'h', 'X-B', '2']
  assert.deepEqual(headersForRules(flat, false), ['Host', 'h', 'X-B', '2'])
})

test('rules do not see forwarding headers of an untrusted peer, in any spelling', () => {
  const names = [
    'X-Forwarded-Proto',
    'X_Forwarded-Proto',
    'X.Forwarded.Host',
    'x-forwarded_user',
    'Forwarded',
    'X-Real-IP',
    'X_Real-IP',
    'X-Original-URL',
    'X-Original_Method',
    'X-Rewrite-URL',
    'X.Rewrite.URL',
  ]
  const flat = ['X-Other', '1', ...names.flatMap(name => [name, 'v'])]
  assert.deepEqual(headersForRules(flat, false), ['X-Other', '1'])
  const believed = ['X-Forwarded-Proto', 'X-Real-IP', 'X-Original-URL', 'X-Rewrite-URL']
  assert.deepEqual(
    headersForRules(flat, true).filter((_, i) => i % 2 === 0),
    ['X-Other', ...believed],
  )
})

test('trailers cannot contain owned headers or forwarding headers', () => {
  const isForbidden = forbiddenTrailers({
    changes: { owned: new Set(['x-user-id']) },
    session: {
      edits: { headers: [{ names: [], matches: (name: string) => name.startsWith('x-debug-') }] },
    },
  } as unknown as Allow)
  for (const name of [
    'x-user-id',
    'x_user-id',
    'x.user.id',
    'x_forwarded.for',
    'x-original_url',
    'transfer_encoding',
    'x.debug-a',
  ])
    assert.equal(isForbidden(name), true, name)
  assert.equal(isForbidden('x-checksum'), false)
})

describe('the content type of an answer that has none', () => {
  const cases: readonly (readonly [bytes: string, type: string])[] = [
    ['plain', 'text/plain; charset=utf-8'],
    ['{"a":1}', 'text/plain; charset=utf-8'],
    [' \n<!doctype html>', 'text/html; charset=utf-8'],
    ['<html', 'text/plain; charset=utf-8'],
    ['<a href>', 'text/html; charset=utf-8'],
    ['<article>', 'text/plain; charset=utf-8'],
    ['<?xml version="1.0"?>', 'text/xml; charset=utf-8'],
    ['%PDF-1.7', 'application/pdf'],
    ['\x89PNG\r\n\x1a\n\0', 'image/png'],
    ['GIF89a', 'image/gif'],
    ['RIFF\x01\x02\x03\x04WEBPVP8', 'image/webp'],
    ['\xff\xd8\xff\xe0', 'image/jpeg'],
    ['\x1f\x8b\x08\0', 'application/x-gzip'],
    ['PK\x03\x04', 'application/zip'],
    ['\0asm', 'application/wasm'],
    ['\0\0\0\x10ftypmp42\0\0\0\0', 'video/mp4'],
    ['\0\0\0\x14ftypisom\0\0\0\0mp41', 'video/mp4'],
    ['\xef\xbb\xbfx', 'text/plain; charset=utf-8'],
    ['\xff\xfea\0', 'text/plain; charset=utf-16le'],
    ['\x01\x02', 'application/octet-stream'],
    ['\x1b[0m', 'text/plain; charset=utf-8'],
  ]
  for (const [bytes, type] of cases) {
    test(`${JSON.stringify(bytes)} is ${type}`, () => {
      assert.equal(detectContentType(Buffer.from(bytes, 'latin1')), type)
    })
  }
})
