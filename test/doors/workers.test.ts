/** The built program with several workers behaves as one server. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { checkOf } from '../support/check.ts'
import { readExposition } from '../support/exposition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { checkClient } from '../support/grpc-client.ts'
import { listen } from '../support/listen.ts'
import { launchOarlock, type Oarlock, startOarlock } from '../support/oarlock.ts'
import { freePort, loopback } from '../support/ports.ts'
import { childrenOf, kill, openIn, untilChildren } from '../support/processes.ts'
import { ask } from '../support/raw-http.ts'
import { stubServer } from '../support/stub-server.ts'
import { until } from '../support/until.ts'
import { startUpstream } from '../support/upstream.ts'

const config = {
  authenticators: { anonymous: { enabled: true } },
  authorizers: { allow: { enabled: true } },
  mutators: { header: { enabled: true, config: { headers: {} } } },
}

const rule = (id: string, answer: string, upstream?: string) => ({
  id,
  match: { url: `http://a.test/${id}/<.*>`, methods: ['GET'] },
  ...(upstream === undefined ? {} : { upstream: { url: upstream } }),
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header', config: { headers: { 'X-Answer': answer } } }],
})

type Workers = number | 'auto'

interface Setup {
  readonly rules?: readonly object[]
  readonly access_rules?: object
  readonly workers?: Workers
}

async function started(t: TestContext, setup: Setup): Promise<Oarlock> {
  const { workers = 2, rules, access_rules } = setup
  const oarlock = await startOarlock(t, {
    config: { ...config, serve: { workers }, ...(access_rules && { access_rules }) },
    ...(rules && { rules }),
  })
  // The first worker is ready before the last one is.
  await until(() => /Oarlock is listening/.test(oarlock.log()), 'all workers listen')
  return oarlock
}

/** Uses a new connection: the next one goes to the next worker. */
async function answerOf({ api }: Oarlock, id: string): Promise<string> {
  const asked = ask(api, { target: `/decisions/${id}/x`, host: 'a.test' })
  const answer = await asked.catch(() => undefined)
  if (answer === undefined) return 'broken'
  return answer.status === 200 ? (answer.all('x-answer')[0] ?? '') : String(answer.status)
}

const answersOf = (oarlock: Oarlock, id: string, count = 20): Promise<readonly string[]> =>
  Promise.all(Array.from({ length: count }, () => answerOf(oarlock, id)))

async function untilAll(oarlock: Oarlock, id: string, expected: string): Promise<void> {
  let last: readonly string[] = []
  await until(
    async () => {
      last = await answersOf(oarlock, id)
      return last.every(answer => answer === expected)
    },
    () => `all answers are ${expected}, but ${[...new Set(last)]}; log:\n${oarlock.log()}`,
  )
}

const generation = (answer: string, count: number) =>
  JSON.stringify(Array.from({ length: count }, (_, i) => rule(`rule-${i}`, answer)))

test('two workers share the ports of all doors', async t => {
  const { port } = await startUpstream(t, (response, received) =>
    response.setHeader('X-Answer', received.all('x-answer')).end(),
  )
  const oarlock = await started(t, { rules: [rule('r', 'ok', `http://${loopback}:${port}`)] })
  const workers = childrenOf(oarlock.pid)
  assert.equal(workers.length, 2)
  const before = workers.map(pid => openIn(pid).sockets)
  // A worker that is busy with its start takes fewer at first.
  await until(async () => {
    for (const port of [oarlock.api, oarlock.proxy, oarlock.grpc]) await dial(t, port, 10)
    await wait(50)
    return workers.every((pid, i) => openIn(pid).sockets >= (before[i] ?? 0) + 20)
  }, 'each worker gets its share of the connections')
  assert.deepEqual(new Set(await answersOf(oarlock, 'r')), new Set(['ok']))
  const proxied = await ask(oarlock.proxy, { target: '/r/x', host: 'a.test' })
  assert.deepEqual([proxied.status, proxied.all('x-answer')], [200, ['ok']])
  for (let i = 0; i < 4; i++) {
    const { check } = checkClient(t, `${loopback}:${oarlock.grpc}`)
    const { ok_response: ok } = await check(checkOf({ host: 'a.test', path: '/r/x' }))
    assert.equal(ok?.headers?.[0]?.header.value, 'ok')
  }
})

/** Connections that send nothing. */
async function dial(t: TestContext, port: number, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const socket = connect(port, loopback)
    t.after(() => void socket.destroy())
    socket.on('error', () => socket.destroy())
    await new Promise(resolve => socket.once('connect', resolve))
  }
}

/** Milliseconds between the first new answer of a worker and the last request that may get the old one. */
const tolerance = 100

test('10,000 changed rules take effect in all workers at the same moment', async t => {
  const oarlock = await started(t, { rules: JSON.parse(generation('1', 10_000)) })
  let firstNew = Number.POSITIVE_INFINITY
  let asking = true
  const late: number[] = []
  const seen = new Set<string>()
  const client = async (number: number): Promise<void> => {
    while (asking) {
      const began = performance.now()
      const answer = await answerOf(oarlock, `rule-${number * 300}`)
      seen.add(answer)
      if (answer === '2') firstNew = Math.min(firstNew, performance.now())
      else if (began > firstNew + tolerance) late.push(began - firstNew)
    }
  }
  const clients = Array.from({ length: 32 }, (_, number) => client(number))
  await until(() => seen.has('1'), 'the old rules answer')
  writeFileSync(oarlock.files.rules, generation('2', 10_000))
  await until(() => performance.now() > firstNew + 500, 'the new rules have answered for a while')
  asking = false
  await Promise.all(clients)
  assert.deepEqual(late, [])
  assert.deepEqual(seen, new Set(['1', '2']))
})

test('a default rule denies in every worker while a document was never read', async t => {
  const standard = { ...rule('rest', 'default'), match: { hosts: ['a.test'], default: true } }
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'a.json'), JSON.stringify([rule('known', 'ok'), standard]))
  writeFileSync(join(folder, 'broken.json'), '{}')
  const oarlock = await started(t, { access_rules: { repositories: [`file://${folder}`] } })
  await untilAll(oarlock, 'rest', '500')
  await untilAll(oarlock, 'known', 'ok')
  const gone = childrenOf(oarlock.pid)[0] ?? 0
  kill(gone, 'SIGKILL')
  await until(() => !childrenOf(oarlock.pid).includes(gone), 'the worker is gone')
  await untilChildren(oarlock.pid, 2)
  assert.deepEqual(new Set(await answersOf(oarlock, 'rest')), new Set(['500']))
  writeFileSync(join(folder, 'broken.json'), '[]')
  await untilAll(oarlock, 'rest', 'default')
})

test('a killed worker is replaced, with the rules in force at that time', async t => {
  const oarlock = await started(t, { rules: [rule('rule-0', 'first')] })
  writeFileSync(oarlock.files.rules, generation('second', 1))
  await untilAll(oarlock, 'rule-0', 'second')
  const gone = childrenOf(oarlock.pid)
  for (const pid of gone) {
    kill(pid, 'SIGKILL')
    await until(() => !childrenOf(oarlock.pid).includes(pid), 'the worker is gone')
    await untilChildren(oarlock.pid, 2)
  }
  await untilAll(oarlock, 'rule-0', 'second')
  assert.ok(childrenOf(oarlock.pid).every(pid => !gone.includes(pid)))
  assert.match(oarlock.log(), /A worker ended and is replaced/)
})

test('a connection on its way to a worker that dies is closed, at every port', async t => {
  const oarlock = await started(t, { rules: [rule('r', 'ok')] })
  const ports = [oarlock.api, oarlock.proxy]
  for (let round = 0; round < 4; round++) {
    const [victim = 0] = childrenOf(oarlock.pid)
    const ends: Promise<void>[] = []
    const open = (): void => void ends.push(...ports.map(port => answeredOrClosed(t, port)))
    kill(victim, 'SIGSTOP')
    for (let i = 0; i < 5; i++) open()
    await wait(50)
    kill(victim, 'SIGKILL')
    for (let i = 0; i < 40; i++) {
      open()
      if (i % 4 === 0) await wait(1)
    }
    await Promise.all(ends)
    await until(() => !childrenOf(oarlock.pid).includes(victim), 'the worker is gone')
    await untilChildren(oarlock.pid, 2)
  }
})

test('a worker that dies before it reads a change does not block the others', async t => {
  const oarlock = await started(t, { rules: [rule('r', 'first')] })
  const [victim = 0] = childrenOf(oarlock.pid)
  kill(victim, 'SIGSTOP')
  // It does not acknowledge connections any more: messages wait.
  await dial(t, oarlock.api, 6)
  writeFileSync(oarlock.files.rules, JSON.stringify([rule('r', 'second')]))
  await wait(500)
  kill(victim, 'SIGKILL')
  await until(() => !childrenOf(oarlock.pid).includes(victim), 'the worker is gone')
  await untilChildren(oarlock.pid, 2)
  await untilAll(oarlock, 'r', 'second')
})

/** Rejects when a request on a new connection gets neither an answer nor an end. */
async function answeredOrClosed(t: TestContext, port: number): Promise<void> {
  const socket = connect(port, loopback)
  t.after(() => void socket.destroy())
  socket.on('error', () => undefined)
  let isOver = false
  for (const event of ['data', 'close']) {
    socket.once(event, () => {
      isOver = true
      socket.destroy()
    })
  }
  socket.write('GET /decisions/r/x HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
  await until(() => isOver, 'the connection is answered or closed')
}

test('workers that are killed while rules change leave one set of rules in force', async t => {
  const oarlock = await started(t, { rules: JSON.parse(generation('0', 1000)) })
  for (let round = 1; round <= 4; round++) {
    const [first] = childrenOf(oarlock.pid)
    if (round % 2 === 0) kill(first ?? 0, 'SIGKILL')
    writeFileSync(oarlock.files.rules, generation(`${round}`, round % 2 === 0 ? 3000 : 10))
    if (round % 2 === 1) kill(first ?? 0, 'SIGKILL')
    await untilAll(oarlock, 'rule-7', `${round}`)
    await untilChildren(oarlock.pid, 2)
    await untilAll(oarlock, 'rule-7', `${round}`)
  }
  assert.doesNotMatch(oarlock.log(), /was never sent|did not take the rules over/)
})

test('metrics are the sum over all workers', async t => {
  const oarlock = await started(t, { rules: [rule('r', 'ok')] })
  await answersOf(oarlock, 'r', 50)
  await until(async () => {
    const series = readExposition((await ask(oarlock.metrics, { target: '/metrics' })).text)
    const counted = series.get('oarlock_decisions_total{door="decisions",outcome="allow",rule="r"}')
    return counted === 50
  }, '50 decisions are counted')
  const again = readExposition((await ask(oarlock.metrics, { target: '/metrics' })).text)
  assert.equal(again.get('oarlock_rules{state="valid"}'), 1, 'rules are not added up')
  const [first = 0] = childrenOf(oarlock.pid)
  kill(first, 'SIGKILL')
  await until(() => !childrenOf(oarlock.pid).includes(first), 'the worker is gone')
  await untilChildren(oarlock.pid, 2)
  const after = readExposition((await ask(oarlock.metrics, { target: '/metrics' })).text)
  const decisions = 'oarlock_decisions_total{door="decisions",outcome="allow",rule="r"}'
  assert.equal(after.get(decisions), 50, 'the counts of a worker that ended are kept')
})

test('a port in use makes the whole start fail, and the log names it', async t => {
  const taken = await listen(t, createServer())
  const free = async () => ({
    api: await freePort(),
    grpc: await freePort(),
    proxy: await freePort(),
    metrics: await freePort(),
  })
  for (const door of ['api', 'grpc', 'proxy', 'metrics'] as const) {
    const oarlock = await launchOarlock(t, {
      config: { ...config, serve: { workers: 2 } },
      rules: [rule('r', 'ok')],
      ports: { ...(await free()), [door]: taken },
    })
    assert.equal(await oarlock.exitCode, 1, door)
    const section = door === 'metrics' ? 'prometheus' : door
    const key = `serve\\.${section}\\.port ${taken}: .*EADDRINUSE`
    assert.match(oarlock.log(), new RegExp(key), door)
  }
})

test('SIGHUP reads everything again, for all workers', async t => {
  let answer = 'one'
  const source = await stubServer(t, (_, response) =>
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify([rule('r', answer)])),
  )
  const oarlock = await started(t, { access_rules: { repositories: [`${source.origin}/r.json`] } })
  await untilAll(oarlock, 'r', 'one')
  answer = 'two'
  oarlock.signal('SIGHUP')
  await untilAll(oarlock, 'r', 'two')
})

test('auto is a worker for each processor', async t => {
  const oarlock = await started(t, { rules: [rule('r', 'ok')], workers: 'auto' })
  const processors = availableParallelism()
  assert.equal(childrenOf(oarlock.pid).length, processors === 1 ? 0 : processors)
  await untilAll(oarlock, 'r', 'ok')
})
