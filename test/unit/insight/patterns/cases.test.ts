/** Findings about chosen rules: conditions, defaults, gRPC, impossible URLs, and patterns that are too large. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Overlaps, overlapsOf } from '../../../../src/insight/patterns/overlaps.ts'
import { compilePattern, isProblem } from '../../../../src/rules/matching/pattern.ts'
import { type MatchText, rulesOf } from '../../../support/compared-rules.ts'

const find = (...matches: readonly (string | MatchText)[]): Promise<Overlaps> =>
  overlapsOf(rulesOf(matches))

/** `kind rule other`. */
const short = ({ findings }: Overlaps): readonly string[] =>
  findings.map(({ kind, rule, other = '' }) => `${kind} ${rule} ${other}`.trim()).sort()

test('a rule inside another one overlaps it and is never alone', async () => {
  const found = await find('https://h/<.*>', 'https://h/admin/<.*>')
  assert.deepEqual(short(found), ['overlap 1 0', 'unreachable 1 0'])
  assert.deepEqual(found.findings[0]?.witness, { method: 'GET', url: 'https://h/admin/a' })
})

test('a rule that several others cover together is unreachable', async () => {
  const found = await find('https://h/<[a-m]+>', 'https://h/<[n-z]+>', 'https://h/<[a-z]>')
  assert.deepEqual(short(found), ['overlap 2 0', 'overlap 2 1', 'unreachable 2 0'])
})

test('methods decide', async () => {
  const url = 'https://h/a'
  assert.deepEqual(short(await find({ url, methods: ['get'] }, { url, methods: ['POST'] })), [])
  assert.deepEqual(short(await find({ url, methods: [] })), ['never-matches 0'])
})

test('patterns that no cleaned URL has never match', async () => {
  const none = ['/a/', '//a', '/a/../b', '/a/./b', '/..;/a', '/a\\b', '/<[\\x00-\\x1f]>']
  const found = await find(
    ...none.map(path => `https://h${path}`),
    'https://<[A-Z]+>/',
    'ftp://h/a',
  )
  assert.deepEqual(
    short(found),
    none.concat('host', 'scheme').map((_, i) => `never-matches ${i}`),
  )
})

test('conditions decide: equal, absent, one of several, and several values at once', async () => {
  const host = { hosts: ['h'] }
  const red = { ...host, headers: { 'X-T': 'red' } }
  const none = { ...host, headers: { 'X-T': null } }
  const blue = { ...host, headers: { x_t: 'blue' } }
  assert.deepEqual(short(await find(red, none, blue)), [])
  const any = { ...host, headers: { 'x.t': '<red|blue>' } }
  // A request with both values is matched by the last rule only, so that one is not unreachable.
  assert.deepEqual(short(await find(red, blue, any)), [
    'overlap 2 0',
    'overlap 2 1',
    'unreachable 0 2',
    'unreachable 1 2',
  ])
  assert.deepEqual(
    short(await find({ ...host, query: { q: 'a' } }, { ...host, query: { q: null } })),
    [],
  )
})

test('a query that cannot be decoded matches the rule without conditions only', async () => {
  const host = { hosts: ['h'] }
  const found = await find(host, { ...host, query: { q: null } }, { ...host, query: { q: '<.*>' } })
  assert.ok(!short(found).some(text => text.startsWith('unreachable 0')), short(found).join())
})

test('default rules overlap no other rule, and each other only where no other matches', async () => {
  const host = { hosts: ['h'] }
  const other = { hosts: ['h'], default: true }
  assert.deepEqual(short(await find({ ...host, paths: ['/a'] }, other)), [])
  assert.deepEqual(short(await find(host, other)), ['unreachable 1 0'])
  assert.deepEqual(short(await find(other, other)), [
    'overlap 1 0',
    'unreachable 0 1',
    'unreachable 1 0',
  ])
})

test('a gRPC rule overlaps a rule for the URL of its calls', async () => {
  const found = await find(
    { authority: 'a.example', full_method: 'shop.Orders/Get' },
    { hosts: ['a.example'], methods: ['POST'] },
    { hosts: ['a.example'], methods: ['PUT'] },
  )
  assert.deepEqual(short(found), ['overlap 1 0'])
  assert.deepEqual(found.findings[0]?.witness, {
    method: 'POST',
    url: 'http://a.example/shop.Orders/Get',
    headers: [['Content-Type', 'application/grpc']],
  })
})

test('a lookahead is undecided unless a witness is confirmed', async () => {
  const apart = await find('https://h/<(?!admin/).*>', 'https://h/admin/<.*>')
  assert.deepEqual(short(apart), [])
  assert.match(apart.undecided[0]?.reason ?? '', /a lookahead/)
  const hole = await find('https://h/<(?!admin/).*>', 'https://h/admin<.*>')
  assert.deepEqual(short(hole), ['overlap 1 0'])
})

test('patterns that are too large are undecided, in time and in memory', async () => {
  const found = await find(
    'https://h/<(?:[ab]{0,900}){0,900}c>',
    'https://h/<(?:.*a.{80})+>',
    'https://h/<(?:[^c]*a[^c]{60}){2}c>',
    'https://h/<.*b.{70}>',
    'https://h/<(?:(?:a?){500}){500}>',
  )
  assert.ok(found.undecided.length > 0)
  for (const { reason } of found.undecided) assert.match(reason, /too many|too long/)
})

test('a pattern that is too long to be run is a problem of its rule, which is not compared', async () => {
  const long = `https://h/${'a/'.repeat(20_000)}b`
  const { findings, undecided } = await find(long, 'https://h/<.*>')
  assert.deepEqual({ findings, undecided }, { findings: [], undecided: [] })
  assert.ok(isProblem(compilePattern(long, 'regexp')))
})
