import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { status } from '@grpc/grpc-js'
import { host, startAreas } from '../abuse/areas.ts'
import { checkOf } from '../support/check.ts'
import { eventually } from '../support/child.ts'
import { checkClient } from '../support/grpc-client.ts'
import {
  check,
  checkHeaders,
  dial,
  field,
  flag,
  frame,
  openStream,
  preface,
  setting,
  settings,
  streamOf,
  type,
  uint32,
} from './http2-frames.ts'
import { assertWell } from './well.ts'

const hello = Buffer.concat([preface, settings()])
const repeated = (count: number, make: (n: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, n) => make(n)))
const reset = (stream: number): Buffer => frame({ type: type.reset, stream, payload: uint32(8) })
const checkRequest = {
  ':method': 'POST',
  ':path': '/envoy.service.auth.v3.Authorization/Check',
  'content-type': 'application/grpc',
  te: 'trailers',
}
const good = checkOf({ host, path: '/public' })

/** Bytes that are not HTTP/2 from the start. */
const foreign: Readonly<Record<string, Buffer>> = {
  'random bytes': randomBytes(100_000),
  'a request of HTTP/1': Buffer.from(`GET /decisions/public HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
  'a TLS ClientHello': Buffer.from('16030100c8010000c40303', 'hex'),
}

/** Bytes that stop being valid HTTP/2. Node reports an error and keeps the connection; keep-alive ends it later. */
const broken: Readonly<Record<string, Buffer>> = {
  'a preface and random bytes': Buffer.concat([hello, randomBytes(100_000)]),
  'a frame above the largest size': Buffer.concat([
    hello,
    frame({ type: type.data, stream: 1, length: 0xffffff, payload: Buffer.alloc(100_000) }),
  ]),
  'SETTINGS of a length that is not valid': Buffer.concat([
    hello,
    frame({ type: type.settings, payload: Buffer.alloc(5) }),
  ]),
  'a window update of zero': Buffer.concat([
    hello,
    frame({ type: type.windowUpdate, payload: uint32(0) }),
  ]),
  'a window above the limit': Buffer.concat([
    hello,
    repeated(3, () => frame({ type: type.windowUpdate, payload: uint32(0x7fffffff) })),
  ]),
  'DATA on stream 0': Buffer.concat([hello, frame({ type: type.data, payload: good })]),
  'DATA on a stream that is not open': Buffer.concat([
    hello,
    frame({ type: type.data, stream: 99, payload: good }),
  ]),
  'a stream with an even number': Buffer.concat([hello, openStream(2)]),
  'a promise to push': Buffer.concat([
    hello,
    frame({ type: type.push, flags: flag.endHeaders, stream: 1, payload: uint32(2) }),
  ]),
  'headers that cannot be decoded': Buffer.concat([
    hello,
    frame({
      type: type.headers,
      flags: flag.endHeaders,
      stream: 1,
      payload: Buffer.alloc(50, 0xff),
    }),
  ]),
  'a CONTINUATION frame without a HEADERS frame': Buffer.concat([
    hello,
    frame({ type: type.continuation, stream: 1, payload: checkHeaders }),
  ]),
}

test('bytes that are not HTTP/2 end their connection and affect no other', async t => {
  const areas = await startAreas(t)
  for (const [what, bytes] of Object.entries(foreign)) {
    await t.test(`${what}: the connection ends`, async t => {
      const { socket, closed } = dial(t, areas.oarlock.grpc)
      socket.end(bytes)
      await closed
      assert.equal(await areas.grpc({ target: '/public' }), 'public')
    })
  }
  for (const [what, bytes] of Object.entries(broken)) {
    await t.test(what, async t => {
      const { socket } = dial(t, areas.oarlock.grpc)
      await new Promise<void>(resolve => socket.write(bytes, () => resolve()))
      assert.equal(await areas.grpc({ target: '/public' }), 'public')
    })
  }
  await t.test('a valid check is answered afterwards', () => assertWell(areas))
})

test('a gRPC client at the HTTP port gets an error, and the port keeps working', async t => {
  const areas = await startAreas(t)
  const client = checkClient(t, `127.0.0.1:${areas.oarlock.api}`)
  await assert.rejects(client.check(good, { timeout: 3000 }), ({ code }: { code: number }) =>
    [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.INTERNAL].includes(code),
  )
  await assertWell(areas)
})

const fragment = (flags: number) =>
  frame({ type: type.continuation, flags, stream: 1, payload: field('x-a', 'a'.repeat(100)) })

/** Many frames of kinds of which one is allowed. */
const floods: Readonly<Record<string, () => Buffer>> = {
  'checks that are cancelled at once': () =>
    repeated(20_000, n => Buffer.concat([check(streamOf(n), good), reset(streamOf(n))])),
  'streams that are opened and cancelled': () =>
    repeated(20_000, n => Buffer.concat([openStream(streamOf(n)), reset(streamOf(n))])),
  'streams that are opened and nothing more': () => repeated(50_000, n => openStream(streamOf(n))),
  pings: () => repeated(100_000, () => frame({ type: type.ping, payload: Buffer.alloc(8) })),
  settings: () => repeated(100_000, () => settings(setting(3, 100))),
  'SETTINGS that change nothing': () => repeated(100_000, () => settings()),
  'PING acknowledgements without a PING': () =>
    repeated(100_000, () => frame({ type: type.ping, flags: flag.ack, payload: Buffer.alloc(8) })),
  'window updates': () =>
    repeated(100_000, () => frame({ type: type.windowUpdate, payload: uint32(1) })),
  priorities: () =>
    repeated(100_000, n =>
      frame({ type: type.priority, stream: streamOf(n), payload: Buffer.alloc(5) }),
    ),
  'frames of an unknown type': () =>
    repeated(50_000, () => frame({ type: 0xee, payload: Buffer.alloc(100) })),
  'CONTINUATION frames without end': () =>
    Buffer.concat([
      frame({ type: type.headers, stream: 1, payload: checkHeaders }),
      repeated(100_000, () => fragment(0)),
    ]),
  'empty CONTINUATION frames without end': () =>
    Buffer.concat([
      frame({ type: type.headers, stream: 1, payload: checkHeaders }),
      repeated(100_000, () => frame({ type: type.continuation, stream: 1 })),
    ]),
  'references to one large header': () => {
    const large = Buffer.concat([
      Buffer.from([0x40, 3]),
      Buffer.from('x-a'),
      Buffer.from([0x7f, 0x81, 0x1e]),
      Buffer.alloc(4000, 0x61),
    ])
    const payload = Buffer.concat([checkHeaders, large, Buffer.alloc(10_000, 0xbe)])
    const flags = flag.endHeaders | flag.endStream
    return repeated(200, n =>
      frame({
        type: type.headers,
        flags,
        stream: streamOf(n),
        payload: n === 0 ? payload : Buffer.concat([checkHeaders, Buffer.alloc(10_000, 0xbe)]),
      }),
    )
  },
  'empty pieces of a message': () =>
    Buffer.concat([openStream(1), repeated(100_000, () => frame({ type: type.data, stream: 1 }))]),
}

test('floods are bounded, and other calls are answered meanwhile', async t => {
  const areas = await startAreas(t)
  for (const [what, make] of Object.entries(floods)) {
    for (const reads of [true, false]) {
      await t.test(`${what}, from a client that ${reads ? 'reads' : 'does not read'}`, async t => {
        const { socket } = dial(t, areas.oarlock.grpc)
        if (!reads) socket.pause()
        socket.write(Buffer.concat([hello, make()]))
        for (let i = 0; i < 5; i++) {
          assert.equal(await areas.grpc({ target: '/public' }), 'public')
          assert.equal(await areas.decisions({ target: '/admin' }), 401)
        }
      })
    }
  }
  await t.test('a valid check is answered afterwards', () => assertWell(areas))
})

test('messages that never end do not accumulate', async t => {
  const areas = await startAreas(t)
  const client = connect(`http://127.0.0.1:${areas.oarlock.grpc}`)
  client.on('error', () => client.destroy())
  t.after(() => client.destroy())
  const unfinished = Buffer.alloc(4_000_000)
  unfinished.writeUInt32BE(4_100_000, 1)
  const streams = Array.from({ length: 300 }, () => {
    const stream = client.request(checkRequest)
    stream.on('error', () => stream.destroy())
    stream.write(unfinished)
    return stream
  })
  const answers = streams.map(stream => once(stream, 'response').catch(() => undefined))
  await Promise.race([...answers, wait(10_000)])
  await assertWell(areas)
  client.destroy()
})

test('answers that are not read do not accumulate', async t => {
  const areas = await startAreas(t)
  const closedWindow = Buffer.concat([preface, settings(setting(4, 0))])
  const wires = Array.from({ length: 5 }, () => dial(t, areas.oarlock.grpc))
  for (const { socket } of wires)
    socket.write(Buffer.concat([closedWindow, repeated(5000, n => check(streamOf(n), good))]))
  for (let i = 0; i < 5; i++) assert.equal(await areas.grpc({ target: '/public' }), 'public')
  await assertWell(areas)
  for (const { socket } of wires) socket.destroy()
})

test('connections without a call are closed when they are idle too long', async t => {
  const areas = await startAreas(t, { config: { limits: { connection: { idle: '1s' } } } })
  const wires = [hello, Buffer.concat([hello, check(1, good)])].map(bytes => {
    const wire = dial(t, areas.oarlock.grpc)
    wire.socket.write(bytes)
    wire.socket.on('end', () => wire.socket.end())
    return wire
  })
  await Promise.all(wires.map(({ closed }) => closed))
  await assertWell(areas)
})

test('a check that is cut at any byte does not affect other calls', async t => {
  const areas = await startAreas(t)
  const whole = Buffer.concat([hello, check(1, good)])
  for (let end = 0; end < whole.length; end += 7) {
    const { socket } = dial(t, areas.oarlock.grpc)
    socket.write(whole.subarray(0, end), () => socket.resetAndDestroy())
  }
  await wait(100)
  await assertWell(areas)
})

test('the door answers a check that is written frame by frame', async t => {
  const areas = await startAreas(t)
  const wire = dial(t, areas.oarlock.grpc)
  wire.socket.write(Buffer.concat([hello, check(1, good)]))
  const handshake = 100
  await eventually(() => wire.received() > handshake || undefined, 'an answer')
})
