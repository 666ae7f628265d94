import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { type TestContext, test } from 'node:test'
import type { Snapshot } from '../../../../src/app/rules/build-rules.ts'
import { createLiveRules, type LiveRules } from '../../../../src/app/rules/live-rules.ts'
import { readRules } from '../../../../src/app/rules/read-rules.ts'
import type { Config } from '../../../../src/config/config.ts'
import { loadConfig } from '../../../../src/config/load.ts'
import type { Log } from '../../../../src/observability/log.ts'
import { createHttp } from '../../../../src/outbound/http.ts'
import { testDeps } from '../../../support/deps.ts'
import { requestTo } from '../../../support/request.ts'
import { stubServer } from '../../../support/stub-server.ts'

const rule = (id: string) => ({
  id,
  match: { url: `http://${id}/`, methods: ['GET'] },
  authenticators: [{ handler: 'noop' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
})

const inline = (...ids: string[]): string =>
  `inline://${Buffer.from(JSON.stringify(ids.map(rule))).toString('base64')}`

async function configOf(repositories: readonly string[], more: object = {}): Promise<Config> {
  const enabled = 'true'
  const outcome = await loadConfig({
    files: [],
    env: {
      ACCESS_RULES: JSON.stringify({ repositories, ...more }),
      AUTHENTICATORS_NOOP_ENABLED: enabled,
      AUTHORIZERS_ALLOW_ENABLED: enabled,
      MUTATORS_NOOP_ENABLED: enabled,
    },
  })
  assert.ok(outcome.kind === 'config', JSON.stringify(outcome))
  return outcome.config
}

interface Started {
  readonly live: LiveRules
  readonly lines: string[]
  /** Each snapshot that was put in force, in order. */
  readonly swapped: readonly Snapshot[]
}

const httpOf = (t: TestContext) => {
  const http = createHttp({ timeout: 2000, concurrent: 4, bytes: 1000 })
  t.after(() => http.close())
  return http
}

async function start(t: TestContext, config: Config, strict = false): Promise<Started> {
  const http = httpOf(t)
  const lines: string[] = []
  const swapped: Snapshot[] = []
  const onChange = (next: Snapshot): void => {
    swapped.push(next)
  }
  const deps = { ...testDeps, http }
  const live = await createLiveRules({ config, deps, log: logTo(lines), strict, onChange })
  t.after(() => live.close())
  return { live, lines, swapped }
}

const logTo = (lines: string[]): Log => {
  const say = (text: string, fields: object = {}): void => {
    lines.push(`${text} ${JSON.stringify(fields)}`)
  }
  return { error: say, warn: say, info: say, debug: say }
}

const idsOf = (live: LiveRules): readonly string[] =>
  live.current().rules.definitions.map(({ id }) => id)

/** A server whose answer can be changed. */
async function changing(t: TestContext, first: RequestListener) {
  let answer = first
  const { origin } = await stubServer(t, (request, response) => answer(request, response))
  const set = (next: RequestListener): void => {
    answer = next
  }
  return { origin, set }
}

const withRules =
  (...ids: string[]): RequestListener =>
  (_, response) =>
    response.end(JSON.stringify(ids.map(rule)))
const failing: RequestListener = (_, response) => response.writeHead(404).end()

test('a reload without a change swaps no rules', async t => {
  const { live } = await start(t, await configOf([inline('a')]))
  const { rules } = live.current()
  await live.refresh()
  assert.equal(live.current().rules, rules)
})

test('configuration and rules are swapped together', async t => {
  const { live, swapped } = await start(t, await configOf([inline('a')]))
  const config = await configOf([inline('b')])
  const before = live.current()
  const done = live.configure(config)
  assert.equal(live.current(), before)
  await done
  assert.equal(live.current().config, config)
  assert.deepEqual(idsOf(live), ['b'])
  // Files that may have changed during the start are read again soon, so there may be swaps before.
  for (const { config: used, rules } of swapped) {
    const ids = rules.definitions.map(({ id }) => id)
    assert.deepEqual(ids, used === config ? ['b'] : ['a'])
  }
  assert.ok(swapped.some(({ config: used }) => used === config))
})

test('a changed configuration that cannot recover by itself is refused', async t => {
  const { live } = await start(t, await configOf([inline('a')]))
  // Files that may have changed during the start are read again soon: another snapshot with the same content.
  const before = live.current().config
  for (const location of ['inline://%', 'ftp://host/rules']) {
    await assert.rejects(live.configure(await configOf([inline('b'), location])), /access_rules/)
    assert.equal(live.current().config, before)
    assert.deepEqual(idsOf(live), ['a'])
  }
  await live.configure(await configOf([inline('c')]))
  assert.deepEqual(idsOf(live), ['c'])
})

test('a new repository that is down does not delay the others', async t => {
  const { live } = await start(t, await configOf([inline('a')]))
  const remote = await changing(t, failing)
  await live.configure(await configOf([inline('b'), remote.origin]))
  assert.deepEqual([idsOf(live), live.failing()], [['b'], 1])
  remote.set(withRules('r'))
  await live.refresh()
  assert.deepEqual([idsOf(live), live.failing()], [['b', 'r'], 0])
})

test('the same problem is logged once, and again after it was gone', async t => {
  const remote = await changing(t, withRules('a'))
  const { live, lines } = await start(t, await configOf([remote.origin]))
  const count = (): number => lines.filter(line => line.includes('404')).length
  remote.set(failing)
  await live.refresh()
  await live.refresh()
  assert.equal(count(), 1)
  remote.set(withRules('a'))
  await live.refresh()
  remote.set(failing)
  await live.refresh()
  assert.equal(count(), 2)
  assert.deepEqual(idsOf(live), ['a'])
})

test('a start that fails names the missing sources; one that waits is complete once all were read', async t => {
  const remote = await changing(t, failing)
  await assert.rejects(
    start(t, await configOf([inline('a'), remote.origin])),
    new RegExp(`access_rules: ${remote.origin}: answered with 404`),
  )
  const config = await configOf([inline('a'), remote.origin], { on_start_error: 'wait' })
  const { live } = await start(t, config)
  assert.deepEqual([idsOf(live), live.complete()], [['a'], false])
  remote.set(withRules('r'))
  await live.refresh()
  assert.deepEqual([idsOf(live), live.complete()], [['a', 'r'], true])
  remote.set(failing)
  await live.refresh()
  assert.deepEqual([live.complete(), live.failing()], [true, 1])
})

test('a configuration that cannot recover by itself makes the start fail without waiting', async t => {
  const config = await configOf(['inline://%'], { on_start_error: 'wait' })
  await assert.rejects(start(t, config), /not valid base64/)
})

test('the start waits for a missing file, unless it is strict', async t => {
  const config = await configOf(['file:///no/such/rules.json'])
  const { live, lines } = await start(t, config)
  assert.deepEqual([idsOf(live), live.complete(), live.failing()], [[], true, 1])
  assert.match(lines.join('\n'), /Unable to read access rules.*ENOENT/)
  await assert.rejects(start(t, config, true), /ENOENT/)
})

test('unchanged rules are the same compiled rules after a reload', async t => {
  const remote = await changing(t, withRules('a', 'b'))
  const { live } = await start(t, await configOf([remote.origin]))
  const [a] = live.current().rules.definitions
  remote.set(withRules('a', 'c'))
  await live.refresh()
  assert.deepEqual(idsOf(live), ['a', 'c'])
  assert.equal(live.current().rules.definitions[0], a)
})

test('after it was closed the last rules stay, whatever is requested', async t => {
  const remote = await changing(t, withRules('a'))
  const { live } = await start(t, await configOf([remote.origin]))
  remote.set(withRules('b'))
  const asked = live.refresh()
  live.close()
  await asked
  await live.refresh()
  assert.deepEqual(idsOf(live), ['a'])
})

const inlineOf = (...rules: readonly object[]): string =>
  `inline://${Buffer.from(JSON.stringify(rules)).toString('base64')}`

const standard = { ...rule('all'), match: { hosts: ['a.test'], default: true } }

test('a default rule denies until every source was read once', async t => {
  const remote = await changing(t, failing)
  const config = await configOf([inlineOf(rule('b.test'), standard), remote.origin], {
    on_start_error: 'wait',
  })
  const { live } = await start(t, config)
  const found = (url: string): string => {
    const outcome = live.current().rules.find(requestTo(url))
    return outcome.kind === 'rule' ? outcome.id : `${outcome.code} ${outcome.info.reason ?? ''}`
  }
  const unread =
    'internal_server_error a default rule matches, but a rule of a source that was never read may have been meant'
  assert.deepEqual([found('http://a.test/'), found('http://b.test/')], [unread, 'b.test'])
  remote.set((_, response) => response.end('[{"id":1}]'))
  await live.refresh()
  assert.equal(found('http://a.test/'), unread)
  const { rules } = await readRules(config, { ...testDeps, http: httpOf(t) })
  assert.equal(rules.find(requestTo('http://a.test/')).kind, 'failure')
  remote.set((_, response) => response.end('[]'))
  await live.refresh()
  assert.equal(found('http://a.test/'), 'all')
  remote.set(failing)
  await live.refresh()
  assert.equal(found('http://a.test/'), 'all')
})
