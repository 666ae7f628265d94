import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { exchange, host, startAreas } from '../abuse/areas.ts'
import { eventually } from '../support/child.ts'
import { loopback } from '../support/ports.ts'
import { assertWell } from './well.ts'

/** Connections of clients that send incomplete or wrong data; they end with the test. */
async function dial(t: TestContext, port: number, count: number): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, loopback))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  for (const socket of sockets) socket.on('error', () => socket.destroy())
  await Promise.all(sockets.map(socket => once(socket, 'connect')))
  return sockets
}

const request = `GET /decisions/public HTTP/1.1\r\nHost: ${host}\r\n`
const limited = { serve: { api: { timeout: { read: '1s', idle: '1s' } } } }

/** What a client sends before it stops sending. */
const halves: Readonly<Record<string, string>> = {
  'no bytes': '',
  'half a request line': 'GET /decis',
  'a request line alone': 'GET /decisions/public HTTP/1.1\r\n',
  'headers without an end': `${request}X-A: 1\r\n`,
  'half of the announced body': `POST /decisions/public HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100000\r\n\r\nabc`,
  'chunks without a last chunk': `POST /decisions/public HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab`,
  'one request': `${request}\r\n`,
}

test('connections of clients that stop sending are ended, and do not block others', {
  concurrency: true,
}, async t => {
  const areas = await startAreas(t, { config: limited })
  const ended = Object.entries(halves).map(([what, bytes]) =>
    t.test(`after ${what}`, async t => {
      const sockets = await dial(t, areas.oarlock.api, 100)
      for (const socket of sockets) socket.resume().write(bytes)
      assert.equal(await areas.decisions({ target: '/public' }), 'public')
      await eventually(() => sockets.every(({ closed }) => closed) || undefined, 'their end')
    }),
  )
  await Promise.all(ended)
  await assertWell(areas)
})

test('a thousand idle connections leave room for a good request', async t => {
  const areas = await startAreas(t)
  const { api, grpc } = areas.oarlock
  const sockets = [...(await dial(t, api, 500)), ...(await dial(t, grpc, 500))]
  await assertWell(areas)
  for (const socket of sockets) socket.destroy()
})

test('a client that sends one byte at a time is disconnected in time', async t => {
  const areas = await startAreas(t, { config: limited })
  const sockets = await dial(t, areas.oarlock.api, 50)
  let sent = 0
  const timer = setInterval(() => {
    for (const socket of sockets) socket.write(request[sent % request.length] ?? '')
    sent += 1
  }, 100)
  t.after(() => clearInterval(timer))
  for (const socket of sockets) socket.resume()
  await eventually(() => sockets.every(({ closed }) => closed) || undefined, 'their end')
  await assertWell(areas)
})

test('headers without an end are refused while they arrive', async t => {
  const areas = await startAreas(t)
  const answer = await exchange(areas.oarlock.api, `${request}X-A: ${'a'.repeat(1_000_000)}`).catch(
    (error: NodeJS.ErrnoException) => error.code ?? '',
  )
  assert.match(answer, /^HTTP\/1\.1 431 |^ECONNRESET|^EPIPE/)
  await assertWell(areas)
})

test('a body without an end is not stored', async t => {
  const areas = await startAreas(t)
  const [socket] = await dial(t, areas.oarlock.api, 1)
  assert.ok(socket)
  socket.write(
    `POST /decisions/public HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n`,
  )
  const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`
  let sent = 0
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk)) sent += chunk.length
  }
  socket.on('drain', more)
  socket.resume()
  more()
  await eventually(() => socket.closed || undefined, 'its end')
  assert.ok(sent < 200_000_000, `${sent} bytes were taken`)
  await assertWell(areas)
})

test('the server stops reading from a client that sends requests and never reads an answer', async t => {
  const areas = await startAreas(t)
  const sockets = await dial(t, areas.oarlock.api, 5)
  const many = Buffer.from(`${request}\r\n`.repeat(20_000))
  for (const socket of sockets) {
    socket.pause()
    socket.write(many)
  }
  await assertWell(areas)
  await assertWell(areas)
  for (const socket of sockets) socket.destroy()
  await assertWell(areas)
})

test('clients that disconnect in the middle of a request leave nothing behind', async t => {
  const areas = await startAreas(t)
  for (let round = 0; round < 10; round++) {
    const sockets = await dial(t, areas.oarlock.api, 100)
    for (const socket of sockets)
      socket.write(`${request}\r\n${request}`, () => socket.resetAndDestroy())
    await Promise.all(sockets.map(socket => socket.closed || once(socket, 'close')))
  }
  await assertWell(areas)
})
