import assert from 'node:assert/strict'
import { posix } from 'node:path'
import { test } from 'node:test'
import { ask } from '../support/raw-http.ts'
import { guarded, host, open, type Result, resultOf, startAreas, wayNames } from './areas.ts'

/** The outcome must be the same through the proxy and the decision API. */
type Row = readonly [target: string, decisions: Result, forwarded: Result, grpc: Result]
const same = (target: string, result: Result): Row => [target, result, result, result]

/** A forwarded path is matched without decoding: a spelling that could hide a segment is denied. */
const rows: readonly Row[] = [
  same('/public/../admin/x', 'admin'),
  ['/public/%2e%2e/admin/x', 'admin', 400, 'admin'],
  ['/public/.%2e/admin', 'admin', 400, 'admin'],
  ['/public/%2e./admin', 'admin', 400, 'admin'],
  ['/public/%2e%2e%2fadmin/x', 'admin', 400, 'admin'],
  ['/public%2Fadmin', 'public', 400, 'public'],
  ['/public%2fadmin', 'public', 400, 'public'],
  same('//admin/x', 'admin'),
  same('///admin', 'admin'),
  same('/public//../admin', 'admin'),
  same('/admin//x', 'admin'),
  same('/public\\..\\admin', 400),
  same('/public%5c..%5cadmin', 400),
  same('/public/..;/admin', 400),
  same('/public/..;x=1/admin', 400),
  same('/public;/../admin', 'admin'),
  same('/admin;x=1/y', 404),
  ['/public#/admin', 400, 404, 400],
  ['/admin#/public', 400, 404, 400],
  ['/admin/#/../../public', 400, 400, 400],
  ['/admin#/../public', 400, 400, 400],
  same('/admin%23/public', 404),
  same('/admin?x=/public/', 'admin'),
  same('/admin?.png', 'admin'),
  same('/admin?', 'admin'),
  ['/admin%3F/../public', 'public', 'public', 'public'],
  same('/admin%00', 400),
  same('/%00admin', 400),
  same('/public/%0d%0aX-A:1', 400),
  same('/%252e%252e/admin', 404),
  same('/public/%252e%252e/admin', 'public'),
  same('/%zz', 400),
  same('/%', 400),
  same('/public/%2', 400),
  same('/%c0%ae%c0%ae/', 400),
  same('/public/%ff', 400),
  same('/ADMIN/x', 404),
  same('/admin/', 'admin'),
  same('/admin/.', 'admin'),
  same('/admin/x/..', 'admin'),
  same('/../admin', 'admin'),
  same('/../../../public', 'public'),
  same('/%61dmin', 'admin'),
  same('/%61%64%6d%69%6E/x', 'admin'),
  same('/admin%20', 404),
  same('/admin.', 404),
]

test('every spelling of a path matches the rule of the path that it means, or is denied', async t => {
  const ways = await startAreas(t)
  for (const [target, ...expected] of rows) {
    for (const [i, name] of wayNames.entries()) {
      const result = expected[i] ?? expected[0]
      await t.test(`${name}: ${JSON.stringify(target)} is ${result}`, async () =>
        assert.equal(await resultOf(ways[name], { target }), result),
      )
    }
  }

  await t.test('proxy: the upstream receives the path that was matched', async () => {
    ways.upstream.take()
    for (const [target] of rows) {
      const result = await ways.proxy({ target })
      for (const received of ways.upstream.take()) {
        const [path = ''] = received.target.split('?')
        assert.equal(result, 'public', target)
        assert.match(decodeURIComponent(path), /^\/public(?:\/|$)/, target)
        assert.equal(posix.normalize(decodeURIComponent(path)), decodeURIComponent(path), target)
      }
    }
  })

  for (const target of ['', '*', 'admin/x', '?x=/public', 'http://app.example/public']) {
    await t.test(`grpc: the path ${JSON.stringify(target)} is denied with 400`, async () =>
      assert.equal(await resultOf(ways.grpc, { target }), 400),
    )
  }

  await t.test('forwarded: a path that is not valid is denied with 400', async () => {
    for (const target of ['*', 'admin/x', 'public', 'http://app.example/public', 'public/../admin'])
      assert.equal(await resultOf(ways.forwarded, { target }), 400, target)
  })

  await t.test('decisions: a raw NUL byte is denied with 400', async () =>
    assert.equal(await resultOf(ways.decisions, { target: '/public\0/../admin' }), 400),
  )

  await t.test('another spelling of the prefix /decisions is not a check', async () => {
    for (const target of [
      '/DECISIONS/public',
      '//decisions/public',
      '/%64ecisions/public',
      '/decisions%2fpublic',
      '/decisionsx/public',
      '/x/../decisions/public',
      '/health/../decisions/public',
      '/decisions;/public',
    ]) {
      assert.equal((await ask(ways.oarlock.api, { target, host })).status, 404, target)
    }
  })

  await t.test('no path after the prefix reaches another route of the port', async () => {
    for (const rest of [
      '/../rules',
      '/%2e%2e/rules',
      '/..%2frules',
      '//../rules',
      '/./../health/alive',
    ])
      assert.equal(await resultOf(ways.decisions, { target: rest }), 404, rest)
  })
})

test('a rule for one path also matches with a query', async t => {
  const ways = await startAreas(t, { rules: [guarded('admin', `http://${host}/admin`)] })
  for (const name of wayNames) {
    await t.test(name, async () => {
      assert.equal(await resultOf(ways[name], { target: '/admin?x=1' }), 'admin')
      assert.equal(await resultOf(ways[name], { target: '/admin/x' }), 404)
    })
  }
})

const sizes: readonly (readonly [what: string, target: string, result: Result])[] = [
  ['a path of 20 KiB', `/public/${'a'.repeat(20_480)}`, 414],
  ['a path of 60 KiB', `/public/${'a'.repeat(61_440)}`, 414],
  ['a query of 10,000 keys', `/public?${'a=1&'.repeat(10_000)}`, 414],
  ['8,000 segments', `/public${'/a'.repeat(8000)}`, 'public'],
  ['2,000 steps up', `/public${'/a/../..'.repeat(2000)}/admin`, 'admin'],
]

test('a path or query that is too long is denied, a shorter one is matched', async t => {
  const ways = await startAreas(t)
  for (const [what, target, result] of sizes) {
    for (const name of ['decisions', 'grpc'] as const) {
      await t.test(`${name}: ${what}`, async () =>
        assert.equal(await resultOf(ways[name], { target }), result),
      )
    }
  }
  await t.test('decisions: a request line above the header limit is denied with 431', async () =>
    assert.equal(await resultOf(ways.decisions, { target: `/public/${'a'.repeat(80_000)}` }), 431),
  )
})

test('an expression that would take exponential time neither blocks other requests nor allows this one', async t => {
  const evil = `${'a'.repeat(50)}!`
  const ways = await startAreas(t, {
    rules: [
      open('public', `http://${host}/public`),
      open('nested', `http://${host}/nested/<(a+)+>`),
      open('alternatives', `http://${host}/either/<(a|a)*>b`),
      open('references', `http://${host}/twice/<(a*)*\\1>b`),
    ],
  })
  for (const name of wayNames) {
    await t.test(name, async () => {
      const attacks = ['nested', 'either', 'twice'].map(area =>
        ways[name]({ target: `/${area}/${evil}` }),
      )
      assert.equal(await ways[name]({ target: '/public' }), 'public')
      for (const result of await Promise.all(attacks))
        assert.ok([404, 500].includes(Number(result)), `${result}`)
      assert.equal(await ways[name]({ target: '/nested/aaa' }), 'nested')
    })
  }
})
