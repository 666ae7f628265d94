/**
 * Bytes that cannot be read, after a request whose answer is in progress: no second answer is written into the
 * first.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { launchOarlock, startOarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { stubServer } from '../support/stub-server.ts'
import { until } from '../support/until.ts'

const config = {
  authenticators: { anonymous: { enabled: true } },
  authorizers: { allow: { enabled: true } },
  mutators: { noop: { enabled: true } },
}

const answersIn = (text: string): number => text.match(/HTTP\/1\.1 \d/g)?.length ?? 0

/** Everything that arrives on a connection, in order. */
function reading(t: TestContext, port: number): { readonly socket: Socket; text: string } {
  const read = { socket: connect(port, loopback), text: '' }
  t.after(() => read.socket.destroy())
  read.socket.on('error', () => undefined)
  read.socket.on('data', chunk => {
    read.text += chunk.toString('latin1')
  })
  return read
}

test('bytes that are not a request get an answer, unless another answer is in progress', async t => {
  const upstream = await stubServer(t, (_, response) => {
    response.writeHead(200, { 'Content-Length': '1000' })
    response.write('the first half')
  })
  const rule = {
    id: 'slow',
    match: { url: 'http://a.test/<.*>', methods: ['GET'] },
    upstream: { url: upstream.origin },
    authenticators: [{ handler: 'anonymous' }],
    authorizer: { handler: 'allow' },
    mutators: [{ handler: 'noop' }],
  }
  const { proxy } = await startOarlock(t, { config, rules: [rule] })

  const busy = reading(t, proxy)
  busy.socket.write('GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n')
  await until(() => busy.text.includes('the first half'), 'half of the answer')
  busy.socket.write('no request\r\n\r\n')
  await once(busy.socket, 'close')
  assert.equal(answersIn(busy.text), 1, busy.text)

  const fresh = reading(t, proxy)
  fresh.socket.write('no request\r\n\r\n')
  await once(fresh.socket, 'close')
  assert.match(fresh.text, /^HTTP\/1\.1 400 Bad Request\r\n/)
})

/** A version of Node that does not expose the current answer of a connection. */
const withoutMessage = `import{Duplex}from"node:stream";Object.defineProperty(Duplex.prototype,"_httpMessage",{set(){},get(){}})`

test('where Node does not expose the current answer, the connection ends without an answer', async t => {
  const oarlock = await launchOarlock(t, {
    config,
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(withoutMessage)}` },
  })
  await until(() => /Oarlock is listening/.test(oarlock.log()), 'it listens')
  const fresh = reading(t, oarlock.proxy)
  fresh.socket.write('no request\r\n\r\n')
  await once(fresh.socket, 'close')
  assert.equal(fresh.text, '')
})
