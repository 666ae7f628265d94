/**
 * The time to read what a client sends is proportional to its length: four times the length takes at most eight
 * times as long.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timeoutOf } from '../../src/doors/grpc/wire/timeout.ts'
import { readFacts } from '../../src/doors/http/facts.ts'
import { isRoutedAs } from '../../src/doors/proxy/application-routing.ts'
import { connectionNames } from '../../src/doors/proxy/hop-by-hop.ts'
import { headersForRules } from '../../src/doors/proxy/request-headers.ts'
import { changedQuery } from '../../src/doors/proxy/target.ts'
import { headersOf } from '../../src/doors/request/headers.ts'
import { canonicalHost } from '../../src/doors/request/host.ts'
import {
  canonicalForwardedPath,
  canonicalForwardedPathWithSlashes,
  canonicalPath,
  canonicalPathWithSlashes,
} from '../../src/doors/request/path.ts'
import { clientAddress, createTrust } from '../../src/doors/request/trust.ts'
import { announcedBody } from '../../src/doors/request/withheld-body.ts'
import { parseCompact } from '../../src/handlers/authenticators/jwt/compact.ts'
import { compileWhen } from '../../src/handlers/errors/when.ts'
import { bearerOf } from '../../src/handlers/token-source.ts'
import { readCookie, readCookies, withoutCookies } from '../../src/lib/cookies.ts'
import { foldedName, isHeaderName, trimBlanks } from '../../src/lib/header-name.ts'
import { compileNames } from '../../src/lib/name-patterns.ts'
import { namesInQuery, readQuery, readQueryValue } from '../../src/lib/query.ts'
import { escapeMatchedPath } from '../../src/lib/url-path.ts'
import { failure } from '../../src/model/failure.ts'
import { withEdits } from '../../src/model/session.ts'
import { createHeaderForms, styles } from '../../src/observability/header-forms.ts'
import { createRedaction } from '../../src/observability/redaction.ts'
import { traceHeaders } from '../../src/outbound/http/trace-context.ts'
import { createChanges } from '../../src/rules/owned.ts'
import { parseFloat64, parseInt64 } from '../../src/templates/go/parse-number.ts'
import { parseUrl } from '../../src/templates/go/url-parse.ts'
import { trimSpace } from '../../src/templates/text/trim.ts'
import { requestTo, sessionOf } from '../support/request.ts'

const length = 65_536

type Run = (n: number) => () => unknown

/** A unit repeated between a beginning and an end. */
type Parts = readonly [unit: string, start?: string, end?: string]

const of =
  (read: (text: string) => unknown, ...[unit, start = '', end = '']: Parts): Run =>
  n => {
    const made = start + unit.repeat(Math.floor(n / unit.length)) + end
    return () => read(made)
  }

/** As many header lines as fit into the given bytes, with different names or with the same name. */
const lines = (n: number, nameOf: (i: number) => string): string[] =>
  Array.from({ length: Math.floor(n / 6) }, (_, i) => [nameOf(i), '']).flat()

const ofLines =
  (read: (flat: string[]) => unknown, nameOf: (i: number) => string): Run =>
  n => {
    const made = lines(n, nameOf)
    return () => read(made)
  }

const wanted = compileWhen([
  { request: { header: { accept: ['text/html'] } } },
  { request: { header: { content_type: ['text/html'] } } },
])
const denied = failure('unauthorized', { message: '' })
const accepts = (value: string) =>
  wanted(
    denied,
    requestTo('http://h/', {
      headers: [
        ['Accept', value],
        ['Content-Type', value],
      ],
    }),
  )
const redaction = createRedaction({ leak: false, text: '***', headers: [] })
const trusting = createTrust(['0.0.0.0/0'])
const changes = createChanges('r', ['X-User-Id', 'X-A'], [])
const session = sessionOf(requestTo('http://h/'))
const isRemoved = compileNames(['tk*', 'a'])
const removing = withEdits(session, () => ({
  headers: [{ names: [], matches: compileNames(['x-t-*']) }],
}))
const distinct = (i: number): string => `x-${i.toString(36)}`
const spelling = (i: number): string =>
  `x${"!#$%&'*+.^_`|~"[i % 15]}user${"!#$%&'*+.^_`|~"[(i >> 4) % 15]}id`
const b64 = (json: string): string => Buffer.from(json).toString('base64url')

const parsers: Readonly<Record<string, Run>> = {
  'Accept: blanks': of(accepts, ' ', 'a', 'b'),
  'Accept: spaces after semicolons': of(accepts, '; ', 'a', 'q'),
  'Accept: semicolons': of(accepts, ';', 'a'),
  'Accept: commas': of(accepts, ',', 'a'),
  'Content-Type: slashes': of(accepts, '/', 'a'),
  'a path of dot segments': of(canonicalPath, '/..'),
  'a path of dots': of(canonicalPath, '/.a.', '', '\\'),
  'a path of slashes': of(canonicalPath, '/'),
  'a path of escapes': of(canonicalPath, '/%41', '', '%'),
  'a forwarded path': of(canonicalForwardedPath, '/%41.', '', '#'),
  'a path of kept slashes': of(canonicalPathWithSlashes, '/a%2F'),
  'a path of kept slashes and dots': of(canonicalPathWithSlashes, '%2F..', '/a', '%2F'),
  'a path of escaped percent signs': of(canonicalPathWithSlashes, '%25', '/', '2F'),
  'a forwarded path of kept slashes': of(canonicalForwardedPathWithSlashes, '/%5C.', '', '#'),
  'a kept path as a URL': of(path => escapeMatchedPath(path, 'slashes'), '%2F%', '/', '%'),
  'a path that an application routes': of(path => isRoutedAs(path, { path: '/x' }), '%40', '/'),
  'a host of dots': of(canonicalHost, 'a.', '', ':1x'),
  'a host of colons': of(canonicalHost, ':1'),
  'a host of brackets': of(canonicalHost, '[::1]'),
  'a cookie of spaces': of(line => readCookie([line], 'a'), ' ', 'a', 'b'),
  'cookies of semicolons': of(line => readCookies([line]), ';', 'a'),
  'cookies of quotes': of(line => readCookies([line]), '"=', 'a'),
  'a query of ampersands': of(readQuery, '&'),
  'a query of escapes': of(query => readQueryValue(query, 'a'), '%41', 'a=', '%'),
  'a query of parameters': of(readQuery, 'a=1&'),
  'a query of names that are removed': n => {
    const query = Array.from({ length: Math.floor(n / 8) }, (_, i) => `t%6b${i}=1`).join('&')
    return () => changedQuery(query, { set: new Map(), remove: namesInQuery(query, isRemoved) })
  },
  'a query of semicolons': of(query => namesInQuery(query, isRemoved), ';', 'a=1&b'),
  'a query of malformed escapes': of(query => namesInQuery(query, isRemoved), '%4', 'a&'),
  'cookies that are removed': of(line => withoutCookies([line], isRemoved), 'tk;a;'),
  'a value of spaces': of(trimBlanks, ' ', 'a', 'a'),
  'a long name': of(foldedName, '_-', 'x'),
  'a name that is not valid': of(isHeaderName, 'x', '', ' '),
  'a bearer token': of(bearerOf, ' ', 'bearer '),
  'a token of dots': of(parseCompact, '.'),
  'a token of nested lists': n => {
    const token = `${b64('['.repeat(n))}.e30.`
    return () => parseCompact(token)
  },
  'a token of quotes': n => {
    const token = `${b64(`{"a":"${'\\"'.repeat(n / 2)}`)}.e30.`
    return () => parseCompact(token)
  },
  'forwarded addresses': of(list => clientAddress('10.0.0.1', [list], trusting), '1.1.1.1,'),
  'a timeout': of(text => timeoutOf(text), '1'),
  'a trace context': of(
    value => traceHeaders(headersOf(['traceparent', value, 'tracestate', value])),
    ' -',
    '00-',
  ),
  'a text with URLs in the log': of(redaction.text, '://a?'),
  'a text with users in the log': of(redaction.text, '://a:'),
  'a text with tokens in the log': of(redaction.text, 'eyJaaaaaaaa-'),
  'a text with schemes in the log': of(redaction.text, 'bearer  '),
  'a URL in the log': of(url => redaction.header('referer', url), '#?'),
  'a number of digits': of(parseFloat64, '1', '', 'x'),
  'a number of dots': of(parseFloat64, '1.', '', 'x'),
  'a number of hex digits': of(parseFloat64, 'a', '0x', 'q'),
  'a number with an exponent': of(parseFloat64, '1', '1e', 'x'),
  'an integer of underscores': of(text => parseInt64(text, 0), '1_', '', '_'),
  'a URL of colons': of(parseUrl, ':', 'http://'),
  'a text of spaces': of(trimSpace, ' ', '', 'a '),
  'header lines of many names': ofLines(readFacts, distinct),
  'header lines of one name': ofLines(readFacts, () => 'x-forwarded-for'),
  'a body announced many times': ofLines(announcedBody, () => 'x-content-len'),
  'names in spellings of owned headers': ofLines(
    flat => changes(session, headersOf(flat), ''),
    spelling,
  ),
  'names that a rule removes by their beginning': ofLines(
    flat => changes(removing, headersOf(flat), ''),
    i => `x_t-${i.toString(36)}`,
  ),
  'headers by name': ofLines(flat => headersOf(flat).canonical, distinct),
  'Connection lines': ofLines(connectionNames, () => 'Connection'),
  'headers for rules': ofLines(flat => headersForRules(flat, false), distinct),
  'headers in the access log, as JSON': ofLines(
    flat => createHeaderForms(redaction, styles.json).ofRequest(flat),
    distinct,
  ),
  'headers in the access log, as a map': ofLines(
    flat => createHeaderForms(redaction, styles.map).ofRequest(flat),
    distinct,
  ),
  'an answer in the access log': n => {
    const head = `HTTP/1.1 200 OK\r\n${lines(n, distinct)
      .filter((_, i) => i % 2 === 0)
      .map(name => `${name}: v\r\n`)
      .join('')}\r\n`
    return () => createHeaderForms(redaction, styles.json).ofAnswer(head)
  },
}

/** The least CPU time of some runs, in milliseconds: other programs on the machine do not count. */
function shortest(run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 7; i++) {
    const start = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(start)
    best = Math.min(best, (user + system) / 1000)
  }
  return best
}

/** A shorter time measures the clock and the compiler only. */
const least = 1

/** Takes the least ratio of several measurements: other programs disturb some of them. */
function growth(make: Run): number {
  let best = Number.POSITIVE_INFINITY
  for (let left = 5; left > 0 && best > most; left--) {
    const short = Math.max(shortest(make(length / 4)), least)
    best = Math.min(best, shortest(make(length)) / short)
  }
  return best
}

const most = 8

for (const [what, make] of Object.entries(parsers)) {
  test(`${what}: time is proportional to the length`, () => {
    const times = growth(make)
    assert.ok(times <= most, `${times} times as long`)
  })
}
