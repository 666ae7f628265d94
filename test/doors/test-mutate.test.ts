/** `oarlock test --mutate`: which changes of rules the tests notice. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { stringify } from 'yaml'
import { run } from '../../src/cli/run.ts'
import { temporaryFolder } from '../support/folder.ts'
import { assertFits } from '../support/report-schema.ts'
import { opa, shopHandlers } from '../support/shop.ts'

interface Report {
  readonly survivors: readonly Survivor[]
  readonly mutants: { readonly tried: number; readonly equal: number } | null
}

interface Survivor {
  readonly rule: string
  readonly change: string
  readonly place: { readonly line: number } | null
  readonly witness: Witness | null
}

interface Witness {
  readonly method: string
  readonly url: string
  readonly as?: object
  readonly stubs?: object
  readonly before: string
  readonly after: string
}

const rule = (more: object) => ({
  id: 'r',
  match: { url: 'https://shop.test/orders/<[^/]+>', methods: ['GET'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
  ...more,
})

async function mutated(t: TestContext, rules: readonly object[], tests: readonly object[]) {
  const folder = temporaryFolder(t)
  const repositories = [`file://${folder}/rules.yaml`]
  const errors = {
    fallback: ['json'],
    handlers: { json: { enabled: true }, redirect: { enabled: true, config: { to: '/login' } } },
  }
  const config = { ...shopHandlers, errors, access_rules: { repositories } }
  writeFileSync(join(folder, 'oarlock.yaml'), stringify(config))
  writeFileSync(join(folder, 'rules.yaml'), stringify(rules))
  const file = join(folder, 'a.test.yaml')
  writeFileSync(file, stringify({ oarlock_test: 1, config: 'oarlock.yaml', tests }))
  const [out, err]: [string[], string[]] = [[], []]
  const code = await run(['test', file, '--mutate', '--format', 'json'], {
    out: text => out.push(text),
    err: text => err.push(text),
  })
  const report = JSON.parse(out.join('')) as Report
  assertFits('docs/schemas/test.schema.json', report)
  const changes = report.survivors.map(({ change }) => change)
  return { code, err: err.join(''), report, changes }
}

const asks = (url: string, expect: object, more: object = {}) => ({
  name: url,
  request: `GET https://shop.test${url}`,
  expect,
  ...more,
})

const witnessOf = ({ survivors }: Report, change: string): Witness => {
  const found = survivors.find(one => one.change === change)?.witness
  assert.ok(found, `no witness of ${change}`)
  return found
}

test('changes of what a rule matches survive, each with a request', async t => {
  const { code, report, changes } = await mutated(
    t,
    [rule({})],
    [asks('/orders/1', { allow: 'r' })],
  )
  assert.equal(code, 4)
  assert.deepEqual(changes, [
    'match.url: any host',
    'match.url: any end of the path',
    'match.url: a slash where one part was',
    'match.methods: any method',
  ])
  for (const { witness, place } of report.survivors) {
    assert.equal(witness?.before, '404')
    assert.equal(witness?.after, '200 by rule "r"')
    assert.ok(place && place.line > 1)
  }
  assert.match(witnessOf(report, 'match.url: a slash where one part was').url, /\/orders\/.*\//)
  assert.notEqual(witnessOf(report, 'match.methods: any method').method, 'GET')
})

test('tests that ask for these requests notice the changes', async t => {
  const none = { deny: 404 }
  const { code, report } = await mutated(
    t,
    [rule({})],
    [
      asks('/orders/1', { allow: 'r' }),
      asks('/orders/1/2', none),
      asks('/orders/1', none, { request: 'GET https://other.test/orders/1' }),
      asks('/orders/1', none, { request: 'PUT https://shop.test/orders/1' }),
    ],
  )
  assert.equal(code, 0)
  assert.deepEqual(report, { ...report, survivors: [], mutants: { tried: 4, equal: 0 } })
})

test('a change without effect is left out', async t => {
  const open = rule({ match: { url: 'https://shop.test/<.*>', methods: ['GET'] } })
  const { report, changes } = await mutated(t, [open], [asks('/1', { allow: 'r' })])
  assert.ok(!changes.includes('match.url: any end of the path'))
  assert.deepEqual(report.mutants, { tried: 2, equal: 1 })
})

test('what a token must have: each check that no test needs survives', async t => {
  const config = {
    target_audience: ['shop', 'eu'],
    trusted_issuers: ['https://a.test/'],
    required_scope: ['orders.read'],
    scope_strategy: 'exact',
    required_claims: [{ path: 'plan', equals: 'gold' }],
  }
  const jwt = rule({ authenticators: [{ handler: 'jwt', config }, { handler: 'anonymous' }] })
  const claims = {
    sub: 'a',
    aud: ['shop', 'eu'],
    iss: 'https://a.test/',
    scope: 'orders.read',
    plan: 'gold',
  }
  const { report, changes } = await mutated(
    t,
    [jwt],
    [
      asks('/orders/1', { allow: 'r' }, { as: claims }),
      asks('/orders/1', { deny: 401 }, { as: { ...claims, aud: ['shop'] } }),
    ],
  )
  const ofToken = changes.filter(change => change.includes('jwt'))
  assert.deepEqual(ofToken, [
    'authenticator jwt: without the scope "orders.read"',
    'authenticator jwt: without the audience "shop"',
    'authenticator jwt: without the issuer "https://a.test/"',
    'authenticator jwt: without the claim {"path":"plan","equals":"gold"}',
  ])
  for (const change of ofToken) {
    const { before, after, as } = witnessOf(report, change)
    assert.deepEqual([before, after], ['401 by rule "r"', '200 by rule "r"'])
    assert.ok(as)
  }
  const dropped = witnessOf(report, 'without authenticator anonymous')
  assert.deepEqual([dropped.before, dropped.after], ['200 by rule "r"', '401 by rule "r"'])
})

test('a denial that no test needs, also by a service', async t => {
  const judged = rule({
    id: 'judged',
    authorizers: [{ any: [{ handler: 'deny' }, { handler: 'remote_json' }] }],
    authorizer: undefined,
  })
  const stubs = { [`POST ${opa}`]: { status: 200 } }
  const { report, changes } = await mutated(
    t,
    [judged],
    [asks('/orders/1', { allow: 'judged' }, { stubs })],
  )
  assert.ok(changes.includes('authorizer deny: allow in its place'))
  const {
    before,
    after,
    stubs: needed,
  } = witnessOf(report, 'authorizer remote_json: allow in its place')
  assert.deepEqual([before, after], ['403 by rule "judged"', '200 by rule "judged"'])
  assert.deepEqual(needed, { [`POST ${opa}`]: { status: 403 } })
})

test('headers, conditions and error handlers that no test needs', async t => {
  const headers = { 'X-A': 'a', 'X-B': '{{ print .Subject }}' }
  const narrow = rule({
    match: {
      hosts: ['shop.test'],
      paths: ['/orders/{id}'],
      methods: ['GET'],
      headers: { 'X-Kind': 'a' },
      query: { v: '1' },
    },
    mutators: [{ handler: 'header', when: 'request.method == "GET"', config: { headers } }],
    errors: [{ handler: 'redirect' }],
  })
  const request = { url: 'https://shop.test/orders/1?v=1', headers: { 'X-Kind': 'a' } }
  const { report, changes } = await mutated(
    t,
    [narrow],
    [{ name: 'a', request, expect: { allow: 'r', headers: { 'X-A': 'a' } } }],
  )
  assert.deepEqual(changes.sort(), [
    'match.headers: without X-Kind',
    'match.hosts: any',
    'match.methods: any method',
    'match.paths: any',
    'match.paths: any end of /orders/{id}',
    'match.query: without v',
    'mutator header: without headers.X-B',
    'mutator header: without headers.X-User',
    'mutator header: without when',
    'without error handler redirect',
  ])
  const { after } = witnessOf(report, 'mutator header: without headers.X-B')
  assert.equal(after, '200 by rule "r", with a difference in X-B')
  const redirected = witnessOf(report, 'without error handler redirect')
  assert.deepEqual([redirected.before, redirected.after], ['302 by rule "r"', '401 by rule "r"'])
  // The rule has only GET, so the condition is always true: no request shows the difference.
  assert.deepEqual(
    report.survivors.filter(({ witness }) => witness === null).map(({ change }) => change),
    ['mutator header: without when'],
  )
})

test('a rule that no test matches is one survivor', async t => {
  const other = rule({ id: 'other', match: { url: 'https://shop.test/other', methods: ['GET'] } })
  const { report } = await mutated(t, [rule({}), other], [asks('/orders/1', { allow: 'r' })])
  const found = report.survivors.filter(one => one.rule === 'other')
  assert.equal(found.length, 1)
  assert.match(found[0]?.change ?? '', /^all \d+ changes: no test matches the rule$/)
})

test('nothing is changed while a test fails', async t => {
  const { code, report, err } = await mutated(t, [rule({})], [asks('/orders/1', { deny: 401 })])
  assert.equal(code, 4)
  assert.deepEqual([report.survivors, report.mutants], [[], null])
  assert.match(err, /--mutate: the rules are not changed: expected that all tests pass/)
})

test('hundreds of changes take seconds', async t => {
  const rules = Array.from({ length: 100 }, (_, i) =>
    rule({
      id: `r${i}`,
      match: { url: `https://shop.test/r${i}/<[0-9]+>`, methods: ['GET'] },
      authenticators: [{ handler: 'jwt' }],
      mutators: [{ handler: 'header' }],
    }),
  )
  const tests = rules.flatMap(({ id }) => [
    asks(`/${id}/1`, { allow: id, headers: { 'X-User': 'a' } }, { as: { sub: 'a', aud: 'shop' } }),
    asks(`/${id}/1`, { deny: 401 }, { as: { sub: 'a' } }),
    asks(`/${id}/1`, { deny: 401 }),
    asks(`/${id}/1/a`, { deny: 404 }),
  ])
  const start = process.cpuUsage()
  const { report } = await mutated(t, rules, tests)
  const { user, system } = process.cpuUsage(start)
  assert.equal(report.mutants?.tried, 600)
  assert.equal(report.survivors.length, 200)
  const seconds = (user + system) / 1e6
  t.diagnostic(`${seconds} s`)
  assert.ok(seconds < 30, `${seconds} s`)
})
