import assert from 'node:assert/strict'
import { connect } from 'node:http2'
import { type Duplex, duplexPair } from 'node:stream'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createOnRequest } from '../../../src/doors/grpc/wire/direct/requests.ts'
import type { Routes } from '../../../src/doors/grpc/wire/route.ts'
import type {
  AnswerStream,
  MessageHandler,
  StreamMethod,
} from '../../../src/doors/grpc/wire/services/service.ts'
import { type Bounds, createBounds, type Holder } from '../../../src/http2/bounds.ts'
import { serveSession } from '../../../src/http2/session.ts'
import {
  check,
  checkHeaders,
  field,
  flag,
  frame,
  openStream,
  setting,
  settings,
  streamOf,
  type,
  uint32,
} from '../../faults/http2-frames.ts'
import {
  dataOf,
  goawayCode,
  openCheckPeer,
  openPeer,
  type Peer,
  resetCode,
  routeOf,
  sessionOptions,
} from '../../support/http2-peer.ts'
import { until } from '../../support/until.ts'

const message = Buffer.from('message')
const framedLength = message.length + 5
const headers = (stream: number, payload: Buffer, flags = flag.endHeaders as number): Buffer =>
  frame({ type: type.headers, flags, stream, payload })
const data = (stream: number, payload: Buffer, flags = 0): Buffer =>
  frame({ type: type.data, stream, payload, flags })
const windowUpdate = (stream: number, bytes: number): Buffer =>
  frame({ type: type.windowUpdate, stream, payload: uint32(bytes) })
const goaway = (code: number): Buffer =>
  frame({ type: type.goaway, payload: Buffer.concat([uint32(0), uint32(code)]) })
const unknownMethod = Buffer.concat([
  field(':method', 'POST'),
  field(':scheme', 'http'),
  field(':path', '/unknown'),
  field('content-type', 'application/grpc'),
])
const watchHeaders = Buffer.concat([
  field(':method', 'POST'),
  field(':scheme', 'http'),
  field(':path', '/grpc.health.v1.Health/Watch'),
  field('content-type', 'application/grpc'),
])

/** A watch that calls `onBegin` and answers nothing. */
const watching = (
  onBegin: (answers: AnswerStream) => Partial<MessageHandler> | undefined,
): Partial<Routes> => {
  const ignore = (): void => undefined
  const handler: MessageHandler = { message: ignore, end: ignore, drained: ignore, closed: ignore }
  const method: StreamMethod = {
    begin: answers => ({ ...handler, ...onBegin(answers) }),
    requestBytes: 10_000,
    hasOneMessage: true,
    longest: Number.POSITIVE_INFINITY,
    most: 10,
    mostPerConnection: 10,
  }
  const streams = new Map([['/grpc.health.v1.Health/Watch', method]])
  return { methods: { unary: new Map(), streams } }
}

test('a client that keeps no table of fields gets the update that it expects', async () => {
  const peer = await openCheckPeer()
  await peer.write(settings(setting(1, 0)), check(1, message), check(3, message))
  const [first, second] = [1, 3].map(stream => peer.framesOf(stream)[0]?.payload)
  assert.equal(first?.[0], 0x20)
  assert.deepEqual(second, first?.subarray(1))
})

test('a client that keeps a larger table of fields gets no update', async () => {
  const peer = await openCheckPeer()
  await peer.write(settings(setting(1, 65_536)), settings(setting(1, 4096)), check(1, message))
  assert.notEqual(peer.framesOf(1)[0]?.payload[0], 0x20)
})

test('the client of node:http2 accepts answers without a table of fields', async () => {
  const [ours, theirs] = duplexPair() as [Duplex, Duplex]
  const options = sessionOptions()
  serveSession(
    theirs,
    { ...options, onRequest: createOnRequest(routeOf(options)) },
    () => undefined,
  )
  const client = connect('http://localhost', {
    createConnection: () => ours,
    settings: { headerTableSize: 0 },
  })
  const stream = client.request({
    ':method': 'POST',
    ':path': '/envoy.service.auth.v3.Authorization/Check',
    'content-type': 'application/grpc',
  })
  let received = 0
  let error: unknown
  stream.on('data', (chunk: Buffer) => {
    received += chunk.length
  })
  for (const emitter of [stream, client]) emitter.on('error', found => (error ??= found))
  stream.end(Buffer.concat([Buffer.of(0), uint32(message.length), message]))
  await until(() => stream.closed, 'the stream is closed')
  client.destroy()
  assert.equal(error, undefined)
  assert.equal(received, framedLength)
})

test('an answer of a stream that waits for the window is not cut off when the call ends', async () => {
  const answer = Buffer.alloc(100_000, 'a')
  const routes = watching(answers => ({
    message: () => {
      answers.send(answer)
      answers.end()
    },
  }))
  const peer = await openCheckPeer({}, routes)
  await peer.write(headers(1, watchHeaders), data(1, Buffer.alloc(5), flag.endStream))
  await peer.write(windowUpdate(1, 100_000), windowUpdate(0, 100_000))
  assert.equal(dataOf(peer, 1).length, answer.length + 5)
  const last = peer.framesOf(1).at(-1)
  assert.equal((last?.flags ?? 0) & flag.endStream, flag.endStream)
})

test('a stream does not send more while its client does not read', async () => {
  const answer = Buffer.alloc(100_000, 'a')
  let isBlocked = false
  let drained = 0
  const routes = watching(answers => ({
    message: () => {
      answers.send(answer)
      setImmediate(() => {
        answers.send(answer)
        isBlocked = answers.isBlocked()
      })
    },
    drained: () => {
      drained += 1
    },
  }))
  const peer = await openCheckPeer({}, routes)
  peer.socket.pause()
  await peer.write(windowUpdate(0, 10_000_000), settings(setting(4, 10_000_000)))
  await peer.write(headers(1, watchHeaders), data(1, Buffer.alloc(5), flag.endStream))
  await until(() => isBlocked, 'the second answer waits')
  assert.equal(drained, 0)
  peer.socket.resume()
  await until(() => drained > 0, 'the client has read')
})

test('a check behind the GOAWAY of an error is not answered', async () => {
  let checks = 0
  const peer = await openCheckPeer(
    {},
    {
      answer: () => {
        checks += 1
      },
    },
  )
  await peer.write(Buffer.concat([goaway(2), check(1, message)]))
  assert.equal(checks, 0)
})

test('a stream that the end of its connection meets while it opens is cancelled', async () => {
  let isCancelled = false
  const bounds = createBounds({ bytes: 1_000_000, holders: 1 })
  const routes = watching(() => ({
    closed: () => {
      isCancelled = true
    },
  }))
  const peer = await openCheckPeer({ bounds }, routes)
  // The incomplete frame is the only one that may wait; the stream is one too many.
  const opening = headers(1, watchHeaders, flag.endHeaders | flag.endStream)
  await peer.write(opening.subarray(0, 20))
  await peer.write(opening.subarray(20))
  assert.ok(isCancelled)
})

test('an answered stream that the end of its connection meets does not wait for its rest', async () => {
  const waiting = new Set<Holder>()
  const bounds = createBounds({ bytes: 1_000_000, holders: 1 })
  const followed: Bounds = {
    ...bounds,
    add: holder => {
      waiting.add(holder)
      bounds.add(holder)
    },
    remove: holder => {
      waiting.delete(holder)
      bounds.remove(holder)
    },
  }
  const peer = await openCheckPeer({ bounds: followed })
  // The incomplete frame is the only one that may wait; the rest of the refused request is one too many.
  const unknown = headers(1, unknownMethod)
  await peer.write(unknown.subarray(0, 20))
  await peer.write(unknown.subarray(20))
  await until(peer.isClosed, 'the connection ends')
  assert.equal(waiting.size, 0)
})

test('bytes of requests with a false length are credited to the connection', async () => {
  const peer = await openCheckPeer({ streams: 1000 })
  const block = Buffer.concat([checkHeaders, field('content-length', '1')])
  for (let n = 0; n < 200; n += 1) {
    await peer.write(headers(streamOf(n), block), data(streamOf(n), Buffer.alloc(16_384)))
  }
  assert.equal(goawayCode(peer), undefined)
  assert.equal(resetCode(peer, streamOf(199)), 1)
})

test('bytes above the window of a stream are credited to the connection', async () => {
  const peer = await openCheckPeer({ streams: 1000 })
  const plain = Buffer.concat([
    field(':method', 'POST'),
    field(':scheme', 'http'),
    field(':path', '/'),
  ])
  for (let n = 0; n < 60; n += 1) {
    const parts = Array.from({ length: 5 }, () => data(streamOf(n), Buffer.alloc(16_384)))
    await peer.write(headers(streamOf(n), plain), ...parts)
  }
  assert.equal(goawayCode(peer), undefined)
  assert.equal(resetCode(peer, streamOf(59)), 3)
})

const floods: Readonly<Record<string, (stream: number) => Buffer>> = {
  'header blocks': stream => headers(stream, field('x-a', 'b')),
  'empty DATA': stream => data(stream, Buffer.alloc(0)),
}

for (const [what, make] of Object.entries(floods)) {
  test(`${what} without end on a stream that was refused end the connection`, async () => {
    const peer = await openCheckPeer()
    await peer.write(headers(1, field('x-a', 'b')))
    for (let i = 0; i < 100; i += 1) {
      await peer.write(Buffer.concat(Array.from({ length: 50 }, () => make(1))))
    }
    assert.equal(goawayCode(peer), 11)
  })
}

test('streams without end after the last one that was named end the connection', async () => {
  const peer = await openCheckPeer({}, { answer: () => undefined })
  await peer.write(check(1, message))
  peer.session.leave()
  await peer.write(frame({ type: type.ping, flags: flag.ack, payload: Buffer.alloc(8) }))
  for (let i = 0; i < 100; i += 1) {
    const opened = Array.from({ length: 50 }, (_, n) => openStream(streamOf(1 + i * 50 + n)))
    await peer.write(Buffer.concat(opened))
  }
  const last = peer.frames().findLast(({ type: kind }) => kind === type.goaway)
  assert.equal(last?.payload.readUInt32BE(4), 11)
})

test('streams without a window cost nothing when the window of the connection grows', async () => {
  const streams = 10_000
  const bounds = createBounds({ bytes: 100_000_000, holders: streams })
  const peer = await openCheckPeer({ bounds, streams })
  await peer.write(settings(setting(4, 0)))
  for (let n = 0; n < streams; n += 50) {
    await peer.write(...Array.from({ length: 50 }, (_, i) => check(streamOf(n + i), message)))
  }
  const before = process.cpuUsage()
  await peer.write(Buffer.concat(Array.from({ length: 1800 }, () => windowUpdate(0, 1))))
  const { user } = process.cpuUsage(before)
  assert.ok(user < 100_000, `${user} µs`)
  await peer.write(settings(setting(4, 1000)), windowUpdate(0, streams * framedLength))
  await until(() => dataOf(peer, streamOf(streams - 1)).length === framedLength, 'the answers')
})

test('data of many refused streams does not end the connection', async () => {
  const streams = 20
  const peer = await openCheckPeer({ streams })
  const numbers = Array.from({ length: 500 }, (_, n) => streamOf(n))
  const framed = Buffer.concat([Buffer.of(0), uint32(message.length), message])
  // As node:http2 writes requests of one moment: all heads first.
  await peer.write(
    Buffer.concat(numbers.map(openStream)),
    Buffer.concat(numbers.map(stream => data(stream, framed, flag.endStream))),
  )
  assert.equal(goawayCode(peer), undefined)
  assert.equal(dataOf(peer, streamOf(streams - 1)).length, framedLength)
})

test('the bytes of answers that callers do not read are bounded', async () => {
  const bounds = createBounds({ bytes: 100_000, holders: 100 })
  const large = Buffer.alloc(60_000)
  const peer = await openCheckPeer({ bounds }, { answer: call => call.answer(large) })
  await peer.write(settings(setting(4, 0)), check(1, message), check(3, message))
  assert.equal(resetCode(peer, 1), 8)
  assert.equal(resetCode(peer, 3), undefined)
  await peer.write(windowUpdate(3, 100_000))
  assert.equal(dataOf(peer, 3).length, large.length + 5)
  const holder = { held: 0, until: 0, giveUp: () => undefined }
  assert.ok(bounds.hold(holder, 100_000))
})

test('long values of headers are not kept until the message has arrived', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const peer = await openCheckPeer({
    streams: 1000,
    bounds: createBounds({ bytes: 1, holders: 1000 }),
  })
  const long = 15_000
  const value = Buffer.concat([
    Buffer.of(127, 0x80 | ((long - 127) & 127), (long - 127) >> 7),
    Buffer.alloc(long, 'a'),
  ])
  const block = Buffer.concat([checkHeaders, Buffer.of(0, 13), Buffer.from('grpc-encoding'), value])
  const write = async (from: number, to: number): Promise<void> => {
    for (let n = from; n < to; n += 1) await peer.write(headers(streamOf(n), block))
    collect()
  }
  await write(0, 100)
  const before = process.memoryUsage().heapUsed
  await write(100, 600)
  const grown = process.memoryUsage().heapUsed - before
  assert.ok(grown < 3_000_000, `${grown} bytes`)
})

test('a connection keeps no fields of its last request', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const block = Buffer.concat([unknownMethod, ...Array.from({ length: 120 }, () => longField())])
  const open = async (connections: number): Promise<readonly Peer[]> => {
    const peers = await Promise.all(Array.from({ length: connections }, () => openCheckPeer()))
    await Promise.all(peers.map(peer => peer.write(headers(1, block, flag.endHeaders | 1))))
    collect()
    return peers
  }
  const some = await open(20)
  const before = process.memoryUsage().heapUsed
  const more = await open(200)
  const grown = (process.memoryUsage().heapUsed - before) / more.length
  assert.ok(grown < 40_000, `${grown} bytes for each connection`)
  for (const peer of [...some, ...more]) peer.session.destroy()
})

const longField = (): Buffer => field('x-a', 'a'.repeat(120))

test('a bug in one connection does not stop the time limits of others', async () => {
  const bugs: unknown[] = []
  const peer = await openPeer(
    sessionOptions({
      onBug: bug => void bugs.push(bug),
      onRefused: () => {
        throw new Error('a bug')
      },
    }),
    Buffer.alloc(0),
  )
  peer.session.check(performance.now() + 60_000)
  assert.equal(bugs.length, 1)
})

test('windows that open byte by byte on all streams cost as many frames', async () => {
  const streams = 5000
  const bounds = createBounds({ bytes: 100_000_000, holders: streams })
  const large = Buffer.alloc(1000)
  const peer = await openCheckPeer({ bounds, streams }, { answer: call => call.answer(large) })
  await peer.write(settings(setting(4, 0)), windowUpdate(0, 100_000_000))
  for (let n = 0; n < streams; n += 50) {
    await peer.write(...Array.from({ length: 50 }, (_, i) => check(streamOf(n + i), message)))
  }
  const opening = Array.from({ length: 100 }, (_, i) => settings(setting(4, i + 1)))
  await peer.write(Buffer.concat(opening))
  assert.equal(goawayCode(peer), 11)
  const parts = peer.frames().filter(({ type: kind }) => kind === type.data)
  assert.ok(parts.length <= streams, `${parts.length} frames`)
})

test('windows that change without end on many streams end the connection', async () => {
  const streams = 5000
  const bounds = createBounds({ bytes: 100_000_000, holders: streams })
  const peer = await openCheckPeer({ bounds, streams }, { answer: () => undefined })
  for (let n = 0; n < streams; n += 50) {
    await peer.write(...Array.from({ length: 50 }, (_, i) => check(streamOf(n + i), message)))
  }
  const changes = Array.from({ length: 50 }, (_, i) => settings(setting(4, 1000 + (i % 2))))
  await peer.write(Buffer.concat(changes))
  assert.equal(goawayCode(peer), 11)
})

test('a client that gives all waiting answers their windows at once is not ended', async () => {
  const streams = 3000
  const bounds = createBounds({ bytes: 100_000_000, holders: streams })
  const peer = await openCheckPeer({ bounds, streams })
  await peer.write(settings(setting(4, 0)), windowUpdate(0, 100_000_000))
  for (let n = 0; n < streams; n += 50) {
    await peer.write(...Array.from({ length: 50 }, (_, i) => check(streamOf(n + i), message)))
  }
  await peer.write(settings(setting(4, 65_535)), settings(setting(4, 100_000)))
  assert.equal(goawayCode(peer), undefined)
  assert.equal(dataOf(peer, streamOf(streams - 1)).length, framedLength)
})

test('the only message of a stream is given to its method when it is complete', async () => {
  const received: Buffer[] = []
  const routes = watching(() => ({ message: bytes => void received.push(bytes) }))
  const peer = await openCheckPeer({}, routes)
  const framed = Buffer.concat([Buffer.of(0), uint32(message.length), message])
  await peer.write(headers(1, watchHeaders), data(1, framed.subarray(0, 8)))
  await peer.write(data(1, framed.subarray(8)))
  assert.equal(received.length, 0)
  await peer.write(data(1, Buffer.alloc(0), flag.endStream))
  assert.deepEqual(received, [message])
})

test('a client that sent GOAWAY can still open streams, until it is idle', async () => {
  const peer = await openCheckPeer()
  await peer.write(goaway(0))
  await peer.write(check(1, message))
  assert.equal(dataOf(peer, 1).length, framedLength)
  peer.session.check(performance.now())
  assert.equal(peer.isClosed(), false)
  const later = performance.now() + 2000
  for (const now of [later, later + 2000]) peer.session.check(now)
  await until(peer.isClosed, 'the connection ends')
  assert.equal(goawayCode(peer), 0)
})
