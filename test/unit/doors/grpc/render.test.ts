import assert from 'node:assert/strict'
import { test } from 'node:test'
import { internalDenial } from '../../../../src/doors/grpc/answer/denial.ts'
import { renderAllow, renderDeny } from '../../../../src/doors/grpc/answer/render.ts'
import { statusCodeOf } from '../../../../src/doors/grpc/answer/status.ts'
import { bytesOf } from '../../../../src/lib/bytes.ts'
import type { Allow, Changes, Deny, Reply } from '../../../../src/model/decision.ts'
import { type FailureCode, failure } from '../../../../src/model/failure.ts'
import type { HeaderMap } from '../../../../src/model/headers.ts'
import { withSession } from '../../../../src/model/session.ts'
import { type Answer, answerOf } from '../../../support/check.ts'
import { requestTo, sessionOf } from '../../../support/request.ts'

type Headers = Readonly<Record<string, readonly string[]>>

const mapOf = (headers: Headers): HeaderMap => new Map(Object.entries(headers))

const unchanged: Changes = {
  remove: [],
  owned: new Set<string>(),
  response: new Map(),
  query: { set: new Map(), remove: [] },
  metadata: {},
}

const session = sessionOf(requestTo('http://h/'))

const allow = (headers: Headers, changes: Partial<Changes> = {}): Allow => ({
  kind: 'allow',
  rule: 'r',
  session: withSession(session, { headers: mapOf(headers) }),
  changes: { ...unchanged, ...changes },
  upstream: undefined,
})

const deny = (reply: Partial<Reply>, code: FailureCode = 'unauthorized'): Deny => ({
  kind: 'deny',
  failure: failure(code, { message: 'secret reason' }),
  reply: { kind: 'reply', status: 401, headers: new Map(), body: '', ...reply },
})

const allowed = (headers: Headers, changes: Partial<Changes> = {}): Answer =>
  answerOf(renderAllow(allow(headers, changes)))

const denied = (reply: Partial<Reply>): Answer =>
  answerOf(renderDeny({ ...deny(reply), audience: 'http' }))

const isInternalDenial = (answer: Answer): void =>
  assert.deepEqual(answer, answerOf(internalDenial))

test('the answer to an exception is code 13 and a 500 with the built-in body', () => {
  const { status, denied_response } = answerOf(internalDenial)
  assert.equal(status?.code, 13)
  assert.equal(denied_response?.status?.code, 'InternalServerError')
  assert.equal(
    denied_response?.body,
    '{"error":{"code":500,"status":"Internal Server Error","message":"An internal server error occurred, please contact the system administrator"}}\n',
  )
})

test('an allow always has an explicit status', () => {
  assert.deepEqual(allowed({}), { status: {}, ok_response: {} })
  assert.equal(renderAllow(allow({})).subarray(0, 2).toString('hex'), '0a00')
})

test("a header overwrites the client's, a further value is appended to it", () => {
  assert.deepEqual(allowed({ 'X-User': ['a', 'b'] }).ok_response?.headers, [
    {
      header: { key: 'x-user', value: 'a' },
      append: { value: false },
      append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
    },
    {
      header: { key: 'x-user', value: 'b' },
      append: { value: true },
      append_action: 'APPEND_IF_EXISTS_OR_ADD',
    },
  ])
})

test('an empty value is still sent', () => {
  assert.equal(allowed({ 'X-User': [''] }).ok_response?.headers?.[0]?.header.value, '')
})

test('a byte string is sent as the UTF-8 bytes that it contains', () => {
  const sent = allowed({ 'X-User': [bytesOf('Zoë')] }).ok_response?.headers
  assert.equal(sent?.[0]?.header.value, 'Zoë')
})

for (const value of ['a\r\nx: y', 'a\nb', 'a\0b', 'caf\xe9']) {
  test(`the value ${JSON.stringify(value)} turns the allow into a 500`, () => {
    isInternalDenial(allowed({ 'X-User': [value] }))
    isInternalDenial(allowed({}, { response: mapOf({ 'X-A': [value] }) }))
    isInternalDenial(denied({ headers: mapOf({ Location: [value] }) }))
  })
}

for (const name of ['', 'a b', 'a:b', 'ä']) {
  test(`the name ${JSON.stringify(name)} turns the allow into a 500`, () => {
    isInternalDenial(allowed({ [name]: ['x'] }))
    isInternalDenial(denied({ headers: mapOf({ [name]: ['x'] }) }))
  })
}

const neverSet = [
  'Host',
  ':path',
  ':authority',
  'Content-Length',
  'Transfer-Encoding',
  'Connection',
  'TE',
  'Upgrade',
  'Trailer',
  'Keep-Alive',
]

for (const name of neverSet) {
  test(`${name} is neither set nor removed`, () => {
    const { ok_response } = allowed(
      { [name]: ['x'] },
      {
        remove: [name.toLowerCase()],
        owned: new Set<string>(),
        response: mapOf({ [name]: ['x'] }),
      },
    )
    assert.deepEqual(ok_response, {})
    assert.equal(denied({ headers: mapOf({ [name]: ['x'] }) }).denied_response?.headers, undefined)
  })
}

test("an owned hop-by-hop header is not set, so the client's is removed", () => {
  assert.deepEqual(allowed({ 'Proxy-Authorization': ['x'] }).ok_response, {
    headers_to_remove: ['proxy-authorization'],
  })
})

test('owned names that are not set are removed, those that are set are not', () => {
  const { ok_response } = allowed(
    { 'X-User': ['a'], 'X-None': [] },
    { remove: ['X-Role', 'x_role', 'x-user'] },
  )
  assert.deepEqual(ok_response?.headers_to_remove, ['x-role', 'x_role', 'x-none'])
})

test('headers that noop returns are not sent: the request has them already', () => {
  const echoed = mapOf({ Cookie: ['a'] })
  const decision = {
    ...allow({}),
    session: withSession(session, { headers: echoed, echoed }),
  }
  assert.deepEqual(answerOf(renderAllow(decision)).ok_response, {})
})

test('cookies for the client are appended, other headers overwrite', () => {
  const response = mapOf({ 'Set-Cookie': ['a=1', 'b=2'], 'X-Id': ['1', '2'] })
  assert.deepEqual(
    allowed({}, { response }).ok_response?.response_headers_to_add?.map(option => [
      option.header.key,
      option.header.value,
      option.append_action,
      option.append,
    ]),
    [
      ['set-cookie', 'a=1', 'APPEND_IF_EXISTS_OR_ADD', undefined],
      ['set-cookie', 'b=2', 'APPEND_IF_EXISTS_OR_ADD', undefined],
      ['x-id', '1', 'OVERWRITE_IF_EXISTS_OR_ADD', undefined],
      ['x-id', '2', 'APPEND_IF_EXISTS_OR_ADD', undefined],
    ],
  )
})

test('a parameter that is set is not removed, because Envoy removes after it has set', () => {
  const query = { set: new Map([['a b', '1']]), remove: ['a%20b', 'a+b', '%61%20b'] }
  const { ok_response } = allowed({}, { query })
  assert.deepEqual(ok_response?.query_parameters_to_remove, ['a+b', '%61%20b'])
})

test('query parameters are percent-encoded', () => {
  const query = { set: new Map([['a b', bytesOf('x y&ö')]]), remove: ['c%20d'] }
  const { ok_response } = allowed({}, { query })
  assert.deepEqual(ok_response?.query_parameters_to_set, [
    { key: 'a%20b', value: 'x%20y%26%C3%B6' },
  ])
  assert.deepEqual(ok_response?.query_parameters_to_remove, ['c%20d'])
})

test('metadata becomes a Struct', () => {
  const { dynamic_metadata } = allowed(
    {},
    { metadata: { rule: bytesOf('ö'), list: [1, true, null], ['__proto__']: { a: 'b' } } },
  )
  assert.deepEqual(dynamic_metadata, {
    fields: {
      rule: { stringValue: 'ö' },
      list: {
        listValue: {
          values: [{ numberValue: 1 }, { boolValue: true }, { nullValue: 'NULL_VALUE' }],
        },
      },
      ['__proto__']: { structValue: { fields: { a: { stringValue: 'b' } } } },
    },
  })
})

test('a deny has its status, headers and body', () => {
  const headers = mapOf({ 'Content-Type': ['text/html'], 'Set-Cookie': ['a=1', 'b=2'] })
  const { dynamic_metadata: _, ...answer } = denied({ status: 403, headers, body: bytesOf('ö') })
  assert.deepEqual(answer, {
    status: { code: 7 },
    denied_response: {
      status: { code: 'Forbidden' },
      headers: [
        {
          header: { key: 'content-type', value: 'text/html' },
          append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
        },
        {
          header: { key: 'set-cookie', value: 'a=1' },
          append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
        },
        {
          header: { key: 'set-cookie', value: 'b=2' },
          append_action: 'APPEND_IF_EXISTS_OR_ADD',
        },
      ],
      body: 'ö',
    },
  })
})

test('the metadata of a deny contains rule, kind and id, and no more', () => {
  const metadataOf = (changes: object) =>
    answerOf(renderDeny({ ...deny({}), audience: 'http', ...changes })).dynamic_metadata
  const text = (stringValue: string) => ({ stringValue })
  assert.deepEqual(metadataOf({ rule: 'orders', id: 'abc' }), {
    fields: { rule: text('orders'), reason: text('unauthorized'), decision_id: text('abc') },
  })
  assert.deepEqual(metadataOf({}), { fields: { reason: text('unauthorized') } })
})

for (const status of [0, 100, 101, 200, 204, 299, 600, 1000, -1, 401.5, Number.NaN]) {
  test(`a deny with status ${status} becomes a 500`, () => {
    isInternalDenial(denied({ status }))
  })
}

test('304 has no body', () => {
  assert.equal(denied({ status: 304, body: 'x' }).denied_response?.body ?? '', '')
})

test('a status without a name in the enum is kept', () => {
  assert.equal(denied({ status: 418 }).denied_response?.status?.code, 418)
})

test('a long body is cut between two characters', () => {
  const body = denied({ body: bytesOf(`x${'ö'.repeat(100_000)}`) }).denied_response?.body ?? ''
  assert.equal(Buffer.byteLength(body), 60 * 1024 - 1)
  assert.ok(!body.includes('\ufffd'))
})

test('headers above 60 KiB together are left out', () => {
  const headers = mapOf({ 'X-A': ['a'.repeat(40_000)], 'X-B': ['b'.repeat(40_000)] })
  const { denied_response } = denied({ status: 403, headers, body: 'no' })
  assert.equal(denied_response?.status?.code, 'Forbidden')
  assert.equal(denied_response?.headers, undefined)
  assert.equal(denied_response?.body, 'no')
})

test('a redirect whose Location would be left out is a 401', () => {
  const headers = mapOf({ Location: [`http://h/${'a'.repeat(70_000)}`] })
  assert.equal(denied({ status: 302, headers }).denied_response?.status?.code, 'Unauthorized')
})

const codes: readonly (readonly [status: number, code: number])[] = [
  [301, 16],
  [302, 16],
  [400, 3],
  [401, 16],
  [403, 7],
  [404, 5],
  [409, 13],
  [413, 13],
  [429, 8],
  [500, 13],
  [502, 13],
  [503, 14],
  [504, 4],
]

test('every status has its code', () => {
  assert.deepEqual(
    codes.map(([status]) => [status, statusCodeOf(status)]),
    codes,
  )
})

test('no status has code 0', () => {
  const zero = Array.from({ length: 1000 }, (_, status) => status).filter(
    status => statusCodeOf(status) === 0,
  )
  assert.deepEqual(zero, [])
})

const toRpc = (reply: Partial<Reply>, code?: FailureCode): Answer =>
  answerOf(renderDeny({ ...deny(reply, code), audience: 'grpc' }))

test('a gRPC client gets short plain text instead of a page', () => {
  const { status, denied_response } = toRpc({
    headers: mapOf({ 'Content-Type': ['application/json'], 'Www-Authenticate': ['Basic'] }),
    body: '{"error":{}}',
  })
  assert.equal(status?.code, 16)
  assert.equal(denied_response?.body, 'The request could not be authorized')
  assert.deepEqual(
    denied_response?.headers?.map(({ header }) => [header.key, header.value]),
    [
      ['content-type', 'text/plain'],
      ['www-authenticate', 'Basic'],
    ],
  )
})

test('a gRPC client is not redirected', () => {
  const headers = mapOf({ Location: ['http://login/'] })
  const { denied_response } = toRpc({ status: 302, headers, body: '<a>' }, 'forbidden')
  assert.equal(denied_response?.status?.code, 'Forbidden')
  assert.ok(!denied_response?.headers?.some(({ header }) => header.key === 'location'))
})

test('headers that a gRPC library uses as trailers contain no content type', () => {
  const headers = mapOf({ 'Content-Type': ['application/json'], 'Www-Authenticate': ['Basic'] })
  const { denied_response } = answerOf(
    renderDeny({ ...deny({ headers }), audience: 'grpc-library' }),
  )
  assert.equal(denied_response?.body, 'The request could not be authorized')
  assert.deepEqual(
    denied_response?.headers?.map(({ header }) => [header.key, header.value]),
    [['www-authenticate', 'Basic']],
  )
})

test('error_response is never sent', () => {
  for (const answer of [allowed({}), denied({ status: 500 }), toRpc({ status: 503 })]) {
    assert.equal(answer.error_response, undefined)
  }
})
