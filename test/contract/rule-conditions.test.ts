/** Rules with hosts, paths, conditions and defaults are found as a small model of their meaning says. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '../../src/lib/json.ts'
import type { AccessRequest } from '../../src/model/request.ts'
import { compileConditions } from '../../src/rules/matching/conditions.ts'
import { createIndex } from '../../src/rules/matching/index-matcher.ts'
import { createLinear } from '../../src/rules/matching/linear.ts'
import { type Entry, isUndecided } from '../../src/rules/matching/matcher.ts'
import { compileParts } from '../../src/rules/matching/parts.ts'
import { compilePattern, isProblem } from '../../src/rules/matching/pattern.ts'
import { rulesOf } from '../cases/run-case.ts'
import { requestTo } from '../support/request.ts'

interface DrawnMatch {
  readonly hosts: readonly string[] | undefined
  readonly paths: readonly string[] | undefined
  readonly methods: readonly string[] | undefined
  readonly headers: Readonly<Record<string, string | null>>
  readonly query: Readonly<Record<string, string | null>>
  readonly default: boolean
}

interface DrawnRequest {
  readonly host: string
  readonly path: string
  readonly method: string
  readonly headers: readonly (readonly [string, string])[]
  readonly query: readonly (readonly [string, string])[]
}

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const oneOrTwo = (values: readonly string[]) =>
  fc.subarray([...values], { minLength: 1, maxLength: 2 })
const value = fc.constantFrom('1', '2', null)

const match: fc.Arbitrary<DrawnMatch> = fc
  .record({
    hosts: some(oneOrTwo(['h.test', '*.h.test', '{t}.h.test', 'h.test:80', 'a.{t}.test'])),
    paths: some(
      oneOrTwo(['/', '/a', '/a/{id}', '/a/*', '/{p}', '/a/{rest...}', '/{rest...}', '/a/b']),
    ),
    methods: some(oneOrTwo(['GET', 'post'])),
    headers: fc.dictionary(fc.constantFrom('X-A', 'x-b'), value, { maxKeys: 2 }),
    query: fc.dictionary(fc.constantFrom('q', 'r'), value, { maxKeys: 2 }),
    default: fc.boolean(),
  })
  .filter(({ hosts, paths }) => hosts !== undefined || paths !== undefined)

const given = (names: readonly string[]) =>
  fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom('1', '2')), { maxLength: 3 })

const request: fc.Arbitrary<DrawnRequest> = fc.record({
  host: fc.constantFrom('h.test', 'a.h.test', 'a.b.h.test', 'h.test:80', 'a.c.test', 'other'),
  path: fc.constantFrom('/', '/a', '/a/b', '/a/c', '/a/b/c', '/b', '/ab'),
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  headers: given(['x-a', 'X-A', 'x_a', 'X-B', 'x.b']),
  query: given(['q', 'r', 's', 'q[]', '+q', 'r[a]']),
})

const label = (pattern: string, text: string): boolean =>
  pattern === text || ((pattern === '*' || /^\{\w+\}$/.test(pattern)) && text !== '')

function hostMatches(pattern: string, host: string): boolean {
  const [name = '', port] = pattern.split(':')
  const [asked = '', askedPort] = host.split(':')
  const [labels, askedLabels] = [name.split('.'), asked.split('.')]
  return (
    (port === undefined || port === askedPort) &&
    labels.length === askedLabels.length &&
    labels.every((one, i) => label(one, askedLabels[i] ?? ''))
  )
}

function pathMatches(pattern: string, path: string): boolean {
  const [segments, asked] = [pattern, path].map(text =>
    text.split('/').filter(one => one !== ''),
  ) as [string[], string[]]
  const takesRest = /^\{\w+\.\.\.\}$/.test(segments.at(-1) ?? '')
  const fixed = takesRest ? segments.slice(0, -1) : segments
  return (
    (takesRest ? asked.length >= fixed.length : asked.length === fixed.length) &&
    fixed.every((one, i) => label(one, asked[i] ?? ''))
  )
}

type Pairs = readonly (readonly [string, string])[]
type Fold = (name: string) => string

const folded: Fold = name => name.toLowerCase().replace(/[^a-z0-9]/g, '-')
/** As a program reads a parameter that it takes for a list. */
const asList: Fold = name => name.replace(/^\+|\[.*$/g, '')

const conditionHolds =
  (pairs: Pairs, fold: Fold) =>
  ([name, expected]: readonly [string, string | null]): boolean => {
    const values = pairs.filter(([sent]) => fold(sent) === fold(name)).map(([, sent]) => sent)
    if (expected === null) return values.length === 0
    return values.length > 0 && values.every(sent => sent === expected)
  }

const matches = (rule: DrawnMatch, asked: DrawnRequest): boolean =>
  (rule.hosts?.some(host => hostMatches(host, asked.host)) ?? true) &&
  (rule.paths?.some(path => pathMatches(path, asked.path)) ?? true) &&
  (rule.methods?.some(method => method.toUpperCase() === asked.method) ?? true) &&
  Object.entries(rule.headers).every(conditionHolds(asked.headers, folded)) &&
  Object.entries(rule.query).every(conditionHolds(asked.query, asList))

/** The id of the rule, or the code of the failure. */
function expected(rules: readonly DrawnMatch[], asked: DrawnRequest): string {
  const all = rules.flatMap((rule, i) => (matches(rule, asked) ? [{ rule, id: `r${i + 1}` }] : []))
  const others = all.filter(({ rule }) => !rule.default)
  const chosen = others.length > 0 ? others : all
  if (chosen.length > 1) return 'internal_server_error'
  return chosen[0]?.id ?? 'not_found'
}

function toRequest({ host, path, method, headers, query }: DrawnRequest): AccessRequest {
  const parameters = query.map(([name, text]) => `${name}=${text}`).join('&')
  return requestTo(`http://${host}${path}${parameters && `?${parameters}`}`, { method, headers })
}

/** An object without conditions is a mistake. */
const withoutEmpty = (rule: DrawnMatch): JsonObject =>
  Object.fromEntries(
    Object.entries(rule as unknown as JsonObject).filter(
      ([, value]) => JSON.stringify(value) !== '{}',
    ),
  )

test('rules are found as a model of hosts, paths, conditions and defaults says', async () => {
  const seen = new Set<string>()
  const property = fc.asyncProperty(
    fc.array(match, { minLength: 1, maxLength: 8 }),
    fc.array(request, { minLength: 1, maxLength: 12 }),
    async (rules, requests) => {
      const documents = rules.map(rule => ({ match: withoutEmpty(rule) }))
      const set = await rulesOf({ name: '', rules: documents, request: { url: '' }, expect: {} })
      assert.deepEqual(set.problems, [])
      for (const asked of requests) {
        const found = set.find(toRequest(asked))
        const outcome = found.kind === 'rule' ? found.id : found.code
        assert.equal(outcome, expected(rules, asked), JSON.stringify(asked))
        seen.add(found.kind === 'rule' && found.isDefault ? 'default' : outcome)
      }
    },
  )
  await fc.assert(property, { numRuns: 400 })
  for (const outcome of ['r1', 'default', 'not_found', 'internal_server_error']) {
    assert.ok(seen.has(outcome), `never seen: ${outcome}`)
  }
})

const texts = fc.constantFrom('1', '2', '<[0-9]>', '<.*>', null)

const drawnEntry = fc.record({
  path: fc.constantFrom('/a', '/a/{id}', '/{rest...}'),
  headers: fc.dictionary(fc.constantFrom('X-A', 'X-B'), texts, { maxKeys: 2 }),
  query: fc.dictionary(fc.constantFrom('q'), texts, { maxKeys: 1 }),
})

test('the index finds the same entries with conditions as the linear matcher', async () => {
  const sizes = new Set<number>()
  const property = fc.asyncProperty(
    fc.array(drawnEntry, { minLength: 1, maxLength: 60 }),
    fc.array(request, { minLength: 1, maxLength: 8 }),
    async (drawn, requests) => {
      const entries = drawn.map(({ path, headers, query }, value): Entry<number> => {
        const patterns = compileParts({ schemes: null, hosts: null, paths: [path] })
        const written = { headers: Object.entries(headers), query: Object.entries(query) }
        const conditions = compileConditions(written, 'regexp')
        assert.ok(!isProblem(patterns) && !(conditions && isProblem(conditions)))
        const [pattern] = patterns
        assert.ok(pattern)
        return { pattern, methods: undefined, conditions, value }
      })
      const [index, linear] = [await createIndex(entries), createLinear(entries)]
      for (const asked of requests) {
        const url = `http://${asked.host}${asked.path}`
        const search = { url, method: 'GET', request: toRequest(asked) }
        const found = linear.find(search)
        assert.deepEqual(index.find(search), found)
        if (!isUndecided(found)) sizes.add(Math.min(found.length, 2))
      }
    },
  )
  await fc.assert(property, { numRuns: 300 })
  assert.deepEqual([...sizes].sort(), [0, 1, 2])
})

test('of 10,000 rules of one URL only those of the header are looked at', async () => {
  const pattern = compilePattern('http://h/mcp', 'regexp')
  assert.ok(!isProblem(pattern))
  let looks = 0
  const entries = Array.from({ length: 10_000 }, (_, value): Entry<number> => {
    const conditions = compileConditions({ headers: [['Mcp-Name', `tool-${value}`]] }, 'regexp')
    assert.ok(conditions && !isProblem(conditions))
    const holds = (asked: AccessRequest) => {
      looks += 1
      return conditions.holds(asked)
    }
    return { pattern, methods: ['POST'], conditions: { ...conditions, holds }, value }
  })
  const index = await createIndex(entries)
  const asked = requestTo('http://h/mcp', { method: 'POST', headers: [['mcp-name', 'tool-77']] })
  assert.deepEqual(index.find({ url: 'http://h/mcp', method: 'POST', request: asked }), [77])
  assert.equal(looks, 1)
})

test('a value that is too long for an expression is an error of the rule, never a match', async () => {
  const pattern = compilePattern('http://h/', 'regexp')
  const conditions = compileConditions({ headers: [['X-A', '<(?!.*a.*b).*>']] }, 'regexp')
  assert.ok(!isProblem(pattern) && conditions && !isProblem(conditions))
  const entries = [{ pattern, methods: ['GET'], conditions, value: 'r' }]
  const long = requestTo('http://h/', { headers: [['x-a', 'x'.repeat(4000)]] })
  for (const matcher of [await createIndex(entries), createLinear(entries)]) {
    const found = matcher.find({ url: 'http://h/', method: 'GET', request: long })
    assert.ok(isUndecided(found))
    assert.match(found.reason, /condition of match/)
  }
})
