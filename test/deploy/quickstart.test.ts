/** `make run`: it reports that Oarlock is ready only for the process that it started itself. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Child, startChild } from '../support/child.ts'
import { temporaryFolder } from '../support/folder.ts'
import { freePort } from '../support/ports.ts'
import { ask } from '../support/raw-http.ts'
import { until } from '../support/until.ts'

/** Another server, which answers 200 to everything. If the port is in use already, that server stays. */
async function occupy(t: TestContext, port = 0): Promise<number> {
  const server = createServer((_, response) => response.end('{"status":"ok"}'))
  server.listen(port, '127.0.0.1')
  const outcome = await Promise.race([once(server, 'listening'), once(server, 'error')])
  if (outcome.length > 0) return port
  t.after(() => void server.close())
  return (server.address() as AddressInfo).port
}

interface Ports {
  readonly SERVE_API_PORT?: number
  readonly SERVE_PROXY_PORT: number
  readonly SERVE_GRPC_PORT: number
  readonly SERVE_PROMETHEUS_PORT: number
  readonly upstream: number
}

const freePorts = async (): Promise<Ports & { readonly SERVE_API_PORT: number }> => ({
  SERVE_API_PORT: await freePort(),
  SERVE_PROXY_PORT: await freePort(),
  SERVE_GRPC_PORT: await freePort(),
  SERVE_PROMETHEUS_PORT: await freePort(),
  upstream: await freePort(),
})

function quickstart(t: TestContext, { upstream, ...ports }: Ports, more: object = {}): Child {
  const entries = Object.entries({ ...ports, ...more })
  return startChild(t, {
    command: ['bash', '.ci/quickstart.sh', String(upstream)],
    logFile: join(temporaryFolder(t), 'log'),
    env: Object.fromEntries(entries.map(([name, value]) => [name, String(value)])),
  })
}

async function assertRefused(child: Child, expected: RegExp): Promise<void> {
  assert.equal(await child.exitCode, 1, child.log())
  await until(() => expected.test(child.log()), `it said ${expected}: ${child.log()}`)
  assert.doesNotMatch(child.log(), /is ready/)
}

test('the quickstart is not ready because another server answers on the port of its API', async t => {
  await occupy(t, 4456)
  const { SERVE_API_PORT: _, ...ports } = await freePorts()
  await assertRefused(quickstart(t, ports), /serve\.api.*EADDRINUSE.*4456/)
})

for (const door of ['api', 'proxy', 'grpc', 'prometheus']) {
  test(`the quickstart ends with the server's message when the port of ${door} is in use`, async t => {
    const taken = await occupy(t)
    const ports = { ...(await freePorts()), [`SERVE_${door.toUpperCase()}_PORT`]: taken }
    await assertRefused(quickstart(t, ports), new RegExp(`serve\\.${door}.*${taken}`))
  })
}

test('the quickstart ends when the port of its upstream is in use', async t => {
  const upstream = await occupy(t)
  const child = quickstart(t, { ...(await freePorts()), upstream })
  await assertRefused(child, new RegExp(`upstream cannot listen.*${upstream}`))
})

test('the quickstart ends when its configuration is refused', async t => {
  const child = quickstart(t, await freePorts(), { SERVE_API_TIMEOUT_READ: 'soon' })
  await assertRefused(child, /serve\.api\.timeout\.read/)
})

test('the quickstart names the addresses of its own server, whatever the environment sets for the log', async t => {
  const ports = await freePorts()
  const child = quickstart(t, ports, { LOG_LEVEL: 'error', LOG_FORMAT: 'json' })
  await until(() => child.log().includes('Oarlock is ready'), 'it is ready')
  for (const port of Object.values({ ...ports, upstream: ports.SERVE_API_PORT })) {
    assert.match(child.log(), new RegExp(`127\\.0\\.0\\.1:${port}\\b`))
  }
  const answer = await ask(ports.SERVE_API_PORT, { target: '/decisions/orders/7' })
  assert.equal(answer.status, 401)
  child.signal('SIGTERM')
  assert.equal(await child.exitCode, 0)
})
