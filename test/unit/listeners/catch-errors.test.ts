import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listenHttp } from '../../../src/listeners/http-listener.ts'
import { ask, send } from '../../support/raw-http.ts'

test('an exception in a door ends one request, and is logged; the process keeps running', async t => {
  const bugs: unknown[] = []
  const fail = (text: string): never => {
    throw new Error(text)
  }
  const { address, close } = await listenHttp({
    onRequest: (incoming, response) => {
      if (incoming.url === '/late') response.writeHead(200).write('half')
      if (incoming.url !== '/fine') fail(incoming.url ?? '')
      response.end('fine')
    },
    onUpgrade: () => fail('upgrade'),
    onBug: bug => bugs.push((bug as Error).message),
    listen: { host: '127.0.0.1', port: 0 },
    readTimeout: 5000,
    writeTimeout: 5000,
    idleTimeout: 5000,
    headerBytes: 65_536,
  })
  t.after(() => close(0))
  const port = Number(address.split(':').pop())
  assert.equal((await ask(port, { target: '/early' })).status, 500)
  await ask(port, { target: '/late' }).catch(() => undefined)
  const handshake =
    'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
  await send(port, Buffer.from(handshake), 'GET').catch(() => undefined)
  assert.equal((await ask(port, { target: '/fine' })).text, 'fine')
  assert.deepEqual(bugs, ['/early', '/late', 'upgrade'])
})
