import assert from 'node:assert/strict'
import { posix } from 'node:path'
import { test } from 'node:test'
import { ask } from '../support/raw-http.ts'
import { guarded, host, judge, open, startAreas, type Verdict, wayNames } from './areas.ts'

/** What the proxy says is what the decision API says. */
type Row = readonly [target: string, decisions: Verdict, forwarded: Verdict, grpc: Verdict]
const same = (target: string, verdict: Verdict): Row => [target, verdict, verdict, verdict]

/** A forwarded path is matched undecoded: what would hide a segment in it is refused. */
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
  ['/admin/#/../../public', 400, 'public', 400],
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

test('no spelling of a path reaches another rule than the one for what it means', async t => {
  const ways = await startAreas(t)
  for (const [target, ...expected] of rows) {
    for (const [i, name] of wayNames.entries()) {
      const verdict = expected[i] ?? expected[0]
      await t.test(`${name}: ${JSON.stringify(target)} is ${verdict}`, async () =>
        assert.equal(await judge(ways[name], { target }), verdict),
      )
    }
  }

  await t.test('proxy: what the upstream gets is what was judged', async () => {
    ways.upstream.take()
    for (const [target] of rows) {
      const verdict = await ways.proxy({ target })
      for (const received of ways.upstream.take()) {
        const [path = ''] = received.target.split('?')
        assert.equal(verdict, 'public', target)
        assert.match(decodeURIComponent(path), /^\/public(?:\/|$)/, target)
        assert.equal(posix.normalize(decodeURIComponent(path)), decodeURIComponent(path), target)
      }
    }
  })

  for (const target of ['', '*', 'admin/x', '?x=/public', 'http://app.example/public']) {
    await t.test(`grpc: the path ${JSON.stringify(target)} is refused`, async () =>
      assert.equal(await judge(ways.grpc, { target }), 400),
    )
  }

  await t.test('forwarded: a path that is no path is refused', async () => {
    for (const target of ['*', 'admin/x', 'public', 'http://app.example/public', 'public/../admin'])
      assert.equal(await judge(ways.forwarded, { target }), 400, target)
  })

  await t.test('decisions: a raw zero byte is refused', async () =>
    assert.equal(await judge(ways.decisions, { target: '/public\0/../admin' }), 400),
  )

  await t.test('no spelling of the prefix is a decision', async () => {
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

  await t.test('no spelling behind the prefix reaches another route of the port', async () => {
    for (const rest of [
      '/../rules',
      '/%2e%2e/rules',
      '/..%2frules',
      '//../rules',
      '/./../health/alive',
    ])
      assert.equal(await judge(ways.decisions, { target: rest }), 404, rest)
  })
})

test('a rule for one path is not lost behind a query', async t => {
  const ways = await startAreas(t, { rules: [guarded('admin', `http://${host}/admin`)] })
  for (const name of wayNames) {
    await t.test(name, async () => {
      assert.equal(await judge(ways[name], { target: '/admin?x=1' }), 'admin')
      assert.equal(await judge(ways[name], { target: '/admin/x' }), 404)
    })
  }
})

const sizes: readonly (readonly [what: string, target: string, verdict: Verdict])[] = [
  ['a path of 20 KiB', `/public/${'a'.repeat(20_480)}`, 414],
  ['a path of 60 KiB', `/public/${'a'.repeat(61_440)}`, 414],
  ['a query of 10,000 keys', `/public?${'a=1&'.repeat(10_000)}`, 414],
  ['8,000 segments', `/public${'/a'.repeat(8000)}`, 'public'],
  ['2,000 steps up', `/public${'/a/../..'.repeat(2000)}/admin`, 'admin'],
]

test('size does not matter: what is too long is refused, the rest is judged', async t => {
  const ways = await startAreas(t)
  for (const [what, target, verdict] of sizes) {
    for (const name of ['decisions', 'grpc'] as const) {
      await t.test(`${name}: ${what}`, async () =>
        assert.equal(await judge(ways[name], { target }), verdict),
      )
    }
  }
  await t.test('decisions: a request line beyond all headers is a 431', async () =>
    assert.equal(await judge(ways.decisions, { target: `/public/${'a'.repeat(80_000)}` }), 431),
  )
})

test('an expression that would run for ever holds nobody up and lets nobody in', async t => {
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
      for (const verdict of await Promise.all(attacks))
        assert.ok([404, 500].includes(Number(verdict)), `${verdict}`)
      assert.equal(await ways[name]({ target: '/nested/aaa' }), 'nested')
    })
  }
})
