import { once } from 'node:events'
import { connect, createServer, type ServerHttp2Stream } from 'node:http2'
import {
  type AddressInfo,
  connect as connectTcp,
  createServer as createTcp,
  type Socket,
} from 'node:net'
import { type TestContext, test } from 'node:test'
import { closeAnsweredStream } from '../../../src/lib/close-answered-stream.ts'
import { listen } from '../../support/listen.ts'
import { loopback } from '../../support/ports.ts'
import { until } from '../../support/until.ts'

/** A TCP relay in front of another port; after `stop` it reads nothing from that port. */
async function startRelay(t: TestContext, port: number) {
  const behind = connectTcp(port, loopback)
  const clients: Socket[] = []
  t.after(() => clients.forEach(client => void client.destroy()))
  const relay = createTcp(client => {
    clients.push(client)
    client.on('error', () => undefined)
    client.pipe(behind).pipe(client)
  })
  behind.on('error', () => undefined)
  t.after(() => void behind.destroy())
  const stop = (): void => {
    behind.unpipe()
    behind.pause()
  }
  return { port: await listen(t, relay), stop }
}

test('a client that reads nothing does not keep an answered stream open', async t => {
  const streams: ServerHttp2Stream[] = []
  t.after(() => streams.forEach(({ session }) => void session?.destroy()))
  const server = createServer().listen(0, loopback)
  await once(server, 'listening')
  t.after(() => server.close())
  server.on('session', session => session.on('error', () => undefined))
  server.on('stream', stream => {
    streams.push(stream)
    stream.on('error', () => undefined)
    stream.respond({ ':status': 200 })
  })
  const relay = await startRelay(t, (server.address() as AddressInfo).port)
  const session = connect(`http://${loopback}:${relay.port}`, {
    settings: { initialWindowSize: 2 ** 31 - 1 },
  })
  session.on('error', () => undefined)
  session.on('connect', () => session.setLocalWindowSize(2 ** 31 - 1))
  t.after(() => session.destroy())
  for (let i = 0; i < 2; i++) session.request({ ':method': 'POST' }).on('error', () => undefined)
  await until(() => streams.length === 2, 'both streams are open')
  const [first, second] = streams as [ServerHttp2Stream, ServerHttp2Stream]
  relay.stop()
  first.write(Buffer.alloc(64 * 2 ** 20))
  // The pings are frames after bytes that the connection does not accept.
  const fill = setInterval(() => first.session?.ping(() => undefined), 20)
  t.after(() => clearInterval(fill))
  await until(() => (first.session?.state.outboundQueueSize ?? 0) > 1, 'the connection is full')
  second.end('answer')
  closeAnsweredStream(second)
  await until(() => second.closed, 'the answered stream is closed')
})
