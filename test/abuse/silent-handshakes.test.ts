/** Connections whose TLS handshake never finishes are closed by every port. */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { ServerTls } from '../../src/doors/server-tls.ts'
import { createListener } from '../../src/http2/listener.ts'
import { listenHttp } from '../../src/listeners/http-listener.ts'
import { createAuthority } from '../support/certificates.ts'
import { openGrpcPort } from '../support/grpc-port.ts'
import { sessionOptions } from '../support/http2-peer.ts'
import { until } from '../support/until.ts'

const { key, cert } = createAuthority().issue('localhost')
const loopback = '127.0.0.1'

/** The beginnings of a handshake. */
const beginnings = [
  Buffer.alloc(0),
  Buffer.of(0x16, 3, 1),
  Buffer.of(0x16, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc, 3, 3),
]

/** True when all connections were closed by the server. */
function openSilent(t: TestContext, port: number): () => boolean {
  const sockets: Socket[] = beginnings.map(bytes => {
    const socket = connect(port, loopback)
    socket.on('error', () => undefined)
    socket.resume()
    socket.write(bytes)
    t.after(() => void socket.destroy())
    return socket
  })
  return () => sockets.every(socket => socket.closed || socket.readableEnded)
}

test('handshakes of the gRPC port that take too long are ended', async t => {
  const listener = createListener({
    ...sessionOptions(),
    tls: { key, cert, handshakeTimeout: 50 },
    sweepPeriod: 1000,
  })
  t.after(() => listener.close(0))
  await listener.listen({ host: loopback, port: 0 })
  const { port } = listener.server.address() as { port: number }
  const areClosed = openSilent(t, port)
  await until(areClosed, 'the silent connections are closed')
  const count = (): Promise<number> =>
    new Promise(resolve => listener.server.getConnections((_, open) => resolve(open)))
  assert.equal(await count(), 0)
})

const tls: ServerTls = {
  current: () => ({ key, cert, ca: undefined, validTo: new Date() }),
  onRenewal: () => () => undefined,
  close: () => undefined,
}

test('so are those of the other ports, and of the gRPC port with each transport', async t => {
  const http = await listenHttp({
    listen: { host: loopback, port: 0 },
    tls,
    onRequest: (_, response) => void response.end(),
    onBug: assert.ifError,
    readTimeout: 60_000,
    writeTimeout: 60_000,
    idleTimeout: 60_000,
    headerBytes: 4096,
  })
  t.after(() => http.close(0))
  const grpc = await Promise.all(
    (['direct', 'library'] as const).map(transport => openGrpcPort(t, { transport, tls })),
  )
  const closed = [http, ...grpc].map(({ address }) =>
    openSilent(t, Number(address.split(':').at(-1))),
  )
  await until(
    () => closed.every(areClosed => areClosed()),
    () => `all are closed: ${closed.map(areClosed => areClosed())}`,
  )
})
