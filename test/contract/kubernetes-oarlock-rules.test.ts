/** Rules that are resources of `rules.oarlock.dev`, alone and beside those of oathkeeper-maester. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { bytesOf } from '../../src/lib/bytes.ts'
import { compileRules } from '../../src/rules/compiling/compile.ts'
import {
  createRepository,
  everything,
  type Loaded,
  watched,
} from '../../src/rules/loading/repository.ts'
import type { RuleProblem } from '../../src/rules/rule-set.ts'
import { testDeps } from '../support/deps.ts'
import { type FakeCluster, fakeCluster, json, statusOf } from '../support/fake-cluster.ts'
import { until } from '../support/until.ts'

const rule = (path: string) => ({
  description: 'Orders of a tenant.',
  match: {
    hosts: ['{tenant}.shop.example'],
    paths: [`/${path}/{id}`],
    headers: { 'X-Debug': null, 'X-Tier': '<[a-z]+>' },
  },
  authenticators: [{ handler: 'anonymous', on_failure: 'next' }, { handler: 'noop' }],
  authorizers: [{ any: [{ handler: 'deny' }, { all: [{ handler: 'allow', when: 'true' }] }] }],
  mutators: [{ handler: 'header', when: 'true', config: { headers: { 'X-A': '*' } } }],
  errors: [{ handler: 'json' }],
  body: { parse: 'json', max_bytes: 100 },
  upstream: { url: 'http://up', strip_path: '/x', preserve_host: true },
})

const old = (path: string) => ({
  match: { url: `http://h/${path}`, methods: ['GET'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
})

interface Live {
  readonly loaded: () => Loaded
  readonly ids: () => readonly string[]
  readonly problem: () => string | undefined
  readonly warnings: () => readonly string[]
  readonly reportProblems: (problems: readonly RuleProblem[]) => void
}

async function follow(t: TestContext, location: string): Promise<Live> {
  const onChange = (): void => void repository.read([location], { which: watched })
  const repository = createRepository({ ...testDeps, onChange })
  t.after(() => repository.close())
  await repository.read([location], { which: everything })
  const loaded = () => repository.loaded([location])
  return {
    loaded,
    ids: () => loaded().definitions.map(({ id }) => id),
    problem: () => loaded().reports[0]?.problem,
    warnings: () => loaded().reports[0]?.warnings ?? [],
    reportProblems: problems => repository.reportProblems(problems),
  }
}

async function withBoth(t: TestContext) {
  const cluster = await fakeCluster(t)
  cluster.oarlock.installed = true
  cluster.put('shop/orders', old('orders'))
  cluster.oarlock.put('shop/orders', rule('orders'))
  const live = await follow(t, cluster.location())
  await until(() => cluster.watches() + cluster.oarlock.watches() === 2, 'it watches')
  return { cluster, live }
}

const has =
  (live: Live, ...ids: readonly string[]) =>
  () =>
    String(live.ids()) === String(ids)

const compiled = ({ loaded }: Live) => {
  const on = { enabled: true }
  return compileRules(
    loaded().definitions,
    {
      strategy: 'regexp',
      authenticators: { anonymous: on, noop: on },
      authorizers: { allow: on, deny: on },
      mutators: { header: on, noop: on },
      errors: { json: on },
      fallback: [],
    },
    testDeps,
  )
}

test('the spec is a rule as in a rule file, with everything that a file can have', async t => {
  const { live } = await withBoth(t)
  assert.deepEqual(live.ids(), ['orders.shop', 'shop/orders'])
  assert.deepEqual(live.loaded().definitions[1], {
    id: 'shop/orders',
    version: '',
    description: 'Orders of a tenant.',
    match: {
      kind: 'parts',
      methods: null,
      schemes: null,
      hosts: ['{tenant}.shop.example'],
      paths: ['/orders/{id}'],
      headers: [
        ['X-Debug', null],
        ['X-Tier', '<[a-z]+>'],
      ],
    },
    authenticators: [
      { handler: 'anonymous', config: null, onFailure: 'next' },
      { handler: 'noop', config: null },
    ],
    authorizer: { handler: '', config: null },
    authorizers: [
      {
        of: 'any',
        entries: [
          { handler: 'deny', config: null },
          { of: 'all', entries: [{ handler: 'allow', config: null, when: 'true' }] },
        ],
      },
    ],
    mutators: [{ handler: 'header', config: { headers: { 'X-A': '*' } }, when: 'true' }],
    errors: [{ handler: 'json', config: null }],
    body: { parse: 'json', maxBytes: 100 },
    upstream: { url: 'http://up', stripPath: '/x', preserveHost: true },
  })
  assert.deepEqual(live.warnings(), [])
  const { problems } = await compiled(live)
  assert.deepEqual(problems, [])
})

for (const [kind, own, id] of [
  ["maester's", false, 'orders.shop'],
  ['ours', true, 'shop/orders'],
] as const) {
  test(`a cluster that has ${kind} alone is read, and the other kind as soon as it is installed`, async t => {
    const cluster = await fakeCluster(t)
    const [one, other] = own ? [cluster.oarlock, cluster] : [cluster, cluster.oarlock]
    one.installed = true
    other.installed = false
    cluster.put('shop/orders', old('orders'))
    cluster.oarlock.put('shop/orders', rule('orders'))
    const live = await follow(t, cluster.location())
    assert.equal(live.problem(), undefined)
    assert.deepEqual(live.ids(), [id])
    other.installed = true
    await until(has(live, 'orders.shop', 'shop/orders'), 'both are there')
    assert.equal(live.problem(), undefined)
  })
}

test('a definition that is removed keeps the last good rules, and is reported', async t => {
  const { cluster, live } = await withBoth(t)
  cluster.oarlock.installed = false
  cluster.oarlock.cutWatches()
  await until(() => live.problem() !== undefined, 'it is reported')
  assert.match(
    live.problem() ?? '',
    /404.*is the definition rules\.rules\.oarlock\.dev installed\?$/,
  )
  cluster.put('shop/more', old('more'))
  await wait(100)
  assert.deepEqual(live.ids(), ['orders.shop', 'shop/orders'])
})

const forbidAll = (cluster: FakeCluster, discovery: number): void => {
  cluster.oarlock.fault = ({ url = '' }, response) => {
    const status = url.includes('/rules?') || url.endsWith('/rules') ? 403 : discovery
    if (status === 200) return false
    json(response, status, statusOf(status, 'No', 'no'))
    return true
  }
}

test('a role that does not name a kind is no problem while the cluster does not have the kind', async t => {
  const cluster = await fakeCluster(t)
  cluster.put('shop/orders', old('orders'))
  forbidAll(cluster, 404)
  const live = await follow(t, cluster.location())
  assert.equal(live.problem(), undefined)
  assert.deepEqual(live.ids(), ['orders.shop'])
})

for (const discovery of [200, 403, 500]) {
  test(`rules that may not be read are a problem when the API server answers ${discovery} about the kind`, async t => {
    const cluster = await fakeCluster(t)
    cluster.oarlock.installed = true
    cluster.put('shop/orders', old('orders'))
    forbidAll(cluster, discovery)
    const live = await follow(t, cluster.location())
    assert.equal(live.problem(), 'answered with 403: no')
    assert.deepEqual(live.ids(), [])
  })
}

test('bad resources are invalid rules that deny, with a problem that names the key', async t => {
  const cluster = await fakeCluster(t)
  cluster.oarlock.installed = true
  const { match, ...rest } = rule('x')
  const bad = {
    'a-good': rule('good'),
    'b-none': undefined,
    'c-id': { ...rule('c'), id: 'shop/other' },
    'd-case': { ...rule('d'), ID: 'shop/other' },
    'e-proto': JSON.parse(`{"__proto__": {"id": "x"}, "match": {"paths": ["/e"]}}`),
    'f-key': { ...rule('f'), athorizer: { handler: 'allow' } },
    'g-list': { ...rule('g'), authenticators: 'anonymous' },
    'h-match': { ...rest, match: { ...match, header: { a: 'b' } } },
    'i-type': { ...rest, match: { url: 7 } },
    'j-bare': { match: { paths: ['/j'] } },
    'k-long': { ...rule('k'), description: 'x'.repeat(2 ** 20) },
    'l-group': { ...rule('l'), authorizers: [{ any: [] }] },
  }
  for (const [name, spec] of Object.entries(bad)) cluster.oarlock.put(`n/${name}`, spec)
  const live = await follow(t, cluster.location())
  assert.equal(live.problem(), undefined)
  assert.deepEqual(
    live.ids(),
    Object.keys(bad).map(name => `n/${name}`),
  )
  const { problems, definitions } = await compiled(live)
  assert.deepEqual(
    definitions.map(({ id }) => id),
    ['n/a-good'],
  )
  const reported = problems.map(({ rule: id, message }) => `${id}: ${message}`).join('\n')
  for (const expected of [
    /^n\/b-none: spec: expected an object$/m,
    /^n\/c-id: spec: found the key "id", expected body$|^n\/c-id: spec: found the key "id", expected description, /m,
    /^n\/d-case: spec: found the key "ID", expected /m,
    /^n\/e-proto: spec: found the key "__proto__", expected /m,
    /^n\/f-key: spec: found the key "athorizer", expected authorizer$/m,
    /^n\/g-list: .*authenticators: found "anonymous", expected a list$/m,
    /^n\/h-match: match: found the key "header", expected "headers"$/m,
    /^n\/i-type: .*match\.url: found 7, expected a string$/m,
    /^n\/j-bare: .*authenticator/m,
    /^n\/k-long: the rule is longer than 1048576 bytes$/m,
    /^n\/l-group: authorizers\[0\]\.any: found \[\], expected a list of at least one authorizer$/m,
  ])
    assert.match(reported, expected)
  const denied = live.loaded().definitions.find(({ id }) => id === 'n/g-list')
  assert.equal(denied?.match?.kind, 'parts', 'it denies what it would match')
})

test('a spec with too many levels is an invalid rule, and the others are read', async t => {
  const cluster = await fakeCluster(t)
  cluster.oarlock.installed = true
  cluster.oarlock.put('n/good', rule('good'))
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
  const metadata = '{"name":"deep","namespace":"n","resourceVersion":"1"}'
  const good = JSON.stringify(cluster.oarlock.get('n/good'))
  cluster.oarlock.fault = ({ url = '' }, response) => {
    if (!url.includes('limit=')) return false
    response.end(
      `{"metadata":{"resourceVersion":"101"},"items":[{"metadata":${metadata},"spec":{"match":${deep}}},${good}]}`,
    )
    return true
  }
  const live = await follow(t, cluster.location())
  assert.equal(live.problem(), undefined)
  assert.deepEqual(live.ids(), ['n/deep', 'n/good'])
  const { definitions } = await compiled(live)
  assert.deepEqual(
    definitions.map(({ id }) => id),
    ['n/good'],
  )
})

for (const [what, item] of [
  ['another kind', { apiVersion: 'rules.oarlock.dev/v1', kind: 'Pod', metadata: {} }],
  ['another group', { apiVersion: 'oathkeeper.ory.sh/v1alpha1', kind: 'Rule', metadata: {} }],
  ['a name with a slash', { metadata: { name: 'a/b', namespace: 'n' } }],
  ['a namespace with a dot', { metadata: { name: 'a', namespace: 'n.m' } }],
  ['no name', { metadata: { name: '' } }],
  ['no object', 7],
] as const) {
  test(`a list with ${what} is refused, and so is an event`, async t => {
    const { cluster, live } = await withBoth(t)
    const metadata =
      item === 7 ? {} : { name: 'x', namespace: 'n', ...item.metadata, resourceVersion: '1' }
    const object = item === 7 ? 7 : { spec: rule('x'), ...item, metadata }
    cluster.oarlock.fault = ({ url = '' }, response) => {
      if (!url.includes('limit=')) return false
      json(response, 200, { metadata: { resourceVersion: '1' }, items: [object] })
      return true
    }
    cluster.oarlock.say(`${JSON.stringify({ type: 'ADDED', object })}\n`)
    await until(
      () => live.problem() === 'an item of the list is not a rule',
      'the event ended the watch, and the list is refused',
    )
    assert.deepEqual(live.ids(), ['orders.shop', 'shop/orders'])
    cluster.oarlock.fault = () => false
    cluster.oarlock.put('shop/more', rule('more'))
    await until(has(live, 'orders.shop', 'shop/more', 'shop/orders'), 'it is read again')
    assert.equal(live.problem(), undefined)
  })
}

test('a list of endless empty pages ends', async t => {
  const cluster = await fakeCluster(t)
  cluster.oarlock.installed = true
  cluster.oarlock.fault = (_, response) => {
    json(response, 200, { metadata: { resourceVersion: '1', continue: 'more' }, items: [] })
    return true
  }
  const live = await follow(t, cluster.location())
  assert.equal(live.problem(), 'the list has more pages than it can have')
  assert.ok(cluster.oarlock.calls.length < 1000, `${cluster.oarlock.calls.length} calls`)
})

test('the rules of both kinds together are bounded', async t => {
  const cluster = await fakeCluster(t)
  cluster.oarlock.installed = true
  for (const kind of [cluster, cluster.oarlock]) {
    kind.fault = ({ url = '' }, response) => {
      if (!url.includes('limit=')) return false
      const from = Number(new URL(url, 'http://h').searchParams.get('continue') ?? 0)
      const items = Array.from({ length: 500 }, (_, i) => ({
        metadata: { name: `x${from + i}`, namespace: 'n', resourceVersion: '1' },
        spec: {},
      }))
      const next = from + 500 < 11_000 ? { continue: String(from + 500) } : {}
      json(response, 200, { metadata: { resourceVersion: '1', ...next }, items })
      return true
    }
  }
  const live = await follow(t, cluster.location())
  assert.equal(live.problem(), 'there are more than 20000 rules')
  assert.deepEqual(live.ids(), [])
})

test('the status has one condition, with the generation and the time since when', async t => {
  const { cluster, live } = await withBoth(t)
  const conditionOf = (key: string) => cluster.oarlock.get(key)?.status?.conditions?.[0] ?? {}
  const is = (value: string) => () => conditionOf('shop/orders')['status'] === value
  live.reportProblems([{ rule: 'shop/orders', pattern: false, message: bytesOf('one é') }])
  await until(is('False'), 'the problem is in the status')
  const { lastTransitionTime, ...bad } = conditionOf('shop/orders')
  assert.match(String(lastTransitionTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.deepEqual(bad, {
    type: 'Valid',
    status: 'False',
    reason: 'Invalid',
    message: 'one é',
    observedGeneration: 1,
  })
  await until(
    () => cluster.get('shop/orders')?.status?.validation?.['valid'] === true,
    "maester's kind has its own form",
  )
  live.reportProblems([])
  await until(is('True'), 'it is valid again')
  assert.equal(conditionOf('shop/orders')['message'], '')
})

test('the time since when stays while the result stays, and a new generation is written', async t => {
  const cluster = await fakeCluster(t)
  cluster.oarlock.installed = true
  const condition = {
    type: 'Valid',
    status: 'True',
    reason: 'Valid',
    message: '',
    lastTransitionTime: '2020-01-01T00:00:00Z',
    observedGeneration: 1,
  }
  cluster.oarlock.put('n/same', rule('same'), { conditions: [condition] })
  cluster.oarlock.put('n/newer', rule('newer'), { conditions: [condition] })
  cluster.oarlock.put('n/newer', rule('changed'))
  for (const name of ['odd', 'odder'])
    cluster.oarlock.put(`n/${name}`, rule(name), {
      conditions: [7 as unknown as object as Record<string, unknown>, { ...condition, status: 7 }],
    })
  const live = await follow(t, cluster.location())
  live.reportProblems([])
  const written = (key: string) => cluster.oarlock.get(key)?.status?.conditions ?? []
  await until(() => written('n/odder').length === 1 && written('n/odd').length === 1, 'all written')
  await until(() => written('n/newer')[0]?.['observedGeneration'] === 2, 'the new generation')
  assert.deepEqual(written('n/same'), [condition])
  assert.equal(written('n/newer')[0]?.['lastTransitionTime'], '2020-01-01T00:00:00Z')
  const patches = cluster.oarlock.calls.filter(({ method }) => method === 'PATCH')
  assert.equal(patches.length, 3)
})

test('a forbidden status write of one kind is one warning, and the other kind is written', async t => {
  const { cluster, live } = await withBoth(t)
  cluster.oarlock.fault = ({ method }, response) => {
    if (method !== 'PATCH') return false
    json(response, 403, statusOf(403, 'Forbidden', 'no'))
    return true
  }
  live.reportProblems([])
  await until(() => live.warnings().length > 0, 'it is logged')
  assert.deepEqual(live.warnings(), ['the status is not written: answered with 403: no'])
  await until(() => cluster.get('shop/orders')?.status !== undefined, "maester's is written")
})

test('namespace and selector hold for both kinds', async t => {
  const cluster = await fakeCluster(t)
  cluster.oarlock.installed = true
  cluster.oarlock.put('a/x', rule('x'))
  cluster.oarlock.put('b/y', rule('y'))
  const live = await follow(t, cluster.location('&labelSelector=team%3Dred', 'b'))
  assert.deepEqual(live.ids(), ['b/y'])
  await until(() => cluster.oarlock.watches() === 1, 'it watches')
  for (const { url = '' } of cluster.oarlock.calls) {
    const { pathname, searchParams } = new URL(url, 'http://h')
    assert.equal(pathname, '/apis/rules.oarlock.dev/v1/namespaces/b/rules')
    assert.equal(searchParams.get('labelSelector'), 'team=red')
  }
})
