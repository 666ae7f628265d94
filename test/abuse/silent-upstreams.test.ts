/** Upstreams of HTTP/2 that stop in the middle of an answer: the client sees an end, and slow answers are not cut. */
import assert from 'node:assert/strict'
import { createSecureServer } from 'node:http2'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import { flag, frame, type as frameType, settings } from '../faults/http2-frames.ts'
import { createAuthority } from '../support/certificates.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { startEdge } from '../support/edge.ts'
import { listen } from '../support/listen.ts'
import { ask } from '../support/raw-http.ts'

const identity = createAuthority().issue('upstream')
/** `:status: 200` and nothing else. */
const head = frame({
  type: frameType.headers,
  flags: flag.endHeaders,
  stream: 1,
  payload: Buffer.of(0x88),
})

/** Writes `bytes` after the first request, and answers nothing else; gives its port. */
async function startSilent(t: Cleanup, bytes: Buffer, then: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createTlsServer({ ...identity, ALPNProtocols: ['h2'] }, socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.write(settings())
    socket.once('data', () => {
      setTimeout(() => {
        socket.write(bytes)
        then(socket)
      }, 50)
    })
  })
  t.after(() => sockets.forEach(socket => void socket.destroy()))
  return listen(t, server)
}

const goaway = frame({ type: frameType.goaway, payload: Buffer.alloc(8) })

const edgeOf = (t: Cleanup, h2: number) =>
  startEdge(t, {
    tls: false,
    upstreams: { h2 },
    // The certificate of the upstream is not the question.
    config: { outbound: {} },
    env: { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' },
  })

const silent: Readonly<Record<string, readonly [Buffer, (socket: Socket) => void]>> = {
  'sends the head of an answer and then nothing': [head, () => undefined],
  'sends the head and GOAWAY, and closes the connection': [
    Buffer.concat([head, goaway]),
    socket => setTimeout(() => socket.destroy(), 100),
  ],
}

for (const [what, [bytes, then]] of Object.entries(silent)) {
  test(`an upstream that ${what}: the client sees an end`, async t => {
    const edge = await edgeOf(t, await startSilent(t, bytes, then))
    const outcome = ask(edge.proxy, { target: '/open', host: 'h2' }).then(
      answer => answer.kind,
      () => 'ended',
    )
    const late = wait(14_000, 'no end', { ref: false })
    assert.notEqual(await Promise.race([outcome, late]), 'no end')
  })
}

test('an upstream that answers pings may be silent for long', async t => {
  const server = createSecureServer(identity, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    response.write('first ')
    setTimeout(() => response.end('last'), 11_000)
  })
  const edge = await edgeOf(t, await listen(t, server))
  const answer = await ask(edge.proxy, { target: '/open', host: 'h2' })
  assert.equal(answer.body.toString(), 'first last')
})
