import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '../../../src/model/failure.ts'
import { createDecisionTally } from '../../../src/observability/metrics/decisions.ts'
import type { Family } from '../../../src/observability/metrics/family.ts'
import { createHistogram } from '../../../src/observability/metrics/histogram.ts'
import { createOutboundTally, originOf } from '../../../src/observability/metrics/outbound.ts'
import { createMetricRegistry } from '../../../src/observability/metrics/registry.ts'
import { createRequestTally, firstSegment } from '../../../src/observability/metrics/requests.ts'
import {
  createCertificateTally,
  createReloadTally,
  keySetFamilies,
} from '../../../src/observability/metrics/state.ts'
import { readExposition } from '../../support/exposition.ts'

const exposed = async (families: readonly Family[]) => {
  const registry = createMetricRegistry()
  registry.add(...families)
  return readExposition(await registry.text())
}

const readAll = (families: readonly Family[], name: string) =>
  families.find(family => family.name === name)?.read() ?? []

test('a histogram counts a value into every bucket that is not below it', () => {
  const histogram = createHistogram([1, 2, 5])
  for (const value of [0.5, 1, 2, 3, 9]) histogram.observe(value)
  assert.deepEqual(
    histogram.samples({}).map(({ labels, value, suffix }) => [suffix, labels['le'], value]),
    [
      ['_bucket', '1', 2],
      ['_bucket', '2', 3],
      ['_bucket', '5', 4],
      ['_bucket', '+Inf', 5],
      ['_sum', undefined, 15.5],
      ['_count', undefined, 5],
    ],
  )
})

test('the label of a request is its first path segment, without a query', () => {
  for (const [target, label] of [
    ['/decisions', '/decisions'],
    ['/decisions/a/b?c=d', '/decisions'],
    ['/decisions?c=/d', '/decisions'],
    ['/', '/'],
    ['//a', '/'],
    ['http://a.test/x/y', '/x'],
    ['HTTP://a.test?x=/y', '/'],
    ['http://a.test', '/'],
    ['*', '/'],
    ['', '/'],
  ] as const)
    assert.equal(firstSegment(target), label, target)
})

const options = { prefix: 'p_', hidePaths: false, collapsePaths: true }

test('the number of request label values is bounded, together with methods and statuses', () => {
  const tally = createRequestTally(options)
  for (let i = 0; i < 3000; i++) {
    for (const status of [200, 404, 500, 503, 401, 403])
      tally.record('oathkeeper-proxy', { method: 'GET', target: `/${i}`, status }, 0.001)
  }
  const samples = readAll(tally.families, 'p_requests_total')
  assert(samples.length <= 5010, `${samples.length}`)
  assert.equal(new Set(samples.map(({ labels }) => labels['request'])).size <= 1001, true)
  const total = samples.reduce((sum, { value }) => sum + value, 0)
  assert.equal(total, 18_000)
})

test('an unusual method is OTHER, and a long path has no label of its own', async () => {
  const tally = createRequestTally(options)
  tally.record('oathkeeper-api', { method: 'MKCOL', target: '/a', status: 404 }, 0.001)
  tally.record(
    'oathkeeper-api',
    { method: 'GET', target: `/${'a'.repeat(300)}`, status: 404 },
    0.001,
  )
  const series = await exposed(tally.families)
  const api = 'service="oathkeeper-api"'
  for (const labels of [
    `${api},method="OTHER",request="/a",status_code="404"`,
    `${api},method="GET",request="/_other",status_code="404"`,
  ])
    assert.equal(series.get(`p_requests_total{${labels}}`), 1)
})

test('what a client sends cannot break the exposition format', async () => {
  const tally = createRequestTally({ ...options, collapsePaths: false })
  const target = '/"} 1\\n\nforged_total 7'
  tally.record('oathkeeper-api', { method: 'GET', target, status: 200 }, 0.001)
  assert(![...(await exposed(tally.families)).keys()].some(key => key.startsWith('forged')))
})

test('removed rules lose their counters when there are many, the others keep them', () => {
  const tally = createDecisionTally()
  for (let i = 0; i < 6000; i++) tally.record('grpc', { kind: 'allow', rule: `r${i}` }, 0.001)
  const failed = failure('not_found', { message: '' })
  tally.record('grpc', { kind: 'deny', failure: failed }, 0.001)
  tally.retain(['r1', 'r2'])
  const rules = readAll(tally.families, 'oarlock_decisions_total').map(
    ({ labels }) => labels['rule'],
  )
  assert.deepEqual(rules.sort(), ['', 'r1', 'r2'])
})

test('an origin contains no user, path or query, and their number is bounded', () => {
  assert.equal(originOf('https://user:pass@A.test:8443/path?x=y'), 'https://a.test:8443')
  assert.equal(originOf('http://a.test?x=@b'), 'http://a.test')
  assert.equal(originOf('nonsense'), '//')
  const tally = createOutboundTally()
  for (let i = 0; i < 300; i++) tally.record(`http://h${i}/`, '2xx', 0.1)
  assert.equal(readAll(tally.families, 'oarlock_outbound_calls_total').length, 101)
})

test('of key sets with one label the worst state is exported', () => {
  const state = { location: 'https://a.test/jwks' }
  const families = keySetFamilies(() => [
    { ...state, age: 1000, failing: false },
    { ...state, age: 9000, failing: true },
    { location: 'https://b.test/jwks', age: undefined, failing: true },
  ])
  assert.deepEqual(
    families.map(({ read }) => read().map(({ labels, value }) => [labels['location'], value])),
    [
      [['https://a.test/jwks', 9]],
      [
        ['https://a.test/jwks', 1],
        ['https://b.test/jwks', 1],
      ],
    ],
  )
})

test('loads of rules are counted, with the time of the last ones', () => {
  const tally = createReloadTally(() => 5000)
  assert.deepEqual(readAll(tally.families, 'oarlock_rules_load_failure_timestamp_seconds'), [])
  tally.record(true)
  tally.record(false)
  const [failed] = readAll(tally.families, 'oarlock_rules_load_failure_timestamp_seconds')
  assert.equal(failed?.value, 5)
})

test('certificates are read when the metrics are read', () => {
  const tally = createCertificateTally()
  let expiry: number | undefined
  tally.watch('api', () => expiry)
  assert.deepEqual(tally.family.read(), [])
  expiry = 7
  assert.deepEqual(tally.family.read(), [{ labels: { use: 'api' }, value: 7 }])
})
