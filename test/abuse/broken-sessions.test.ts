/**
 * HTTP/2 clients that violate the protocol while requests are in progress: after that, Node neither sends nor reads
 * on the connection.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flag, frame, preface, type } from '../faults/http2-frames.ts'
import { startEdge, startOddUpstream } from '../support/edge.ts'
import { encrypted } from '../support/encrypted.ts'
import { encodeFields } from '../support/header-blocks.ts'
import type { Oarlock } from '../support/oarlock.ts'
import { ask } from '../support/raw-http.ts'
import { until } from '../support/until.ts'

const slots = 8

const headers = (stream: number, method: 'GET' | 'POST', path: string): Buffer =>
  frame({
    type: type.headers,
    flags: flag.endHeaders | (method === 'GET' ? flag.endStream : 0),
    stream,
    payload: encodeFields([
      [':method', method],
      [':scheme', 'https'],
      [':path', path],
      [':authority', 'h1'],
    ]),
  })

const broken: Readonly<Record<string, Buffer>> = {
  'a CONTINUATION frame without a HEADERS frame': frame({
    type: type.continuation,
    stream: 1,
    payload: Buffer.of(0),
  }),
  'a PING frame of three bytes': frame({ type: type.ping, payload: Buffer.alloc(3) }),
  'a SETTINGS frame of five bytes': frame({ type: type.settings, payload: Buffer.alloc(5) }),
  'an incomplete frame': frame({ type: type.data, stream: 1, length: 60_000 }),
  'a flow-control window above its limit': frame({
    type: type.windowUpdate,
    payload: Buffer.of(127, 255, 255, 255),
  }),
}

const requests: Readonly<Record<string, (stream: number) => Buffer>> = {
  'a request body that never arrives': stream => headers(stream, 'POST', '/open'),
  'a denied request': stream => headers(stream, 'POST', '/closed'),
  'an upstream that never answers': stream => headers(stream, 'GET', '/open/silent'),
}

const statuses = async ({ api }: Oarlock): Promise<readonly number[]> =>
  Promise.all(
    Array.from({ length: slots }, async () => {
      const { status } = await ask(api, { target: '/decisions/open', host: 'h1' })
      return status
    }),
  )

for (const [what, request] of Object.entries(requests)) {
  test(`a connection that violates HTTP/2 releases its request slots: ${what}`, async t => {
    const h1 = await startOddUpstream(t, (socket, { target }) => {
      if (!target.endsWith('silent')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')
    })
    const edge = await startEdge(t, {
      tls: true,
      upstreams: { h1 },
      config: { limits: { requests: { concurrent: slots } } },
      proxy: { timeout: { read: '1s', write: '1s', idle: '2s' } },
    })
    for (const [how, bytes] of Object.entries(broken)) {
      await t.test(how, async t => {
        const socket = await encrypted(edge.proxy, { alpn: 'h2' })
        t.after(() => void socket.destroy())
        socket.on('error', () => undefined)
        const streams = Array.from({ length: slots }, (_, i) => request(2 * i + 1))
        const settings = frame({ type: type.settings })
        socket.write(Buffer.concat([preface, settings, ...streams, bytes]))
        socket.destroySoon()
        await until(async () => !(await statuses(edge)).includes(503), 'all slots are free')
        await until(async () => !(await statuses(edge)).includes(503), 'the slots stay free')
        assert.ok(edge.running(), edge.log())
      })
    }
  })
}
