/** The built program while its files change. */
import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { parse, stringify } from 'yaml'
import { launchOarlock, type Oarlock, startOarlock } from '../support/oarlock.ts'
import { type Answer, ask } from '../support/raw-http.ts'
import { stubServer } from '../support/stub-server.ts'
import { until } from '../support/until.ts'

const rule = (id: string) => ({
  id,
  match: { url: `http://${id}.test/<.*>`, methods: ['GET'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
})

const handlers = {
  authenticators: { anonymous: { enabled: true, config: { subject: 'one' } } },
  authorizers: { allow: { enabled: true } },
  mutators: {
    header: { enabled: true, config: { headers: { 'X-User': '{{ print .Subject }}' } } },
  },
}

const started = (t: TestContext, rules = [rule('a')]): Promise<Oarlock> =>
  startOarlock(t, { config: handlers, rules })

const decide = ({ api }: Oarlock, id: string): Promise<Answer> =>
  ask(api, { target: '/decisions/x', host: `${id}.test` })

const statusIs = (oarlock: Oarlock, id: string, status: number): Promise<void> =>
  until(async () => (await decide(oarlock, id)).status === status, `${id} gets ${status}`)

const userIs = (oarlock: Oarlock, user: string): Promise<void> =>
  until(async () => (await decide(oarlock, 'a')).all('x-user')[0] === user, `the user is ${user}`)

const logged = (oarlock: Oarlock, text: RegExp): Promise<void> =>
  until(() => text.test(oarlock.log()), `${text} is in the log`)

const detailsOf = async ({ api }: Oarlock): Promise<unknown> =>
  JSON.parse((await ask(api, { target: '/health/ready' })).text).details

/** Changes one part of the configuration file. */
function edit({ files }: Oarlock, change: (config: Editable) => object): void {
  const config = parse(readFileSync(files.config, 'utf8')) as Editable
  writeFileSync(files.config, stringify(change(config)))
}

type Editable = Readonly<Record<string, object>>

const withSubject =
  (subject: string) =>
  (config: Editable): object => ({
    ...config,
    authenticators: { anonymous: { enabled: true, config: { subject } } },
  })

test('a changed rule file takes effect; a broken or missing one changes nothing', async t => {
  const oarlock = await started(t)
  const { rules } = oarlock.files
  writeFileSync(rules, stringify([rule('a'), rule('b')]))
  await statusIs(oarlock, 'b', 200)
  writeFileSync(rules, '- id: [')
  await logged(oarlock, /Unable to read access rules/)
  // The first change may have been read half written, which is logged, too.
  await until(
    async () => isDeepStrictEqual(await detailsOf(oarlock), { failing_sources: 1 }),
    'the source is failing',
  )
  assert.equal((await decide(oarlock, 'b')).status, 200)
  rmSync(rules)
  await logged(oarlock, /ENOENT/)
  assert.equal((await decide(oarlock, 'b')).status, 200)
  writeFileSync(rules, stringify([rule('c')]))
  await statusIs(oarlock, 'c', 200)
  assert.equal((await decide(oarlock, 'b')).status, 404)
  assert.equal(await detailsOf(oarlock), undefined)
})

test('a changed configuration takes effect; one that is not valid changes nothing and is reported by log and readiness', async t => {
  const oarlock = await started(t)
  edit(oarlock, withSubject('two'))
  await userIs(oarlock, 'two')
  const good = readFileSync(oarlock.files.config, 'utf8')
  appendFileSync(oarlock.files.config, 'nonsense: true\nlimits: {path: {bytes: "many"}}\n')
  await logged(oarlock, /limits\.path\.bytes: found/)
  assert.match(oarlock.log(), /refused.*oarlock\.yaml:\d+:\d+ nonsense/)
  assert.deepEqual(await detailsOf(oarlock), { refused_configuration: true })
  assert.equal((await decide(oarlock, 'a')).all('x-user')[0], 'two')
  writeFileSync(oarlock.files.config, good)
  await until(async () => (await detailsOf(oarlock)) === undefined, 'nothing is denied any more')
  edit(oarlock, withSubject('three'))
  await userIs(oarlock, 'three')
})

test('trusted proxies and the dialect change while the door is open', async t => {
  const oarlock = await started(t)
  const asks = () =>
    ask(oarlock.api, {
      target: '/decisions/x',
      host: 'other.test',
      headers: [['X-Forwarded-Host', 'a.test']],
    })
  assert.equal((await asks()).status, 200)
  edit(oarlock, ({ serve, ...config }) => ({
    ...config,
    serve: { ...serve, api: { ...(serve as { api: object }).api, forwarded: 'off' } },
  }))
  await until(async () => (await asks()).status === 404, 'forwarded headers are ignored')
})

test('another matching strategy takes effect for every rule', async t => {
  const oarlock = await started(t, [
    { ...rule('a'), match: { url: 'http://a.test/<{x,y}>', methods: ['GET'] } },
  ])
  assert.equal((await decide(oarlock, 'a')).status, 404)
  edit(oarlock, config => ({
    ...config,
    access_rules: { ...config['access_rules'], matching_strategy: 'glob' },
  }))
  await statusIs(oarlock, 'a', 200)
})

test('a setting that needs a restart is logged once, and the other changes take effect', async t => {
  const oarlock = await started(t)
  edit(oarlock, config => withSubject('two')({ ...config, limits: { path: { bytes: 99 } } }))
  await userIs(oarlock, 'two')
  edit(oarlock, withSubject('three'))
  await userIs(oarlock, 'three')
  const lines = oarlock.log().match(/A restart is needed.*|.*limits\.path\.bytes.*/g) ?? []
  assert.equal(lines.length, 1, lines.join('\n'))
  assert.match(lines[0] ?? '', /limits\.path\.bytes/)
})

test('an added repository adds its rules, a removed one removes them', async t => {
  const oarlock = await started(t)
  const remote = await stubServer(t, (_, response) => response.end(stringify([rule('r')])))
  const withRepositories = (more: readonly string[]) => (config: Editable) => ({
    ...config,
    access_rules: { repositories: [`file://${oarlock.files.rules}`, ...more] },
  })
  edit(oarlock, withRepositories([remote.origin]))
  await statusIs(oarlock, 'r', 200)
  edit(oarlock, withRepositories([]))
  await statusIs(oarlock, 'r', 404)
  edit(oarlock, withRepositories(['inline://%']))
  await logged(oarlock, /refused.*not valid base64/)
  assert.equal((await decide(oarlock, 'a')).status, 200)
  assert.deepEqual(await detailsOf(oarlock), { refused_configuration: true })
})

test('SIGHUP reads remote repositories again', async t => {
  let rules = [rule('a')]
  const remote = await stubServer(t, (_, response) => response.end(stringify(rules)))
  const config = { ...handlers, access_rules: { repositories: [`${remote.origin}/r`] } }
  const oarlock = await startOarlock(t, { config })
  rules = [rule('b')]
  oarlock.signal('SIGHUP')
  await statusIs(oarlock, 'b', 200)
  await statusIs(oarlock, 'a', 404)
})

test('access_rules.refresh fetches again, with the ETag', async t => {
  let version = 1
  const remote = await stubServer(t, ({ headers }, response) => {
    const tag = `"${version}"`
    if (headers['if-none-match'] === tag) response.writeHead(304).end()
    else response.writeHead(200, { etag: tag }).end(stringify([rule(`v${version}`)]))
  })
  const config = {
    ...handlers,
    access_rules: { repositories: [`${remote.origin}/r`], refresh: '1s' },
  }
  const oarlock = await startOarlock(t, { config })
  await until(() => remote.calls.length > 1, 'it was fetched again')
  assert.equal(remote.calls[1]?.headers['if-none-match'], '"1"')
  version = 2
  await statusIs(oarlock, 'v2', 200)
})

test('a start without a remote repository fails, and names it', async t => {
  const remote = await stubServer(t, (_, response) => response.writeHead(404).end())
  const location = `${remote.origin}/rules.json`
  const config = { ...handlers, access_rules: { repositories: [location] } }
  const oarlock = await launchOarlock(t, { config })
  assert.equal(await oarlock.exitCode, 1)
  assert.match(oarlock.log(), new RegExp(`access_rules: ${location}: answered with 404`))
})

test('a start that waits is not ready until every repository was read', async t => {
  let isDown = true
  const remote = await stubServer(t, (_, response) => {
    if (isDown) response.writeHead(503).end()
    else response.end(stringify([rule('r')]))
  })
  const inline = `inline://${Buffer.from(stringify([rule('a')])).toString('base64')}`
  const config = {
    ...handlers,
    access_rules: { repositories: [inline, remote.origin], on_start_error: 'wait' },
  }
  const oarlock = await launchOarlock(t, { config })
  const readiness = async () =>
    (await ask(oarlock.api, { target: '/health/ready' }).catch(() => undefined))?.status
  await until(async () => (await readiness()) === 503, 'it is alive and not ready')
  assert.equal((await decide(oarlock, 'a')).status, 200)
  isDown = false
  oarlock.signal('SIGHUP')
  await until(async () => (await readiness()) === 200, 'it is ready')
  isDown = true
  oarlock.signal('SIGHUP')
  await until(async () => (await detailsOf(oarlock)) !== undefined, 'the source fails')
  assert.equal((await decide(oarlock, 'r')).status, 200)
})
