/** After an uncaught exception the process stops in order and exits with 1, so that a supervisor starts a new one. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { eventually } from '../support/child.ts'
import { startEdge, startOddUpstream } from '../support/edge.ts'
import { loopback } from '../support/ports.ts'
import { childrenOf, untilChildren } from '../support/processes.ts'
import { ask } from '../support/raw-http.ts'
import { until } from '../support/until.ts'

/** Makes the process throw at SIGUSR2 a value that cannot be converted to a string. */
const thrower = `data:text/javascript,${encodeURIComponent(
  "process.on('SIGUSR2', () => setTimeout(() => { throw Object.create(null) }, 0))",
)}`

const start = async (t: TestContext, serve: Readonly<Record<string, unknown>> = {}) => {
  const h1 = await startOddUpstream(t, (socket, { target }) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 4\r\n\r\nha')
    if (target === '/open/slow') setTimeout(() => socket.end('lf'), 1000)
    else socket.end('lf')
  })
  return startEdge(t, {
    tls: false,
    upstreams: { h1 },
    config: { log: { level: 'info' } },
    serve,
    env: { NODE_OPTIONS: `--import ${thrower}` },
  })
}

test('allowed requests are finished, nothing more is decided, and the process exits with 1', async t => {
  const edge = await start(t)
  const slow = ask(edge.proxy, { target: '/open/slow', host: 'h1' })
  const kept = connect(edge.api, loopback)
  kept.on('error', () => undefined)
  await until(
    async () => (await ask(edge.api, { target: '/health/alive' })).status === 200,
    'the server is up',
  )
  edge.signal('SIGUSR2')
  await eventually(
    () => /Uncaught exception/.exec(edge.log()) ?? undefined,
    'the line is in the log',
  )
  const later = await ask(edge.api, { target: '/decisions/open', host: 'h1' }).catch(
    () => 'no answer',
  )
  assert.equal(later, 'no answer')
  assert.equal((await slow).text, 'half')
  kept.destroy()
  assert.equal(await edge.exitCode, 1)
})

test('one worker ends, the others keep working, and it is replaced', async t => {
  const edge = await start(t, { workers: 2 })
  await until(() => /Oarlock is listening/.test(edge.log()), 'all workers listen')
  await untilChildren(edge.pid, 2)
  const pids = childrenOf(edge.pid)
  process.kill(pids[0] ?? 0, 'SIGUSR2')
  await eventually(
    () => /Uncaught exception/.exec(edge.log()) ?? undefined,
    'the line is in the log',
  )
  await until(() => {
    const found = childrenOf(edge.pid)
    return found.length === 2 && !found.includes(pids[0] ?? 0)
  }, 'the worker is replaced')
  assert.equal((await ask(edge.api, { target: '/decisions/open', host: 'h1' })).status, 200)
  assert.ok(edge.running())
})
