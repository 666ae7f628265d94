import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect } from 'node:tls'
import type { Cleanup } from '../support/cleanup.ts'
import { root, temporaryFolder } from '../support/folder.ts'
import { loopback } from '../support/ports.ts'
import { ask } from '../support/raw-http.ts'
import { until } from '../support/until.ts'
import { startUpstream } from '../support/upstream.ts'
import { bearer, startExample } from './example.ts'

const order = { target: '/orders/7', headers: [['X-User', 'root'], bearer] } as const

test('envoy-examples/mtls: each side verifies the other', async t => {
  const upstream = await startUpstream(t)
  const certs = certificates(t)
  const moved = { 'envoy-examples/mtls/certs': certs }
  const { port, oarlock, another } = await startExample(t, 'mtls', { ...upstream, moved })

  await t.test('Envoy sends its certificate and gets an answer', async () => {
    assert.equal((await ask(port, order)).status, 200)
    assert.deepEqual(upstream.only().all('x-user'), ['alice'])
    assert.equal((await ask(port, { target: '/orders/7' })).status, 401)
  })

  await t.test('a caller without a certificate gets no answer', async () => {
    assert.match(await refusal(oarlock.grpc), /certificate required|ECONNRESET|closed/)
  })

  await t.test(
    'Envoy does not trust a server with a certificate of another authority',
    async () => {
      const other = await another(text => text.replace(join(certs, 'ca.crt'), strangersCa(t)))
      assert.equal((await ask(other, order)).status, 503)
    },
  )

  await t.test('Envoy does not trust a server with another name', async () => {
    const other = await another(text => text.replace('exact: oarlock.internal', 'exact: other'))
    assert.equal((await ask(other, order)).status, 503)
    assert.deepEqual(upstream.take(), [])
  })
})

function certificates(t: Cleanup): string {
  const folder = temporaryFolder(t)
  execFileSync(join(root, 'envoy-examples/mtls/certificates.sh'), [folder])
  return folder
}

const strangersCa = (t: Cleanup): string => join(certificates(t), 'ca.crt')

/** The error on a connection without a client certificate. */
const refusal = (port: number): Promise<string> =>
  new Promise(resolve => {
    const options = { host: loopback, port, ALPNProtocols: ['h2'], rejectUnauthorized: false }
    const socket = connect(options)
    socket.on('error', ({ message }) => resolve(message))
    socket.on('close', () => resolve('closed'))
  })

test('envoy-examples/unix-socket: the check is sent over the socket', async t => {
  const upstream = await startUpstream(t)
  const socket = join(temporaryFolder(t), 'oarlock.sock')
  const moved = { 'envoy-examples/unix-socket/oarlock.sock': socket }
  const { port } = await startExample(t, 'unix-socket', { ...upstream, moved })
  assert.equal((statSync(socket).mode & 0o777).toString(8), '660')
  assert.equal((await ask(port, order)).status, 200)
  assert.deepEqual(upstream.only().all('x-user'), ['alice'])
  assert.equal((await ask(port, { target: '/orders/7' })).status, 401)
  assert.deepEqual(upstream.take(), [])
})

test('envoy-examples/fail-closed: without an answer no request is allowed', async t => {
  const upstream = await startUpstream(t)
  const { port, oarlock } = await startExample(t, 'fail-closed', upstream)
  const news = async () => (await ask(port, { target: '/public/news' })).status
  assert.equal(await news(), 200)
  assert.equal(upstream.take().length, 1)

  await t.test('too slow: 503; afterwards requests are allowed again', async () => {
    oarlock.signal('SIGSTOP')
    assert.equal(await news(), 503)
    assert.deepEqual(upstream.take(), [])
    oarlock.signal('SIGCONT')
    await until(async () => (await news()) === 200, 'requests are allowed again')
    upstream.take()
  })

  await t.test('down: 503', async () => {
    await oarlock.stop()
    assert.equal(await news(), 503)
    assert.deepEqual(upstream.take(), [])
  })
})

test('envoy-examples/rotation: renewed connections lose no call', async t => {
  const upstream = await startUpstream(t)
  // Shorter than documented, so that the test sees it happen.
  const moved = { 'max_requests_per_connection: 100000': 'max_requests_per_connection: 10' }
  const { port, envoy } = await startExample(t, 'rotation', { ...upstream, moved })
  const rounds = Array.from({ length: 8 }, async () => {
    for (let i = 0; i < 30; i++) {
      assert.equal((await ask(port, { target: '/public/news' })).status, 200)
    }
  })
  await Promise.all(rounds)
  assert.equal(upstream.take().length, 240)
  const stats = await fetch(`http://${loopback}:${envoy.admin}/stats?filter=cluster.oarlock`)
  const text = await stats.text()
  assert(statistic(text, 'upstream_cx_total') >= 20, text)
  assert.equal(statistic(text, 'upstream_rq_5xx') + statistic(text, 'upstream_rq_rx_reset'), 0)
})

const statistic = (text: string, name: string): number =>
  Number(new RegExp(`${name}: (\\d+)`).exec(text)?.[1] ?? 0)
