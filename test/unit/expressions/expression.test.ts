import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileExpression } from '../../../src/expressions/expression.ts'
import { bytesOf } from '../../../src/lib/bytes.ts'
import { type JsonObject, toByteStrings } from '../../../src/lib/json.ts'
import { withSession } from '../../../src/model/session.ts'
import { type RequestOptions, requestTo, sessionOf } from '../../support/request.ts'

const extra = toByteStrings({
  tenant: 'red',
  roles: ['admin', 'ä'],
  level: 5,
  'a-b': true,
  nothing: null,
  nested: { deep: { name: 'x' } },
}) as JsonObject

function answerOf(text: string, options: RequestOptions = {}) {
  const evaluate = compileExpression(text)
  const request = requestTo('https://shop.example/orders/7?page=2&page=3&flag', options)
  const session = withSession(sessionOf(request), { subject: bytesOf('älice'), extra })
  return evaluate({ session, request, now: Date.UTC(2026, 10, 30) })
}

for (const [text, expected] of [
  ['request.method == "GET" && request.path.startsWith("/orders/")', true],
  ['request.host == "shop.example" && request.scheme == "https"', true],
  ['request.query["page"] == ["2", "3"] && request.query.flag == [""]', true],
  ['has(request.query.absent)', false],
  ['"page" in request.query && !("constructor" in request.query)', true],
  ['request.headers["x-a"] == "1,2"', true],
  ['request.headers.exists(name, name == "x-a")', true],
  ['"x-b" in request.headers', false],
  ['session.subject == "älice" && size(session.subject) == 5', true],
  ['session.extra.tenant == "red" && "ä" in session.extra.roles', true],
  ['session.extra["a-b"] && session.extra.level > 4', true],
  ['session.extra.nested.deep.name == "x"', true],
  ['has(session.extra.tenant) && !has(session.extra.absent)', true],
  ['has(session.extra.nested.deep.other)', false],
  ['session.extra.nothing == null', true],
  ['session.extra.roles.all(role, size(role) > 0)', true],
  ['session.extra.size() == 6', true],
  ['match.rule == "r" && size(match.captures) == 0', true],
  ['cidr("10.0.0.0/8").containsIP(client.address)', true],
  ['cidr("::1/128").containsIP(client.address)', false],
  ['client.principal == "" && !has(client.certificate)', true],
  ['request.time > timestamp("2026-11-29T00:00:00Z")', true],
  ['request.size == 12', true],
  ['request.path.matches("^/orders/[0-9]+$")', true],
  ['size(context) == 0 && !has(metadata.jwt)', true],
] as const) {
  test(`${text} is ${expected}`, () => {
    const headers = [
      ['X-A', '1'],
      ['x-a', '2'],
      ['Content-Length', '12'],
    ] as const
    assert.deepEqual(answerOf(text, { address: '10.1.2.3', headers }), expected)
  })
}

for (const [text, reason] of [
  ['session.extra.absent == "x"', /absent/],
  ['session.extra.tenant == "red" && session.extra.level + 1 > 2', /overload|unsupported/],
  ['session.extra.tenant', /neither true nor false/],
  ['request.query.page == ["2"] || request.size / 0 == 1', /divide|zero/],
] as const) {
  test(`${text} has no answer`, () => {
    const answer = answerOf(text)
    assert.ok(typeof answer === 'object', String(answer))
    assert.match(answer.reason, reason)
  })
}

test('an unknown address and a query that cannot be decoded are no answer, never a no', () => {
  const evaluate = (text: string, url: string) => {
    const request = { ...requestTo(url), client: {} }
    const session = sessionOf(request)
    return compileExpression(text)({ session, request, now: 0 })
  }
  const address = evaluate('!cidr("10.0.0.0/8").containsIP(client.address)', 'http://h/')
  assert.ok(typeof address === 'object')
  const query = evaluate('!has(request.query.a)', 'http://h/?%zz')
  assert.ok(typeof query === 'object')
})

test('a list that is too long for a loop is no answer', () => {
  const request = requestTo('http://h/')
  const roles = Array.from({ length: 101 }, (_, i) => `r${i}`)
  const session = withSession(sessionOf(request), { extra: { roles } })
  const evaluate = (text: string) => compileExpression(text)({ session, request, now: 0 })
  assert.equal(evaluate('"r100" in session.extra.roles'), true)
  assert.ok(typeof evaluate('session.extra.roles.exists(r, r == "r1")') === 'object')
})

test('many headers and parameters cost linear time, and are no answer in a loop', () => {
  const count = 15_000
  const headers = Array.from({ length: count }, (_, i) => [`h${i}`, ''] as const)
  const query = Array.from({ length: count }, (_, i) => `p${i}`).join('&')
  const request = requestTo(`http://h/?${query}`, { headers })
  const session = sessionOf(request)
  const evaluate = (text: string) => compileExpression(text)({ session, request, now: 0 })
  assert.equal(evaluate('size(request.headers) + size(request.query) == 30000'), true)
  const looped = evaluate('request.headers.exists(a, request.query.exists(b, a == b))')
  assert.ok(typeof looped === 'object')
  assert.match(looped.reason, /15000 elements, expected at most 100 in a loop/)
})

for (const [text, problem] of [
  ['sesion.subject == "a"', 'found the name "sesion", expected "session"'],
  ['session.subjct == "a"', 'found the name "session.subjct", expected "subject"'],
  ['request.metod == "GET"', 'found the name "request.metod", expected "method"'],
  ['request["metod"] == "GET"', 'found the name "request.metod", expected "method"'],
  ['has(client.adress)', 'found the name "client.adress", expected "address"'],
  ['"subjct" in session', 'found the name "session.subjct", expected "subject"'],
  ['constructor == 1', /found the name "constructor", expected one of/],
  ['request.__proto__ == 1', /found the name "request.__proto__", expected one of/],
  ['session.extra.all(x, y == x)', /found the name "y", expected one of/],
  ['1 + 1', 'found an expression of another type, expected true or false'],
  ['"text"', 'found an expression of another type, expected true or false'],
  ['true && size(session.subject)', 'found a int at &&, expected true or false'],
  ['!request.path', 'found a string at !, expected true or false'],
  ['request.path ? true : false', 'found a string at ?, expected true or false'],
  ['session.extra.a ? "a" : true', 'found string : bool, expected values of one type'],
  ['request.path.startswith("/a")', 'found the function "startswith", expected "startsWith"'],
  ['session.extra.roles.exists(r, r.startwith("a"))', /"startwith", expected "startsWith"/],
  ['foo(request.path)', /found the function "foo", expected one of bool, bytes, charAt/],
  [
    'request.path.startsWith("a", "b")',
    'found string.startsWith(string, string), expected string.startsWith(string)',
  ],
  [
    'startsWith(request.path, "a")',
    'found startsWith(string, string), expected string.startsWith(string)',
  ],
  ['request.size.contains("1")', 'found int.contains(string), expected string.contains(string)'],
  ['request.path == 1', 'found string == int, expected values of one type'],
  ['request.query.tenant == "a"', 'found list == string, expected values of one type'],
  ['request.path + 1 == "a"', /^found string \+ int, expected int \+ int or uint \+ uint/],
  ['request.time > 5', /^found timestamp > int, expected/],
  ['request.method in "GET"', /^found string in string, expected value in list or/],
  ['request.path[0] == "/"', 'found string[…], expected a list or a map'],
  ['request.path.all(c, c == "a")', 'found a loop over a string, expected a list or a map'],
  [
    'request.path.length == 1',
    'found the member length of request.path, which is a string, expected a map',
  ],
  [
    'has(request.headers.accept.json)',
    'found the member json of request.headers.accept, which is a string, expected a map',
  ],
  ['request.path.trim().x == 1', 'found the member "x", which is a string, expected a map'],
  ['cidr("10.0.0.0/33").containsIP(client.address)', /"10\.0\.0\.0\/33" is not a network/],
  ['request.time < timestamp("tomorrow")', /Failed to parse timestamp/],
  ['request.size == 1 / 0', 'int divide by zero'],
  ['session.extra.roles.map(r, r)', 'found an expression of another type, expected true or false'],
  [
    'request.path.matches(session.subject)',
    'matches: found a pattern that is computed, expected a text in quotes',
  ],
  ['request.path.matches("(?=a)")', /matches: found "\(\?=a\)", which RE2 does not accept/],
  ['session.subject ==', /^at 1:/],
  ['(('.repeat(3000), /found 6000 characters, expected at most 4096/],
  [`${'('.repeat(2000)}true${')'.repeat(2000)}`, /nested too deeply/],
  [Array.from({ length: 120 }, () => 'true').join(' && '), /parts, expected at most 200/],
  [
    'session.extra.all(a, session.extra.all(b, session.extra.all(c, a == b)))',
    'found 3 loops in one another, expected at most 2',
  ],
] as const) {
  test(`a mistake is named when rules are loaded: ${text.slice(0, 60)}`, () => {
    assert.throws(
      () => compileExpression(text),
      (error: Error) => {
        if (typeof problem === 'string') assert.equal(error.message, problem)
        else assert.match(error.message, problem)
        return true
      },
    )
  })
}
