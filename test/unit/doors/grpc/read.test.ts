import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeCheck } from '../../../../src/doors/grpc/read/decode.ts'
import { readCheck } from '../../../../src/doors/grpc/read/read.ts'
import { createTrust, privateNetworks } from '../../../../src/doors/request/trust.ts'
import { bytesOf } from '../../../../src/lib/bytes.ts'
import type { FailureCode } from '../../../../src/model/failure.ts'
import type { AccessRequest } from '../../../../src/model/request.ts'
import {
  type CheckHttp,
  checkOf,
  encodeAttributes,
  encodeJsonCheck,
  rawHeaders,
} from '../../../support/check.ts'
import { defaultPaths } from '../../../support/paths.ts'

const limits = { pathBytes: 16_384, headerBytes: 65_536, bodyBytes: 1_048_576 }
const lifetime = { deadline: performance.now() + 10_000, onHangUp: () => undefined }

function readMessage(message: Buffer, trusted: readonly string[] = privateNetworks) {
  const wire = decodeCheck(message)
  if ('kind' in wire) return wire
  return readCheck(wire, { trust: createTrust(trusted), paths: defaultPaths, limits }, lifetime)
}

function accepted(message: Buffer, trusted?: readonly string[]): AccessRequest {
  const read = readMessage(message, trusted)
  assert.ok(!('kind' in read), JSON.stringify(read))
  return read
}

function refused(message: Buffer): FailureCode {
  const read = readMessage(message)
  assert.ok('kind' in read, 'was accepted')
  return read.code
}

const read = (http: CheckHttp): AccessRequest => accepted(checkOf(http))
const refusedHttp = (http: CheckHttp): FailureCode => refused(checkOf(http))

const matchedAs: Readonly<Record<string, string>> = {
  '/public/../admin/x': '/admin/x',
  '/public/%2e%2e/admin/x': '/admin/x',
  '/public/.%2e/admin': '/admin',
  '/public/%2e./admin': '/admin',
  '/public/%2e%2e%2fadmin/x': '/admin/x',
  '/public%2Fadmin': '/public/admin',
  '/public%2fadmin': '/public/admin',
  '//admin/x': '/admin/x',
  '/public//../admin': '/admin',
  '/admin//x': '/admin/x',
  '/admin;x=1/y': '/admin;x=1/y',
  '/public;/../admin': '/admin',
  '/admin%23x': '/admin#x',
  '/%252e%252e/admin': '/%2e%2e/admin',
  '/ADMIN/x': '/ADMIN/x',
  '/admin/': '/admin',
  '/admin/.': '/admin',
  '/../admin': '/admin',
  '/%61dmin': '/admin',
  '/': '/',
}

for (const [path, matched] of Object.entries(matchedAs)) {
  test(`the path ${path} is matched as ${matched}`, () => {
    const request = read({ path })
    assert.equal(request.path, matched)
    assert.equal(request.raw.target, path)
  })
}

const badPaths = [
  '',
  '*',
  'admin/x',
  'http://evil/admin',
  '?x=/admin',
  '/public\\..\\admin',
  '/public%5c..%5cadmin',
  '/public/..;/admin',
  '/public#/admin',
  '/admin#/public',
  '/admin?x#y',
  '/admin%00',
  '/%00admin',
  '/admin\0',
  '/%zz',
  '/%',
  '/%c0%ae%c0%ae/',
]

for (const path of badPaths) {
  test(`the path ${JSON.stringify(path)} is a bad request`, () => {
    assert.equal(refusedHttp({ path }), 'bad_request')
  })
}

test('the query is separate from the path', () => {
  const request = read({ path: '/admin?x=/public/&y=%20' })
  assert.deepEqual([request.path, request.query], ['/admin', 'x=/public/&y=%20'])
})

test('a path above the limit is 414', () => {
  assert.equal(refusedHttp({ path: `/${'a'.repeat(65_536)}` }), 'uri_too_long')
})

test('ten thousand segments are matched', () => {
  assert.equal(read({ path: '/a'.repeat(8000) }).path.length, 16_000)
})

const hosts: Readonly<Record<string, string>> = {
  'ADMIN.Example.COM': 'admin.example.com',
  'example.com.': 'example.com',
  'example.com:443': 'example.com:443',
  'example.com:0': 'example.com:0',
  '[::1]:80': '[::1]:80',
  'xn--bcher-kva.example': 'xn--bcher-kva.example',
  '': '',
}

for (const [host, matched] of Object.entries(hosts)) {
  test(`the host ${JSON.stringify(host)} is matched as ${JSON.stringify(matched)}`, () => {
    const request = read({ host })
    assert.deepEqual([request.host, request.raw.host], [matched, host])
  })
}

for (const host of ['a,b', 'evil.com/../', 'a b', 'x\r\nY: z', 'a"b', 'user@host', 'a\\b']) {
  test(`the host ${JSON.stringify(host)} is a bad request`, () => {
    assert.equal(refusedHttp({ host }), 'bad_request')
  })
}

for (const scheme of ['', 'HTTPS', 'ws', 'evil', 'https,http']) {
  test(`the scheme ${JSON.stringify(scheme)} is a bad request`, () => {
    assert.equal(refusedHttp({ scheme }), 'bad_request')
  })
}

for (const method of ['', 'GET ', 'A B', 'GET\r\n']) {
  test(`the method ${JSON.stringify(method)} is a bad request`, () => {
    assert.equal(refusedHttp({ method }), 'bad_request')
  })
}

test('an unknown method and lower case are read without changes', () => {
  assert.deepEqual([read({ method: 'FOO' }).method, read({ method: 'get' }).method], ['FOO', 'get'])
})

test('the header map cannot set method, host or path', () => {
  const headers = {
    ':method': 'DELETE',
    ':path': '/public',
    ':authority': 'evil',
    ':scheme': 'https',
    host: 'evil',
    'x-forwarded-host': 'evil',
    'x-forwarded-uri': '/public',
    'x-forwarded-proto': 'https',
    'x-forwarded-method': 'DELETE',
    'x-original-url': '/public',
    'x-http-method-override': 'DELETE',
  }
  const { method, path, host, scheme } = read({ path: '/admin', headers })
  assert.deepEqual([method, path, host, scheme], ['GET', '/admin', 'app.example', 'http'])
})

const incomplete: Readonly<Record<string, object>> = {
  'attributes without content': {},
  'a TCP connection': { source: { address: { socket_address: { address: '10.0.0.1' } } } },
  'a request without http': { request: {} },
}

for (const [name, attributes] of Object.entries(incomplete)) {
  test(`${name} is forbidden`, () => {
    assert.equal(refused(encodeAttributes(attributes)), 'forbidden')
  })
}

test('an empty message is forbidden', () => {
  assert.equal(refused(Buffer.alloc(0)), 'forbidden')
})

test('an http part without fields is a bad request', () => {
  assert.equal(refused(encodeAttributes({ request: { http: {} } })), 'bad_request')
})

const garbage: Readonly<Record<string, Buffer>> = {
  'random bytes': Buffer.from('ff00ff00deadbeef', 'hex'),
  text: Buffer.from('GET / HTTP/1.1\r\n\r\n'),
  'a length that is too long': Buffer.from('0aff01', 'hex'),
  'a string that ends after its message': Buffer.from('0a0722051203120547', 'hex'),
  'a truncated message': checkOf().subarray(0, -3),
}

for (const [name, message] of Object.entries(garbage)) {
  test(`${name}: no CheckRequest`, () => {
    const found = decodeCheck(message)
    assert.equal('kind' in found && found.code, 'bad_request')
  })
}

test('any bytes are decoded or refused, without an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      const wire = decodeCheck(Buffer.from(bytes))
      if (!('kind' in wire))
        readCheck(wire, { trust: createTrust([]), paths: defaultPaths, limits }, lifetime)
    }),
  )
})

const namesAndValues = fc.array(
  fc.tuple(fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/), fc.string({ unit: 'grapheme' })),
  { maxLength: 20 },
)

test('headers are read as byte strings, from the map and from the list alike', () => {
  fc.assert(
    fc.property(namesAndValues, pairs => {
      const unique = Object.fromEntries(pairs.filter(([name]) => name !== 'authorization'))
      const expected = Object.entries(unique).map(([name, value]) => [name, bytesOf(value)])
      const mapped = read({ headers: unique })
      const listed = read(rawHeaders(...Object.entries(unique)))
      assert.deepEqual(mapped.headers.pairs, expected)
      assert.deepEqual(listed.headers.pairs, expected)
    }),
  )
})

test('the raw list keeps bytes that are not UTF-8', () => {
  const request = read(rawHeaders(['x-latin', Buffer.from([0x63, 0xe9])]))
  assert.equal(request.headers.first('x-latin'), 'c\xe9')
})

test('a large message is read like a small one', () => {
  const value = 'ü'.repeat(10_000)
  assert.equal(read({ headers: { 'x-large': value } }).headers.first('x-large'), bytesOf(value))
})

test('if there are both, the raw list is used and not the map', () => {
  const request = read({ headers: { 'x-role': 'admin' }, ...rawHeaders(['x-role', 'user']) })
  assert.deepEqual(request.headers.all('x-role'), ['user'])
})

test('with an empty raw list the map is used', () => {
  const request = read({ headers: { a: '1' }, header_map: { headers: [] } })
  assert.equal(request.headers.first('a'), '1')
})

test('duplicates are separate in the raw list and joined in the map', () => {
  const listed = read(rawHeaders(['x-role', 'user'], ['x-role', 'admin']))
  assert.deepEqual(listed.headers.all('x-role'), ['user', 'admin'])
  assert.deepEqual(read({ headers: { 'x-role': 'user,admin' } }).headers.all('x-role'), [
    'user,admin',
  ])
})

test('an empty header is read', () => {
  assert.equal(read({ header_map: { headers: [{ key: 'x-empty' }] } }).headers.first('x-empty'), '')
})

test('names in upper case are found', () => {
  assert.equal(read({ headers: { 'X-User': 'a' } }).headers.first('x-user'), 'a')
})

test('pseudo-headers are not headers', () => {
  assert.deepEqual(read({ headers: { ':path': '/x', ':a': 'b', c: 'd' } }).headers.pairs, [
    ['c', 'd'],
  ])
})

test('__proto__ and constructor are ordinary header names', () => {
  const names = ['__proto__', 'constructor', 'toString']
  const request = read({ headers: Object.fromEntries(names.map(name => [name, 'evil'])) })
  assert.deepEqual(
    request.headers.pairs.map(([name]) => name),
    names,
  )
  assert.equal(request.headers.first('__proto__'), 'evil')
  assert.equal(({} as Record<string, unknown>)['evil'], undefined)
})

test('Authorization lines that differ are refused, equal ones are accepted', () => {
  const two = (a: string, b: string) =>
    checkOf(rawHeaders(['authorization', a], ['Authorization', b]))
  assert.equal(refused(two('Bearer a', 'Bearer b')), 'bad_request')
  assert.equal(accepted(two('Bearer a', 'Bearer a')).headers.first('authorization'), 'Bearer a')
  assert.equal(refused(two('', 'Bearer b')), 'bad_request')
})

test('ten thousand headers are refused', () => {
  const headers = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, i) => [`x-${i}`, 'some value']),
  )
  assert.equal(refusedHttp({ headers }), 'headers_too_large')
})

const from = (address: object, headers: Record<string, string> = {}, trusted?: string[]) =>
  accepted(checkOf({ headers }, { source: { address } }), trusted).client.address
const socket = (address: string) => ({ socket_address: { address } })

test('the client is the peer, or the forwarded address of a trusted peer', () => {
  const forwarded = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7, 10.0.0.2' }
  assert.equal(from(socket('192.0.2.1'), forwarded), '192.0.2.1')
  assert.equal(from(socket('10.0.0.1'), forwarded), '198.51.100.7')
  assert.equal(from(socket('10.0.0.1'), forwarded, []), '10.0.0.1')
  assert.equal(from(socket('::ffff:10.0.0.1')), '10.0.0.1')
})

test('a unix socket peer is trusted, a peer without address is not', () => {
  const forwarded = { 'x-forwarded-for': '203.0.113.9' }
  assert.equal(from({ pipe: { path: '/run/x' } }, forwarded), '203.0.113.9')
  assert.equal(from({ envoy_internal_address: { endpoint_id: 'x' } }, forwarded), undefined)
  assert.equal(accepted(checkOf({ headers: forwarded }, { source: {} })).client.address, undefined)
})

test('a thousand forwarding hops are read up to a bound', () => {
  const hops = Array.from({ length: 1000 }, () => '10.0.0.1').join(',')
  assert.equal(from(socket('10.0.0.1'), { 'x-forwarded-for': hops }), '10.0.0.1')
})

const client = (source: object) => accepted(checkOf({}, { source })).client

test('the principal of the client certificate', () => {
  assert.equal(client({ principal: 'spiffe://a/b' }).principal, 'spiffe://a/b')
  assert.equal(client({}).principal, undefined)
})

test('the certificate is URL-decoded; a malformed or huge one is ignored', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMII/+=\n'
  assert.equal(client({ certificate: encodeURIComponent(pem) }).certificate, pem)
  assert.equal(client({ certificate: '%zz' }).certificate, undefined)
  assert.equal(client({ certificate: 'a'.repeat(70_000) }).certificate, undefined)
  assert.equal(client({}).certificate, undefined)
})

test('context extensions come from the route, never from headers', () => {
  const request = accepted(
    checkOf({ headers: { tenant: 'evil' } }, { context_extensions: { tenant: 'a', ümlaut: 'ö' } }),
  )
  assert.equal(request.context.get('tenant'), 'a')
  assert.equal(request.context.get(bytesOf('ümlaut')), bytesOf('ö'))
  assert.equal(accepted(checkOf({ headers: { tenant: 'evil' } })).context.size, 0)
})

test('filter metadata is JSON with byte strings', () => {
  const value = {
    structValue: {
      fields: {
        text: { stringValue: 'ö' },
        number: { numberValue: 1.5 },
        yes: { boolValue: true },
        no: { boolValue: false },
        nothing: { nullValue: 0 },
        list: { listValue: { values: [{ stringValue: '' }, { numberValue: 0 }] } },
        ['__proto__']: { stringValue: 'plain' },
      },
    },
  }
  const request = accepted(
    checkOf({}, { metadata_context: { filter_metadata: { 'a.b': { fields: { value } } } } }),
  )
  assert.deepEqual(request.metadata, {
    'a.b': {
      value: {
        text: bytesOf('ö'),
        number: 1.5,
        yes: true,
        no: false,
        nothing: null,
        list: ['', 0],
        ['__proto__']: 'plain',
      },
    },
  })
  assert.equal(request.metadata, request.metadata)
})

test('no metadata is an empty object', () => {
  assert.deepEqual(read({}).metadata, {})
})

const bodyOf = async (http: CheckHttp, limit = 1000) => {
  const sent = await read({ method: 'POST', ...http }).body?.bytes(limit)
  return sent && { text: sent.bytes.toString('latin1'), complete: sent.complete }
}

test('the body comes as bytes or as text, or is empty', async () => {
  assert.deepEqual(await bodyOf({ raw_body: Buffer.from([0, 0xff]) }), {
    text: '\0\xff',
    complete: true,
  })
  assert.deepEqual(await bodyOf({ body: 'ö' }), { text: bytesOf('ö'), complete: true })
})

test('a missing body is empty only if the headers announce no body', async () => {
  const announcing = (length: string) => ({ headers: { 'content-length': length } })
  for (const [what, http, complete] of [
    ['nothing said', {}, false],
    ['chunks', { headers: { 'transfer-encoding': 'chunked' } }, false],
    ['an empty body', announcing('0'), true],
    ['three bytes', announcing('3'), false],
    ['a GET', { method: 'GET' }, true],
    ['a GET with three bytes', { method: 'GET', ...announcing('3') }, false],
  ] as const) {
    assert.deepEqual(await bodyOf(http), { text: '', complete }, what)
  }
  assert.deepEqual(await bodyOf({ body: 'ab', ...announcing('3') }), {
    text: 'ab',
    complete: false,
  })
  assert.deepEqual(await bodyOf({ body: 'abc', ...announcing('3') }), {
    text: 'abc',
    complete: true,
  })
})

test('a body that Envoy cut, or that is above the limit, is not complete', async () => {
  const headers = { 'x-envoy-auth-partial-body': 'true' }
  assert.deepEqual(await bodyOf({ body: 'part', headers }), { text: 'part', complete: false })
  assert.deepEqual(await bodyOf({ body: 'abcdef' }, 3), { text: 'abc', complete: false })
  assert.deepEqual(
    await bodyOf({ body: 'abc', headers: { 'x-envoy-auth-partial-body': 'false' } }, 3),
    { text: 'abc', complete: true },
  )
})

test("a client's own line about a partial body does not hide the one of Envoy", async () => {
  for (const values of [
    ['false', 'true'],
    ['', 'true'],
    ['true', 'false'],
    ['TRUE', 'false'],
  ]) {
    const lines = values.map(value => ({ key: 'x-envoy-auth-partial-body', value }))
    const http = { body: 'part', header_map: { headers: lines } }
    assert.deepEqual(await bodyOf(http as never), { text: 'part', complete: false }, `${values}`)
  }
})

test('the body as a stream', async () => {
  const chunks: Buffer[] = []
  for await (const chunk of read({ body: 'abc' }).body?.stream() ?? []) chunks.push(chunk)
  assert.equal(Buffer.concat(chunks).toString(), 'abc')
})

test('gRPC rules match gRPC calls and a GET', () => {
  const grpc = { path: '/shop.Orders/Get', headers: { 'content-type': 'application/grpc+proto' } }
  const url = 'rpc://app.example/shop.Orders/Get'
  assert.deepEqual(read({ method: 'POST', ...grpc }).rpc, { url })
  assert.deepEqual(read({ method: 'GET', path: '/shop.Orders/Get?x=1' }).rpc, { url })
  assert.equal(read({ method: 'POST', path: '/shop.Orders/Get' }).rpc, undefined)
  assert.equal(read({ method: 'PUT', ...grpc }).rpc, undefined)
})

const library = { method: 'POST', scheme: '', host: '', path: '/shop.Orders/Get' } as const

test('a check of a gRPC library has no scheme: it matches rules in the gRPC form only', () => {
  const request = read(library)
  assert.deepEqual(
    [request.scheme, request.host, request.path, request.rpc],
    ['rpc', '', '/shop.Orders/Get', undefined],
  )
  assert.equal(refused(checkOf({ ...library, host: 'shop.example' })), 'bad_request')
  const named = read({ ...library, ...rawHeaders([':authority', 'Shop.Example:81'], ['x-a', 'b']) })
  assert.deepEqual([named.host, named.raw.host], ['shop.example:81', 'Shop.Example:81'])
  assert.deepEqual([...named.headers.canonical.keys()], ['X-A'])
})

test('without a scheme only library calls are decided, and no header can set one', () => {
  for (const method of ['GET', 'PUT', 'DELETE', 'post'])
    assert.equal(refused(checkOf({ ...library, method })), 'bad_request', method)
  assert.equal(refused(checkOf({ ...library, scheme: 'rpc' })), 'bad_request')
  assert.equal(
    refused(checkOf({ ...library, ...rawHeaders([':authority', 'a,b']) })),
    'bad_request',
  )
  assert.equal(read({ method: 'POST', ...rawHeaders([':authority', 'other']) }).host, 'app.example')
})

test('the signal aborts when the caller disconnects, and is made once', () => {
  const wire = decodeCheck(checkOf())
  assert.ok(!('kind' in wire))
  let hangUp: () => void = () => assert.fail('nobody listens')
  const request = readCheck(
    wire,
    { trust: createTrust([]), paths: defaultPaths, limits },
    {
      deadline: performance.now() + 10_000,
      onHangUp: abort => {
        hangUp = abort
      },
    },
  )
  assert.ok(!('kind' in request))
  const { signal } = request
  assert.equal(request.signal, signal)
  assert.equal(signal.aborted, false)
  hangUp()
  assert.equal(signal.aborted, true)
})

const samples = JSON.parse(
  readFileSync(new URL('../../../data/check-requests.json', import.meta.url), 'utf8'),
) as Record<'default_headers_map' | 'raw_header_map', { readonly check_request: object }>

test('the defaults of Envoy', () => {
  const request = accepted(encodeJsonCheck(samples.default_headers_map.check_request))
  assert.equal(request.path, '/api/v1/things/a/b/c;v=1')
  assert.equal(request.query, 'q=a%20b&q=2&empty&x=%2F')
  assert.equal(request.host, 'app.example:8443')
  assert.deepEqual(request.headers.all('cookie'), ['sid=abc; theme=dark,second=2'])
  assert.equal(request.client.address, '203.0.113.9')
})

test('Envoy with every option enabled', async () => {
  const request = accepted(encodeJsonCheck(samples.raw_header_map.check_request))
  assert.equal(request.scheme, 'https')
  assert.deepEqual(request.headers.all('cookie'), ['sid=abc; theme=dark', 'second=2'])
  assert.equal(request.headers.first('x-latin'), 'caf\xe9')
  assert.equal(request.client.principal, 'spiffe://cluster.local/ns/app/sa/caller')
  assert.match(request.client.certificate ?? '', /^-----BEGIN CERTIFICATE-----\nMII/)
  assert.deepEqual(request.metadata, { 'demo.ns': { tenant: 't1' } })
  assert.equal((await request.body?.bytes(100))?.bytes.toString(), '{"name":"café","n":1}')
})
