/**
 * Rules that are resources of a cluster: the official client and its credentials, against an API server at the
 * socket.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { compileRules } from '../../src/rules/compiling/compile.ts'
import {
  createRepository,
  everything,
  type Loaded,
  watched,
} from '../../src/rules/loading/repository.ts'
import { sourceOf } from '../../src/rules/loading/source.ts'
import type { RuleProblem } from '../../src/rules/rule-set.ts'
import { testDeps } from '../support/deps.ts'
import { type FakeCluster, fakeCluster, json, statusOf, token } from '../support/fake-cluster.ts'
import { until } from '../support/until.ts'

const rule = (path: string) => ({
  match: { url: `http://h/${path}<**>`, methods: ['GET'] },
  upstream: { url: 'http://up', stripPath: '/x', preserveHost: true },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header', config: { headers: { a: 'b' } } }],
  errors: [{ handler: 'json', config: {} }],
  configMapName: 'oathkeeper-rules',
})

interface Live {
  readonly loaded: () => Loaded
  readonly ids: () => readonly string[]
  readonly problem: () => string | undefined
  readonly changes: () => number
  readonly reportProblems: (problems: readonly RuleProblem[]) => void
}

/** Reads again whenever the source reports a change, as the app does. */
async function follow(t: TestContext, location: string, retry = false): Promise<Live> {
  let changes = 0
  const onChange = (): void => {
    changes += 1
    void repository.read([location], { which: watched })
  }
  const repository = createRepository({ ...testDeps, onChange })
  t.after(() => repository.close())
  await repository.read([location], { which: everything, retry })
  const loaded = () => repository.loaded([location])
  return {
    loaded,
    ids: () => loaded().definitions.map(({ id }) => id),
    problem: () => loaded().reports[0]?.problem,
    changes: () => changes,
    reportProblems: problems => repository.reportProblems(problems),
  }
}

async function followed(t: TestContext, ...keys: readonly string[]) {
  const cluster = await fakeCluster(t)
  for (const key of keys) cluster.put(key, rule(key))
  const live = await follow(t, cluster.location())
  await until(() => cluster.watches() === 1, 'it watches')
  return { cluster, live }
}

const has =
  (live: Live, ...ids: readonly string[]) =>
  () =>
    String(live.ids()) === String(ids)

const isWatch = (url = ''): boolean => url.includes('watch=true')
const lists = ({ calls }: FakeCluster): readonly string[] =>
  calls.map(({ url = '' }) => url).filter(url => url.includes('limit='))
const patches = ({ calls }: FakeCluster): number =>
  calls.filter(({ method }) => method === 'PATCH').length

test('a resource becomes the rule that oathkeeper-maester makes of it', async t => {
  const { live } = await followed(t, 'shop/orders')
  const [definition] = live.loaded().definitions
  assert.deepEqual(definition, {
    id: 'orders.shop',
    version: '',
    description: '',
    match: { kind: 'url', url: 'http://h/shop/orders<**>', methods: ['GET'] },
    authenticators: [{ handler: 'anonymous', config: null }],
    authorizer: { handler: 'allow', config: null },
    mutators: [{ handler: 'header', config: { headers: { a: 'b' } } }],
    errors: [{ handler: 'json', config: {} }],
    upstream: { url: 'http://up', stripPath: '/x', preserveHost: true },
  })
  assert.deepEqual(live.loaded().reports[0]?.warnings, [])
})

test('a resource without handlers denies', async t => {
  const cluster = await fakeCluster(t)
  cluster.put('a/bare', { match: { url: 'http://h/', methods: ['GET'] } })
  const [definition] = (await follow(t, cluster.location())).loaded().definitions
  assert.deepEqual(definition?.authenticators, [{ handler: 'unauthorized', config: null }])
  assert.deepEqual(definition?.authorizer, { handler: 'deny', config: null })
  assert.deepEqual(definition?.mutators, [{ handler: 'noop', config: null }])
})

test('a list is read in pages, in the order of the names', async t => {
  const cluster = await fakeCluster(t)
  for (let i = 0; i < 1201; i++) cluster.put(`n/r${1000 + i}`, rule(`${i}`))
  const live = await follow(t, cluster.location())
  assert.equal(live.ids().length, 1201)
  assert.deepEqual([live.ids()[0], live.ids()[1200]], ['r1000.n', 'r2200.n'])
  const queries = lists(cluster).map(url => new URL(url, 'http://h').searchParams)
  assert.deepEqual(
    queries.map(query => [query.get('limit'), query.get('continue')]),
    [
      ['500', null],
      ['500', '500'],
      ['500', '1000'],
    ],
  )
})

test('namespace and selector are sent to the server', async t => {
  const cluster = await fakeCluster(t)
  cluster.put('a/x', rule('x'))
  cluster.put('b/y', rule('y'))
  const live = await follow(t, cluster.location('&labelSelector=team%3Dred%2Ctier%20in%20(a)', 'b'))
  assert.deepEqual(live.ids(), ['y.b'])
  await until(() => cluster.watches() === 1, 'it watches')
  for (const { url = '' } of cluster.calls) {
    const { pathname, searchParams } = new URL(url, 'http://h')
    assert.equal(pathname, '/apis/oathkeeper.ory.sh/v1alpha1/namespaces/b/rules')
    assert.equal(searchParams.get('labelSelector'), 'team=red,tier in (a)')
  }
})

test('added, changed and removed resources are reported soon, without another list', async t => {
  const { cluster, live } = await followed(t, 'n/a')
  const calls = cluster.calls.length
  const began = performance.now()
  cluster.put('n/b', rule('b'))
  await until(has(live, 'a.n', 'b.n'), 'the new one is there')
  cluster.put('n/b', rule('changed'))
  await until(() => JSON.stringify(live.loaded().definitions[1]).includes('changed'), 'it changed')
  cluster.remove('n/a')
  await until(has(live, 'b.n'), 'the removed one is gone')
  // Without the watch it would be minutes.
  assert.ok(performance.now() - began < 10_000)
  assert.equal(cluster.calls.length, calls)
})

test('a rule that did not change stays the same object', async t => {
  const { cluster, live } = await followed(t, 'n/a', 'n/b')
  const [before] = live.loaded().definitions
  cluster.put('n/b', rule('changed'))
  await until(() => JSON.stringify(live.loaded().definitions[1]).includes('changed'), 'it changed')
  assert.equal(live.loaded().definitions[0], before)
})

test('a changed status and a bookmark change no rules; a watch continues from the bookmark', async t => {
  const { cluster, live } = await followed(t, 'n/a')
  const changes = live.changes()
  cluster.setStatus('n/a', { validation: { valid: true } })
  cluster.bookmark()
  cluster.put('n/b', rule('b'))
  await until(has(live, 'a.n', 'b.n'), 'the new one is there')
  assert.equal(live.changes(), changes + 1)
  cluster.bookmark()
  await wait(50)
  const calls = cluster.calls.length
  cluster.cutWatches()
  await until(() => cluster.calls.length > calls, 'it watches again')
  const { searchParams } = new URL(cluster.calls.at(-1)?.url ?? '', 'http://h')
  // Three changes of resources and two bookmarks after version 100.
  assert.equal(searchParams.get('resourceVersion'), '105')
})

test('a broken connection is not reported: the next watch continues where it ended', async t => {
  const { cluster, live } = await followed(t, 'n/a')
  cluster.cutWatches()
  cluster.put('n/b', rule('b'))
  await until(has(live, 'a.n', 'b.n'), 'changes made meanwhile are there')
  assert.equal(lists(cluster).length, 1)
  assert.equal(live.problem(), undefined)
})

test('an event that arrives in pieces is read as one event', async t => {
  const { cluster, live } = await followed(t, 'n/a')
  const object = { ...cluster.get('n/a'), spec: rule('sliced') }
  const text = `${JSON.stringify({ type: 'MODIFIED', object })}\n`
  for (let at = 0; at < text.length; at += 100) {
    cluster.say(text.slice(at, at + 100))
    await wait(5)
  }
  await until(
    () => JSON.stringify(live.loaded().definitions).includes('sliced'),
    'the rule is there',
  )
})

for (const how of ['an event', 'a status'] as const) {
  test(`a 410 as ${how} makes a new list`, async t => {
    const { cluster, live } = await followed(t, 'n/a', 'n/b')
    let refused = false
    if (how === 'a status')
      cluster.fault = ({ url }, response) => {
        if (!isWatch(url) || refused) return false
        refused = true
        json(response, 410, statusOf(410, 'Expired', 'too old resource version'))
        return true
      }
    cluster.remove('n/a')
    cluster.put('n/c', rule('c'))
    if (how === 'an event') cluster.compact()
    cluster.cutWatches()
    await until(has(live, 'b.n', 'c.n'), 'the rules did not change')
    await until(() => lists(cluster).length === 2 && cluster.watches() === 1, 'it watches again')
    assert.equal(live.problem(), undefined)
  })
}

for (const [what, text] of [
  ['no JSON', '{"type":\n'],
  ['no object', '{"type":"ADDED"}\n'],
  [
    'an unknown type',
    '{"type":"?","object":{"metadata":{"name":"x","namespace":"n","resourceVersion":"1"}}}\n',
  ],
  [
    'an error',
    `${JSON.stringify({ type: 'ERROR', object: statusOf(500, 'InternalError', 'no') })}\n`,
  ],
  [
    'bytes that are not UTF-8',
    Buffer.from(
      '{"type":"ADDED","object":{"metadata":{"name":"x","namespace":"n","resourceVersion":"9"},"spec":{"description":"\xe9"}}}\n',
      'latin1',
    ),
  ],
  ['more bytes than a resource can have', 'x'.repeat(5 * 2 ** 20)],
] as const) {
  test(`a watch that sends ${what} is closed, and everything is listed again`, async t => {
    const { cluster, live } = await followed(t, 'n/a')
    cluster.say(text)
    await until(() => lists(cluster).length === 2, 'it is listed again')
    cluster.put('n/b', rule('b'))
    await until(has(live, 'a.n', 'b.n'), 'the new rule is there')
    await until(() => live.problem() === undefined, 'the problem is gone')
  })
}

test('a server that is down keeps the last good rules; the outage and its end are reported', async t => {
  const { cluster, live } = await followed(t, 'n/a')
  cluster.fault = request => {
    request.socket.destroy()
    return true
  }
  cluster.cutWatches()
  await until(() => live.problem() !== undefined, 'the outage is reported')
  assert.deepEqual(live.ids(), ['a.n'])
  cluster.put('n/b', rule('b'))
  cluster.fault = () => false
  await until(has(live, 'a.n', 'b.n'), 'the end is reported')
  assert.equal(live.problem(), undefined)
})

test('watches that end as soon as they begin are reported, until one lasts', async t => {
  const { cluster, live } = await followed(t, 'n/a')
  cluster.fault = ({ url }, response) => {
    if (!isWatch(url)) return false
    response.writeHead(200).end()
    return true
  }
  cluster.cutWatches()
  await until(() => live.problem() === 'each watch ends as soon as it begins', 'it is reported')
  assert.deepEqual(live.ids(), ['a.n'])
  cluster.fault = () => false
  cluster.put('n/b', rule('b'))
  await until(has(live, 'a.n', 'b.n'), 'it lasts')
  assert.equal(live.problem(), undefined)
})

for (const [status, reason] of [
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
] as const) {
  test(`${status} is reported with the server's reason, at once even with retries`, async t => {
    const cluster = await fakeCluster(t)
    cluster.fault = (_, response) => {
      json(response, status, statusOf(status, reason, `rules is ${reason}`))
      return true
    }
    const live = await follow(t, cluster.location(), true)
    assert.match(live.problem() ?? '', new RegExp(`^answered with ${status}: rules is ${reason}`))
    assert.doesNotMatch(live.problem() ?? '', new RegExp(token))
    assert.equal(live.loaded().reports[0]?.reach, 'remote')
    cluster.put('n/a', rule('a'))
    cluster.fault = () => false
    await until(has(live, 'a.n'), 'the rules are read when the server allows it')
  })
}

for (const [what, body] of [
  ['garbage', 'no'],
  ['another document', '{"kind":"Status"}'],
] as const) {
  test(`a list that is ${what} is reported, and requested again with retries`, async t => {
    const cluster = await fakeCluster(t)
    let calls = 0
    cluster.fault = (_, response) => {
      if (++calls > 1) return false
      response.end(body)
      return true
    }
    const live = await follow(t, cluster.location(), true)
    assert.equal(live.problem(), undefined)
    assert.equal(lists(cluster).length, 2)
  })
}

test('a bad resource is an invalid rule that denies, and the other rules are valid', async t => {
  const cluster = await fakeCluster(t)
  cluster.put('n/good', rule('good'))
  cluster.put('n/list', { ...rule('list'), authenticators: 'anonymous' })
  cluster.put('n/none', undefined)
  cluster.put('n/long', {
    ...rule('long'),
    errors: [{ handler: 'json', config: { a: 'x'.repeat(2 ** 20) } }],
  })
  const live = await follow(t, cluster.location())
  assert.equal(live.problem(), undefined)
  const { definitions } = live.loaded()
  assert.deepEqual(live.ids(), ['good.n', 'list.n', 'long.n', 'none.n'])
  assert.deepEqual(definitions[1]?.match, {
    kind: 'url',
    url: 'http://h/list<**>',
    methods: ['GET'],
  })
  const on = { enabled: true }
  const { problems, definitions: working } = await compileRules(
    definitions,
    {
      strategy: 'glob',
      authenticators: { anonymous: on },
      authorizers: { allow: on },
      mutators: { header: on },
      errors: { json: on },
      fallback: [],
    },
    testDeps,
  )
  assert.deepEqual(
    working.map(({ id }) => id),
    ['good.n'],
  )
  const reported = problems.map(({ rule: id, message }) => `${id}: ${message}`).join('\n')
  assert.match(reported, /^list\.n: .*authenticators: found "anonymous", expected a list$/m)
  assert.match(reported, /^long\.n: the rule is longer than 1048576 bytes$/m)
  assert.match(reported, /^none\.n: spec: expected an object$/m)
})

test('more than 20,000 resources are refused, and the last good rules stay in force', async t => {
  const { cluster, live } = await followed(t, 'n/a')
  const before = cluster.calls.length
  cluster.fault = ({ url }, response) => {
    if (isWatch(url)) return false
    const page = Array.from({ length: 500 }, (_, i) => ({
      metadata: { name: `x${cluster.calls.length}-${i}`, namespace: 'n', resourceVersion: '1' },
      spec: {},
    }))
    json(response, 200, { metadata: { resourceVersion: '1', continue: 'more' }, items: page })
    return true
  }
  cluster.compact()
  cluster.cutWatches()
  await until(() => live.problem() === 'there are more than 20000 rules', 'it is refused')
  assert.deepEqual(live.ids(), ['a.n'])
  assert.ok(cluster.calls.length - before < 120)
})

test('the status contains the problem, is written once, and not written if it is right already', async t => {
  const { cluster, live } = await followed(t, 'n/good', 'n/bad')
  cluster.put('n/known', rule('known'), { validation: { valid: true } })
  await until(has(live, 'bad.n', 'good.n', 'known.n'), 'all resources have a status')
  const problems = [
    { rule: 'bad.n', pattern: false, message: 'one' },
    { rule: 'bad.n', pattern: false, message: 'two' },
  ]
  live.reportProblems(problems)
  await until(() => cluster.get('n/good')?.status?.validation?.['valid'] === true, 'good is valid')
  assert.deepEqual(cluster.get('n/good')?.status, { validation: { valid: true } })
  await until(() => cluster.get('n/bad')?.status !== undefined, 'bad has its problem in the status')
  assert.deepEqual(cluster.get('n/bad')?.status, {
    validation: { valid: false, validationError: 'one; two' },
  })
  await wait(100)
  live.reportProblems(problems)
  await wait(600)
  assert.equal(patches(cluster), 2)
  live.reportProblems([])
  await until(
    () => cluster.get('n/bad')?.status?.validation?.['valid'] === true,
    'the status is valid again',
  )
  assert.deepEqual(cluster.get('n/bad')?.status, { validation: { valid: true } })
})

test('two replicas with different results each write once', async t => {
  const { cluster, live } = await followed(t, 'n/a')
  const other = await follow(t, cluster.location())
  const report = () => {
    live.reportProblems([{ rule: 'a.n', pattern: false, message: 'no' }])
    other.reportProblems([])
  }
  report()
  await until(() => patches(cluster) >= 2, 'both wrote')
  for (let i = 0; i < 3; i++) {
    await wait(500)
    report()
  }
  await wait(1200)
  // One of them may have been refused once, since both wrote at the same time.
  assert.ok(patches(cluster) <= 3, `${patches(cluster)} writes`)
})

test('a few status writes per second, and none about a resource that changed meanwhile', async t => {
  const keys = Array.from({ length: 30 }, (_, i) => `n/r${i}`)
  const { cluster, live } = await followed(t, ...keys)
  live.reportProblems([])
  await until(() => patches(cluster) > 0, 'it writes')
  const before = patches(cluster)
  cluster.put('n/r9', { ...rule('other') })
  await wait(1000)
  assert.ok(patches(cluster) - before <= 5, `${patches(cluster) - before} in a second`)
})

for (const [status, writes, message] of [
  [403, 1, 'answered with 403: no'],
  [404, 4, 'answered with 404: no; does the definition have the status subresource?'],
] as const) {
  test(`a status write that is refused with ${status} is logged once and not repeated forever`, async t => {
    const { cluster, live } = await followed(t, 'n/a')
    cluster.fault = ({ method }, response) => {
      if (method !== 'PATCH') return false
      json(response, status, statusOf(status, 'No', 'no'))
      return true
    }
    live.reportProblems([])
    const warnings = () => live.loaded().reports[0]?.warnings ?? []
    await until(() => warnings().length > 0, 'the refusal is logged')
    assert.deepEqual(warnings(), [`the status is not written: ${message}`])
    cluster.put('n/b', rule('b'))
    await until(has(live, 'a.n', 'b.n'), 'b is there')
    live.reportProblems([])
    await wait(1200)
    assert.equal(patches(cluster), writes)
    assert.equal(live.problem(), undefined)
  })
}

test('a resource that is removed before its status is written is not reported', async t => {
  const { cluster, live } = await followed(t, 'n/a', 'n/b')
  let refusals = 0
  cluster.fault = ({ method, url = '' }, response) => {
    if (method !== 'PATCH' || !url.includes('/rules/a/')) return false
    if (++refusals === 1) cluster.remove('n/a')
    json(response, 404, statusOf(404, 'NotFound', 'rules "a" not found'))
    return true
  }
  live.reportProblems([])
  await until(() => cluster.get('n/b')?.status !== undefined, 'b has its problem in the status')
  assert.equal(refusals, 1)
  assert.deepEqual(live.loaded().reports[0]?.warnings, [])
})

test('status=false writes nothing', async t => {
  const cluster = await fakeCluster(t)
  cluster.put('n/a', rule('a'))
  const live = await follow(t, cluster.location('&status=false'))
  live.reportProblems([])
  await wait(1300)
  assert.equal(patches(cluster), 0)
})

test('a source that is not watched lists once and ends', async t => {
  const cluster = await fakeCluster(t)
  cluster.put('n/a', rule('a'))
  const repository = createRepository(testDeps)
  await repository.read([cluster.location()], { which: everything })
  assert.equal(repository.loaded([cluster.location()]).definitions.length, 1)
  await until(() => cluster.watches() === 0, 'nothing is left open')
})

for (const [location, message] of [
  ['kubernetes://Name', /expected kubernetes:\/\/ or/],
  ['kubernetes://a/b', /expected kubernetes:\/\/ or/],
  [
    'kubernetes://a?colour=hush',
    /^unknown parameters: colour; known are labelSelector, kubeconfig, status$/,
  ],
  ['kubernetes://?status=perhaps', /parameter status: expected true or false/],
] as const) {
  test(`${location} cannot recover by itself`, async () => {
    const source = sourceOf(location, testDeps)
    assert.equal(source.reach, 'fixed')
    const repository = createRepository(testDeps)
    await repository.read([location], { which: everything })
    assert.match(repository.loaded([location]).reports[0]?.problem ?? '', message)
  })
}

test('a kubeconfig that is missing or broken is reported without its text', async t => {
  const missing = await follow(t, 'kubernetes://?kubeconfig=/no/such/file')
  assert.equal(missing.problem(), 'the kubeconfig cannot be read: ENOENT')
  const broken = await follow(t, `kubernetes://?kubeconfig=${import.meta.filename}`)
  assert.match(broken.problem() ?? '', /^the kubeconfig /)
  assert.doesNotMatch(broken.problem() ?? '', /import/)
})
