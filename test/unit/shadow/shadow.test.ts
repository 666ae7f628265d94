import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { decide } from '../../../src/engine/decide.ts'
import type { RequestBody } from '../../../src/model/request.ts'
import { compileRules } from '../../../src/rules/compiling/compile.ts'
import { parseDocument } from '../../../src/rules/loading/document.ts'
import type { RuleSet } from '../../../src/rules/rule-set.ts'
import { createShadow, type ShadowOptions } from '../../../src/shadow/shadow.ts'
import { createShadowTally } from '../../../src/shadow/tally.ts'
import { testDeps } from '../../support/deps.ts'
import { requestTo } from '../../support/request.ts'
import { until } from '../../support/until.ts'

const remote = {
  remote: 'http://opa.example/',
  payload: '{}',
  forward_response_headers_to_upstream: [],
  retry: { give_up_after: '1s', max_delay: '100ms' },
}
const enabled = (config = {}) => ({ enabled: true, config })

const rule = {
  id: 'a',
  match: { url: 'http://shop.example/a', methods: ['GET'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
}

async function rulesOf(change: object, deps = testDeps): Promise<RuleSet> {
  const document = parseDocument(JSON.stringify([{ ...rule, ...change }]))
  if (document.kind !== 'document') throw new Error('the document is not valid')
  return compileRules(
    document.rules,
    {
      strategy: 'regexp',
      authenticators: { anonymous: enabled() },
      authorizers: { allow: enabled(), deny: enabled(), remote_json: enabled(remote) },
      mutators: { noop: enabled(), header: enabled({ headers: {} }) },
      errors: { json: enabled() },
      fallback: ['json'],
    },
    deps,
  )
}

const request = (path = '/a', body?: RequestBody) => ({
  ...requestTo(`http://shop.example${path}`),
  ...(body && { body }),
})

async function shadowOf(change: object, options: Partial<ShadowOptions> = {}) {
  const first = await rulesOf({})
  const second = await rulesOf(change, options.calls ? missing(options.calls as Missed) : testDeps)
  const tally = createShadowTally()
  const seen: string[] = []
  const shadow = createShadow({
    rules: () => second,
    calls: { listen: () => undefined },
    tally,
    ratio: 1,
    onDifference: ({ kind }) => seen.push(kind),
    ...options,
  })
  const wrapped = shadow.wrap((asked, trace) => decide(first, asked, trace))
  return { wrapped, tally, seen, shadow }
}

interface Missed {
  listen: (onMissing: (() => void) | undefined) => void
  onMissing: (() => void) | undefined
  sent: number
}

const missing = (calls: Missed) => ({
  ...testDeps,
  http: {
    send: async () => {
      calls.sent += 1
      calls.onMissing?.()
      return { kind: 'failure', code: 'bad_gateway', info: { message: 'none' } } as const
    },
    close: async () => undefined,
  },
})

const header = (value: string) => ({
  mutators: [{ handler: 'header', config: { headers: { 'X-A': value } } }],
})

const cases = {
  'the same rule': { change: {}, kinds: [] },
  'a rule that denies': { change: { authorizer: { handler: 'deny' } }, kinds: ['newly-denied'] },
  'a rule with another header': { change: header('b'), kinds: ['headers'] },
  'another id': { change: { id: 'b' }, kinds: ['rule'] },
  'another URL': {
    change: { match: { url: 'http://shop.example/b', methods: ['GET'] } },
    kinds: ['newly-denied'],
  },
}

for (const [name, { change, kinds }] of Object.entries(cases)) {
  test(`${name}: ${kinds[0] ?? 'no difference'}`, async () => {
    const { wrapped, tally, seen } = await shadowOf(change)
    assert.equal((await wrapped(request())).kind, 'allow')
    assert.equal(tally.counts().compared, 0, 'nothing is compared before the answer is sent')
    await wait(50)
    assert.deepEqual(seen, kinds)
    const { compared, groups } = tally.counts()
    assert.deepEqual([compared, groups.map(({ kind }) => kind)], [1, kinds])
  })
}

test('what the first set denies and the shadow allows is newly allowed', async () => {
  const { wrapped, tally } = await shadowOf({
    match: { url: 'http://shop.example/<a|b>', methods: ['GET'] },
  })
  assert.equal((await wrapped(request('/b'))).kind, 'deny')
  await wait(50)
  assert.deepEqual(tally.counts().groups, [
    { kind: 'newly-allowed', old: null, new: 'a', change: '404 → 200', count: 1 },
  ])
})

test('a header that changes each time is undecided', async () => {
  const { wrapped, seen } = await shadowOf(header('{{ uuidv4 }}'))
  await wrapped(request())
  await wait(50)
  assert.deepEqual(seen, ['undecided'])
})

test('a call without a known answer is undecided', async () => {
  const calls: Missed = {
    onMissing: undefined,
    sent: 0,
    listen: onMissing => {
      calls.onMissing = onMissing
    },
  }
  const { wrapped, tally } = await shadowOf({ authorizer: { handler: 'remote_json' } }, { calls })
  await wrapped(request())
  await until(() => tally.counts().compared === 1, 'it is compared')
  const [group] = tally.counts().groups
  assert.deepEqual([group?.kind, group?.change], ['undecided', 'a call has no known answer'])
  await wait(400)
  assert.equal(calls.sent, 1, 'the handler does not try again')
})

test('the decision is returned as it is, in the same turn', async () => {
  const { wrapped } = await shadowOf({ authorizer: { handler: 'deny' } })
  const decided = wrapped(request())
  assert.equal('kind' in decided && decided.kind, 'allow')
})

test('at most 64 wait, and the rest is counted', async () => {
  const { wrapped, tally } = await shadowOf({})
  for (let i = 0; i < 100; i++) void wrapped(request())
  await until(() => tally.counts().compared === 64, '64 are compared')
  const { compared, dropped } = tally.counts()
  assert.deepEqual([compared, dropped], [64, 36])
})

test('what waits when a set is replaced is not compared', async () => {
  const { wrapped, tally, shadow } = await shadowOf({ authorizer: { handler: 'deny' } })
  void wrapped(request())
  shadow.restart()
  await wait(50)
  assert.deepEqual(tally.counts().groups, [])
})

test('what was decided by an earlier set is not compared', async () => {
  const { wrapped, tally, shadow } = await shadowOf({ authorizer: { handler: 'deny' } })
  const decided = wrapped(request())
  await decided
  await new Promise(resolve => setImmediate(resolve))
  shadow.restart()
  await wait(50)
  assert.equal(tally.counts().compared, 0)
})

test('ratio is the share of the requests', async () => {
  let next = 0
  const { wrapped, tally } = await shadowOf({}, { ratio: 0.5, random: () => (next++ % 2) * 0.6 })
  for (let i = 0; i < 10; i++) void wrapped(request())
  await wait(50)
  assert.equal(tally.counts().compared, 5)
})

test('a mistake in a report does not end the process', async () => {
  const { wrapped, tally } = await shadowOf(
    { id: 'b' },
    {
      onDifference: () => {
        throw new Error('broken')
      },
    },
  )
  void wrapped(request())
  void wrapped(request())
  await wait(50)
  assert.equal(tally.counts().compared, 2)
})

test('more than 1,000 groups share one for each kind', () => {
  const tally = createShadowTally()
  const verdict = (rule: string, isAllowed: boolean) =>
    ({
      kind: 'decided',
      isAllowed,
      status: 200,
      rule,
      note: undefined,
      headers: [],
      removed: [],
    }) as const
  for (let i = 0; i < 1500; i++) tally.record('rule', verdict('a', true), verdict(`r${i}`, true))
  tally.record('newly-allowed', verdict('x', false), verdict('y', true))
  const { groups } = tally.counts()
  assert.equal(groups.length, 1002)
  assert.deepEqual(
    groups.slice(1000).map(({ kind, old, count }) => [kind, old, count]),
    [
      ['rule', '_other', 500],
      ['newly-allowed', '_other', 1],
    ],
  )
})
