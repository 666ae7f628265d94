/** SIGTERM under load: a client that behaves as proxies do loses no request. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { checkResult } from '../abuse/areas.ts'
import { checkOf } from '../support/check.ts'
import { type CheckClient, checkClient } from '../support/grpc-client.ts'
import { type Exchange, keptClient } from '../support/kept-client.ts'
import { type Oarlock, startOarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { childrenOf, isAlive } from '../support/processes.ts'
import { ask } from '../support/raw-http.ts'
import { stubServer } from '../support/stub-server.ts'
import { until } from '../support/until.ts'

const host = 'app.example'
/** Milliseconds that slow requests take. */
const slow = 1500
const drain = 3000

interface Places {
  readonly authorizer: string
  readonly upstream: string
}

const rule = (id: string, { authorizer, upstream }: Places) => ({
  id,
  match: { url: `http://${host}/${id}`, methods: ['GET'] },
  upstream: { url: upstream },
  authenticators: [{ handler: 'anonymous' }],
  authorizer:
    id === 'remote'
      ? { handler: 'remote_json', config: { remote: authorizer, payload: '{}' } }
      : { handler: 'allow' },
  mutators: [{ handler: 'header', config: { headers: { 'X-Rule': id } } }],
})

/** `/slow` is slow at the upstream, `/remote` at the authorizer, `/fast` calls no service. */
async function started(t: TestContext, workers: number, shutdown: object): Promise<Oarlock> {
  const authorizer = await stubServer(
    t,
    (_, response) => void setTimeout(() => response.end(), slow),
  )
  const upstream = await stubServer(t, ({ url, headers }, response) => {
    response.setHeader('X-Rule', `${headers['x-rule']}`)
    setTimeout(() => response.end('body'), url === '/slow' ? slow : 0)
  })
  const services = { authorizer: authorizer.origin, upstream: upstream.origin }
  const oarlock = await startOarlock(t, {
    config: {
      serve: { workers, shutdown },
      authenticators: { anonymous: { enabled: true } },
      authorizers: {
        allow: { enabled: true },
        remote_json: { enabled: true, config: { remote: authorizer.origin, payload: '{}' } },
      },
      mutators: { header: { enabled: true, config: { headers: {} } } },
    },
    rules: ['fast', 'slow', 'remote'].map(id => rule(id, services)),
  })
  await until(() => /Oarlock is listening/.test(oarlock.log()), 'all services listen')
  return oarlock
}

interface Tally {
  answered: number
  retried: number
  /** The ports are open until this moment. */
  servedUntil: number
  readonly wrong: string[]
}

/** Sends one request after another until the port is closed. */
type Asker = (tally: Tally) => Promise<void>

const httpAsker =
  (t: TestContext, port: number, prefix: string): Asker =>
  async tally => {
    const client = keptClient(t, port)
    let exchange: Exchange
    do {
      exchange = await client.ask({ target: `${prefix}/fast`, host })
      count(exchange, tally)
    } while (exchange.kind !== 'refused')
  }

function count(exchange: Exchange, tally: Tally): void {
  if (exchange.kind === 'unanswered') tally.retried += 1
  if (exchange.kind === 'lost') tally.wrong.push(exchange.what)
  if (exchange.kind !== 'answer') return
  const { status, all } = exchange.answer
  tally.answered += 1
  if (status !== 200 || all('x-rule')[0] !== 'fast') tally.wrong.push(`${status}`)
}

/** grpc-js itself retries a call that the server has not begun to process. */
const grpcAsker =
  (t: TestContext, port: number): Asker =>
  async tally => {
    const client = checkClient(t, `${loopback}:${port}`)
    let result: string
    do {
      result = await resultOf(client, '/fast')
      if (isUnsent(result)) await wait(20)
      countCheck(result, tally)
    } while (!/ECONNREFUSED/.test(result))
  }

/** Without a connection nothing was sent, and a refused stream was not processed: a retry is safe. */
const isUnsent = (result: string): boolean =>
  /No connection established|Stream refused/.test(result)

function countCheck(result: string, tally: Tally): void {
  if (result === 'fast') tally.answered += 1
  else if (isUnsent(result) && performance.now() > tally.servedUntil) tally.retried += 1
  else tally.wrong.push(result)
}

const resultOf = ({ check }: CheckClient, path: string): Promise<string> =>
  check(checkOf({ host, path })).then(
    answer => String(checkResult(answer)),
    (error: Error) => error.message,
  )

function startLoad(t: TestContext, { api, proxy, grpc }: Oarlock) {
  const askers: Readonly<Record<string, Asker>> = {
    decisions: httpAsker(t, api, '/decisions'),
    proxy: httpAsker(t, proxy, ''),
    grpc: grpcAsker(t, grpc),
  }
  return Object.entries(askers).map(([door, asker]) => {
    const tally: Tally = {
      answered: 0,
      retried: 0,
      servedUntil: Number.POSITIVE_INFINITY,
      wrong: [],
    }
    return { door, tally, ended: Promise.all([1, 2, 3, 4].map(() => asker(tally))) }
  })
}

/** The answer of the gRPC health service: SERVING is 1, NOT_SERVING 2. */
const health = ({ client }: CheckClient): Promise<number | undefined> =>
  new Promise(resolve => {
    const asIs = (bytes: Buffer): Buffer => bytes
    const path = '/grpc.health.v1.Health/Check'
    client.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(0), (_, answer) => resolve(answer?.[1]))
  })

const readyStatus = async ({ api }: Oarlock): Promise<number> =>
  (await ask(api, { target: '/health/ready' })).status

/** One slow request of each kind, on connections of their own. */
async function startSlow(t: TestContext, { api, proxy, grpc }: Oarlock) {
  const remote = keptClient(t, api).ask({ target: '/decisions/remote', host })
  const proxied = keptClient(t, proxy).ask({ target: '/slow', host })
  const checked = resultOf(checkClient(t, `${loopback}:${grpc}`), '/remote')
  return async (): Promise<readonly unknown[]> => {
    const [one, other] = [await remote, await proxied].map(exchange =>
      exchange.kind === 'answer' ? exchange.answer.status : exchange.kind,
    )
    return [one, other, await checked]
  }
}

for (const workers of [1, 2]) {
  test(`a stop under load loses no request with ${workers} at work`, async t => {
    const oarlock = await started(t, workers, { drain: `${drain}ms`, timeout: '5s' })
    const checker = checkClient(t, `${loopback}:${oarlock.grpc}`)
    assert.deepEqual([await readyStatus(oarlock), await health(checker)], [200, 1])
    const loads = startLoad(t, oarlock)
    await until(() => loads.every(({ tally }) => tally.answered > 20), 'all doors are under load')
    const began = performance.now()
    for (const { tally } of loads) tally.servedUntil = began + drain
    oarlock.signal('SIGTERM')
    await until(async () => (await readyStatus(oarlock)) === 503, 'the server is not ready')
    await until(async () => (await health(checker)) === 2, 'health is NOT_SERVING')
    assert.ok(performance.now() - began < drain, 'readiness changes at once, and not at the end')
    assert.equal((await ask(oarlock.api, { target: '/health/alive' })).status, 200)
    await wait(Math.max(0, drain - slow / 2 - (performance.now() - began)))
    const slowOnes = await startSlow(t, oarlock)
    assert.deepEqual(await slowOnes(), [200, 200, 'remote'])
    assert.equal(await oarlock.exitCode, 0)
    for (const { door, tally, ended } of loads) {
      await ended
      t.diagnostic(`${door}: ${tally.answered} answers, ${tally.retried} asked again`)
      assert.deepEqual(tally.wrong.slice(0, 5), [], door)
    }
  })

  test(`a second signal ends ${workers} at once`, async t => {
    const oarlock = await started(t, workers, { drain: '60s' })
    const members = [oarlock.pid, ...childrenOf(oarlock.pid)]
    assert.equal(members.length, workers === 1 ? 1 : 3)
    oarlock.signal('SIGTERM')
    await until(async () => (await readyStatus(oarlock)) === 503, 'the server is not ready')
    oarlock.signal('SIGTERM')
    assert.equal(await oarlock.exitCode, null)
    await until(() => !members.some(isAlive), 'all processes are gone')
  })
}

test('workers end when the loader is killed', async t => {
  const oarlock = await started(t, 2, { drain: '60s', timeout: '60s' })
  const workers = childrenOf(oarlock.pid)
  const slowOnes = await startSlow(t, oarlock)
  oarlock.signal('SIGKILL')
  assert.equal(await oarlock.exitCode, null)
  await until(() => !workers.some(isAlive), 'the workers are gone')
  await slowOnes()
})
