import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { areas, handlers, host } from '../abuse/areas.ts'
import { checkOf } from '../support/check.ts'
import { eventually, untilReady } from '../support/child.ts'
import { temporaryFolder } from '../support/folder.ts'
import { checkClient } from '../support/grpc-client.ts'
import { launchOarlock, type Oarlock, startOarlock } from '../support/oarlock.ts'
import { freePort, loopback } from '../support/ports.ts'
import { ask } from '../support/raw-http.ts'
import { until } from '../support/until.ts'

const launchWith = (t: TestContext, ...locations: readonly string[]): Promise<Oarlock> =>
  launchOarlock(t, { config: { ...handlers, access_rules: { repositories: locations } } })

const goodRules = JSON.stringify(areas)

/** What may be at the path of the rules, by the text that the log contains about it. */
const files: Readonly<Record<string, readonly [reason: RegExp, put: (path: string) => void]>> = {
  nothing: [/ENOENT/, () => undefined],
  'a dangling link': [/ENOENT/, path => symlinkSync(`${path}.gone`, path)],
  'a link to itself': [/ELOOP/, path => symlinkSync(path, path)],
  'an empty folder': [/contains no rule document/, path => mkdirSync(path)],
  'a pipe': [/regular file/, path => void spawnSync('mkfifo', [path])],
  'a device that never ends': [/regular file/, path => symlinkSync('/dev/zero', path)],
  'half a document': [
    /1:|line|expected/i,
    path => {
      writeFileSync(path, goodRules)
      truncateSync(path, goodRules.length / 2)
    },
  ],
  'bytes that are not UTF-8': [/./, path => writeFileSync(path, Buffer.alloc(1000, 0xff))],
  'one rule instead of a list': [/list/, path => writeFileSync(path, JSON.stringify(areas[0]))],
  'a number in place of a string': [
    /found 7, expected a string/,
    path => writeFileSync(path, JSON.stringify([{ ...areas[0], id: 7 }])),
  ],
}

/** The API port opens first. */
const accepts = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, loopback)
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('close', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })

for (const [what, [reason, put]] of Object.entries(files)) {
  test(`with ${what} at the path of the rules the server starts, denies, and logs the reason`, async t => {
    const path = join(temporaryFolder(t), 'rules.json')
    put(path)
    const oarlock = await launchWith(t, `file://${path}`)
    await untilReady(oarlock, `http://${loopback}:${oarlock.api}/health/alive`)
    await until(() => accepts(oarlock.grpc), 'the gRPC port is open')
    assert.equal((await ask(oarlock.api, { target: '/health/ready' })).status, 503)
    assert.equal((await ask(oarlock.api, { target: '/decisions/public', host })).status, 404)
    const client = checkClient(t, `${loopback}:${oarlock.grpc}`)
    const answer = await client.check(checkOf({ host, path: '/public' }))
    assert.equal(answer.denied_response?.status?.code, 'NotFound')
    const line = oarlock
      .log()
      .split('\n')
      .find(text => text.includes('Unable to read access rules'))
    assert.match(line ?? '', reason)
    assert.ok(line?.includes(path), line)
  })
}

test('a broken source does not affect another one', async t => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'good.json'), goodRules)
  writeFileSync(join(folder, 'bad.json'), goodRules.slice(0, -20))
  const locations = ['bad', 'good', 'missing'].map(name => `file://${folder}/${name}.json`)
  const oarlock = await launchWith(t, ...locations)
  await untilReady(oarlock, `http://${loopback}:${oarlock.api}/health/ready`)
  assert.equal((await ask(oarlock.api, { target: '/decisions/public', host })).status, 200)
  assert.equal((await ask(oarlock.api, { target: '/decisions/admin', host })).status, 401)
})

for (const door of ['api', 'grpc', 'proxy', 'metrics'] as const) {
  test(`when the port of ${door} is in use the server does not start, and names it`, async t => {
    const other = createServer().listen(0, loopback)
    t.after(() => void other.close())
    await once(other, 'listening')
    const taken = Number((other.address() as { port: number }).port)
    const free = {
      api: await freePort(),
      grpc: await freePort(),
      proxy: await freePort(),
      metrics: await freePort(),
    }
    const ports = { ...free, [door]: taken }
    const oarlock = await launchOarlock(t, { config: handlers, rules: areas, ports })
    assert.equal(await oarlock.exitCode, 1)
    const section = door === 'metrics' ? 'prometheus' : door
    const key = `serve\\.${section}\\.port ${taken}: `
    assert.match(oarlock.log(), new RegExp(`Oarlock cannot run.*${key}.*EADDRINUSE`))
  })
}

for (const door of ['api', 'grpc', 'proxy'] as const) {
  for (const workers of [1, 2]) {
    test(`with ${workers} processes a socket of ${door} that is in use is named with its key`, async t => {
      const socket = join(temporaryFolder(t), 'used.sock')
      const other = createServer().listen(socket)
      t.after(() => void other.close())
      await once(other, 'listening')
      const config = { ...handlers, serve: { workers, [door]: { socket } } }
      const grpcSocket = door === 'grpc' ? { grpcSocket: socket } : {}
      const oarlock = await launchOarlock(t, { config, rules: areas, ...grpcSocket })
      assert.equal(await oarlock.exitCode, 1)
      const key = `serve\\.${door}\\.socket ${socket}: `
      assert.match(oarlock.log(), new RegExp(`Oarlock cannot run.*${key}.*EADDRINUSE`))
    })
  }
}

test('after SIGKILL and a new start the server replaces its sockets', async t => {
  const folder = temporaryFolder(t)
  const [api, grpcSocket] = [join(folder, 'api.sock'), join(folder, 'grpc.sock')]
  const setup = {
    config: { ...handlers, serve: { api: { socket: api } } },
    rules: areas,
    grpcSocket,
  }
  const isListening = ({ log }: Oarlock) =>
    eventually(() => log().includes('Oarlock is listening') || undefined, 'that it listens')
  const first = await launchOarlock(t, setup)
  await isListening(first)
  first.signal('SIGKILL')
  assert.equal(await first.exitCode, null)
  assert.ok(existsSync(api) && existsSync(grpcSocket), 'the socket files are left')
  await isListening(await launchOarlock(t, setup))
  const answer = await checkClient(t, `unix:${grpcSocket}`).check(
    checkOf({ host, path: '/public' }),
  )
  assert.deepEqual(answer.status, {})
})

test('after SIGKILL and a new start on the same ports it decides as before', async t => {
  const setup = { config: handlers, rules: areas }
  const first = await startOarlock(t, setup)
  first.signal('SIGKILL')
  await first.exitCode
  const { api } = await startOarlock(t, { ...setup, ports: first })
  assert.equal((await ask(api, { target: '/decisions/public', host })).status, 200)
  assert.equal((await ask(api, { target: '/decisions/admin', host })).status, 401)
})

test('a rule whose keys are missing at start denies, the others work', async t => {
  const jwt = (location: string) => ({
    ...areas[1],
    id: location,
    match: { url: `http://${host}/keys`, methods: ['GET'] },
    authenticators: [{ handler: 'jwt', config: { jwks_urls: [location] } }],
  })
  const { api } = await startOarlock(t, {
    config: handlers,
    rules: [...areas, jwt('file:///nowhere/keys.json')],
  })
  const headers = [['Authorization', 'Bearer e30.e30.e30']] as const
  assert.equal((await ask(api, { target: '/decisions/keys', host, headers })).status, 401)
  assert.equal((await ask(api, { target: '/decisions/keys', host })).status, 401)
  assert.equal((await ask(api, { target: '/decisions/public', host })).status, 200)
})

/** Makes `listen` of one port begin late, as on a busy machine. */
const lateListen = (port: string): string => `
  import { Server } from 'node:net'
  const { listen } = Server.prototype
  Server.prototype.listen = function (...given) {
    const late = given[0]?.port === ${port}
    if (late) setTimeout(() => listen.apply(this, given), 1500)
    else listen.apply(this, given)
    return this
  }`

test('a server is not ready before all its ports accept connections', async t => {
  const ports = {
    api: await freePort(),
    grpc: await freePort(),
    proxy: await freePort(),
    metrics: await freePort(),
  }
  const preload = `data:text/javascript,${encodeURIComponent(lateListen(`${ports.grpc}`))}`
  const env = { NODE_OPTIONS: `--import=${preload}` }
  const oarlock = await launchOarlock(t, { config: handlers, rules: areas, ports, env })
  await untilReady(oarlock, `http://${loopback}:${oarlock.api}/health/alive`)
  assert.equal((await ask(oarlock.api, { target: '/health/ready' })).status, 503)
  await untilReady(oarlock, `http://${loopback}:${oarlock.api}/health/ready`)
  const socket = connect(oarlock.grpc, loopback)
  t.after(() => void socket.destroy())
  await once(socket, 'connect')
})
