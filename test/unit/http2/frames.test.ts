/** What each frame does to its connection: RFC 9113, 3.4 to 8.3. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameReader, type Frame as Read } from '../../../src/http2/frame-reader.ts'
import {
  check,
  checkHeaders,
  field,
  flag,
  frame,
  openStream,
  preface,
  setting,
  settings,
  type,
  uint32,
} from '../../faults/http2-frames.ts'
import { createRandom } from '../../fuzz/random.ts'
import {
  dataOf,
  goawayCode,
  openCheckPeer,
  openPeer,
  parse,
  resetCode,
  sessionOptions,
} from '../../support/http2-peer.ts'

const code = {
  none: 0,
  protocol: 1,
  flowControl: 3,
  streamClosed: 5,
  frameSize: 6,
  refused: 7,
  compression: 9,
  calm: 11,
} as const

const padded = 8
const priority = 32
const message = Buffer.from('message')
const block = (stream: number, payload: Buffer, flags = 0): Buffer =>
  frame({ type: type.headers, flags: flag.endHeaders | flags, stream, payload })
const data = (stream: number, payload: Buffer, flags = 0): Buffer =>
  frame({ type: type.data, stream, payload, flags })
const reset = (stream: number): Buffer => frame({ type: type.reset, stream, payload: uint32(8) })
const windowUpdate = (stream: number, bytes: number): Buffer =>
  frame({ type: type.windowUpdate, stream, payload: uint32(bytes) })
const zeros = (length: number): Buffer => Buffer.alloc(length)
const kind = (number: number, stream: number, length: number): Buffer =>
  frame({ type: number, stream, payload: zeros(length) })

type Cases = Readonly<Record<string, readonly [bytes: readonly Buffer[], code: number]>>

/** Errors of the connection, behind a preface and settings. */
const connectionErrors: Cases = {
  'DATA on the connection': [[data(0, message)], code.protocol],
  'DATA on an idle stream': [[data(1, message)], code.protocol],
  'DATA on an even stream': [[data(2, message)], code.protocol],
  'DATA on an answered stream': [[check(1, message), data(1, message)], code.streamClosed],
  'DATA on a stream that the client reset': [
    [openStream(1), reset(1), data(1, message)],
    code.streamClosed,
  ],
  'DATA on a stream that was passed over': [[openStream(5), data(3, message)], code.streamClosed],
  'DATA whose padding is too long': [
    [openStream(1), data(1, Buffer.of(5, 0, 0), padded)],
    code.protocol,
  ],
  'padded DATA without a length': [[openStream(1), data(1, zeros(0), padded)], code.protocol],
  'HEADERS on the connection': [[block(0, checkHeaders)], code.protocol],
  'HEADERS on an even stream': [[openStream(2)], code.protocol],
  'HEADERS on an answered stream': [[check(1, message), openStream(1)], code.streamClosed],
  'HEADERS on a stream that was passed over': [[openStream(5), openStream(3)], code.protocol],
  'HEADERS whose padding is too long': [[block(1, Buffer.of(9, 0), padded)], code.protocol],
  'HEADERS that are too short for their priority': [[block(1, zeros(4), priority)], code.frameSize],
  'HEADERS that are not HPACK': [[block(1, Buffer.of(0x80))], code.compression],
  'another frame within a header block': [
    [frame({ type: type.headers, stream: 1, payload: checkHeaders }), kind(type.ping, 0, 8)],
    code.protocol,
  ],
  'an unknown frame within a header block': [
    [frame({ type: type.headers, stream: 1, payload: checkHeaders }), kind(99, 1, 0)],
    code.protocol,
  ],
  'CONTINUATION of another stream': [
    [frame({ type: type.headers, stream: 1 }), kind(type.continuation, 3, 0)],
    code.protocol,
  ],
  'CONTINUATION without HEADERS': [[kind(type.continuation, 1, 0)], code.protocol],
  'a header block without end': [
    [
      frame({ type: type.headers, stream: 1, payload: zeros(16_384) }),
      ...Array.from({ length: 4 }, () => kind(type.continuation, 1, 16_384)),
    ],
    code.calm,
  ],
  'PRIORITY on the connection': [[kind(type.priority, 0, 5)], code.protocol],
  'PRIORITY of another length': [[kind(type.priority, 1, 4)], code.frameSize],
  'PRIORITY of an idle stream on itself': [
    [frame({ type: type.priority, stream: 1, payload: Buffer.concat([uint32(1), zeros(1)]) })],
    code.protocol,
  ],
  'RST_STREAM on the connection': [[reset(0)], code.protocol],
  'RST_STREAM on an idle stream': [[reset(1)], code.protocol],
  'RST_STREAM of another length': [[openStream(1), kind(type.reset, 1, 5)], code.frameSize],
  'SETTINGS on a stream': [[kind(type.settings, 1, 0)], code.protocol],
  'SETTINGS of another length': [[kind(type.settings, 0, 5)], code.frameSize],
  'an acknowledgement with settings': [
    [frame({ type: type.settings, flags: flag.ack, payload: zeros(6) })],
    code.frameSize,
  ],
  'a setting to push that is neither 0 nor 1': [[settings(setting(2, 2))], code.protocol],
  'a first window above the limit': [[settings(setting(4, 2 ** 31))], code.flowControl],
  'a frame size below the limit': [[settings(setting(5, 16_383))], code.protocol],
  'a frame size above the limit': [[settings(setting(5, 2 ** 24))], code.protocol],
  'a first window that makes one of a stream too large': [
    [openStream(1), windowUpdate(1, 0x7fff_ffff - 65_535), settings(setting(4, 65_536))],
    code.flowControl,
  ],
  'a promise to push': [[kind(type.push, 1, 4)], code.protocol],
  'PING on a stream': [[kind(type.ping, 1, 8)], code.protocol],
  'PING of another length': [[kind(type.ping, 0, 7)], code.frameSize],
  'GOAWAY on a stream': [[kind(type.goaway, 1, 8)], code.protocol],
  'GOAWAY that is too short': [[kind(type.goaway, 0, 7)], code.frameSize],
  'WINDOW_UPDATE of another length': [[kind(type.windowUpdate, 0, 5)], code.frameSize],
  'WINDOW_UPDATE of zero': [[windowUpdate(0, 0)], code.protocol],
  'WINDOW_UPDATE above the limit': [[windowUpdate(0, 0x7fff_ffff)], code.flowControl],
  'WINDOW_UPDATE on an idle stream': [[windowUpdate(1, 1)], code.protocol],
  'a frame above the largest size': [
    [frame({ type: type.data, stream: 1, length: 16_385 })],
    code.frameSize,
  ],
}

for (const [what, [bytes, expected]] of Object.entries(connectionErrors)) {
  test(`${what} ends the connection with ${expected}`, async () => {
    const peer = await openCheckPeer()
    await peer.write(Buffer.concat(bytes))
    assert.equal(goawayCode(peer), expected)
  })
}

const pseudo = (...changes: readonly Buffer[]): Buffer => Buffer.concat([checkHeaders, ...changes])
const without = (...names: readonly string[]): Buffer =>
  Buffer.concat(
    [
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', '/a'],
      ['te', 'trailers'],
    ].flatMap(([name = '', value = '']) => (names.includes(name) ? [] : [field(name, value)])),
  )

/** Errors of stream 1. */
const streamErrors: Cases = {
  'a request without a method': [[block(1, without(':method'))], code.protocol],
  'a request without a scheme': [[block(1, without(':scheme'))], code.protocol],
  'a request without a path': [[block(1, without(':path'))], code.protocol],
  'a request with two paths': [
    [block(1, Buffer.concat([field(':path', '/'), without()]))],
    code.protocol,
  ],
  'an unknown pseudo-header': [
    [block(1, Buffer.concat([field(':a', 'b'), without()]))],
    code.protocol,
  ],
  'a pseudo-header of answers': [
    [block(1, Buffer.concat([field(':status', '200'), without()]))],
    code.protocol,
  ],
  'a pseudo-header behind an ordinary one': [
    [block(1, pseudo(field(':authority', 'a')))],
    code.protocol,
  ],
  'a name in upper case': [[block(1, pseudo(field('X-A', 'b')))], code.protocol],
  'a name with a blank': [[block(1, pseudo(field('x a', 'b')))], code.protocol],
  'an empty name': [[block(1, pseudo(field('', 'b')))], code.protocol],
  'a value with a line feed': [[block(1, pseudo(field('x', 'a\nb')))], code.protocol],
  'a value with NUL': [[block(1, pseudo(field('x', 'a\0b')))], code.protocol],
  'a value behind a blank': [[block(1, pseudo(field('x', ' a')))], code.protocol],
  'the header connection': [[block(1, pseudo(field('connection', 'close')))], code.protocol],
  'the header upgrade': [[block(1, pseudo(field('upgrade', 'h2c')))], code.protocol],
  'te that is not trailers': [[block(1, Buffer.concat([without('te'), field('te', 'gzip')]))], 1],
  'a length that is not a number': [[block(1, pseudo(field('content-length', 'x')))], 1],
  'two lengths': [
    [block(1, pseudo(field('content-length', '1'), field('content-length', '1')))],
    code.protocol,
  ],
  'a length without a body': [
    [block(1, pseudo(field('content-length', '1')), flag.endStream)],
    code.protocol,
  ],
  'a body that is longer than its length': [
    [block(1, pseudo(field('content-length', '1'))), data(1, message)],
    code.protocol,
  ],
  'a body that is shorter than its length': [
    [block(1, pseudo(field('content-length', '9'))), data(1, message, flag.endStream)],
    code.protocol,
  ],
  'a body that is shorter than its length, with trailers': [
    [block(1, pseudo(field('content-length', '9'))), block(1, field('x', 'y'), flag.endStream)],
    code.protocol,
  ],
  'a stream that depends on itself': [
    [block(1, Buffer.concat([uint32(1), zeros(1), checkHeaders]), priority)],
    code.protocol,
  ],
  'trailers that do not end the stream': [[openStream(1), block(1, field('x', 'y'))], 1],
  'trailers with a pseudo-header': [
    [openStream(1), block(1, field(':path', '/'), flag.endStream)],
    code.protocol,
  ],
  'a window update of zero': [[openStream(1), windowUpdate(1, 0)], code.protocol],
  'a window above the limit': [[openStream(1), windowUpdate(1, 0x7fff_ffff)], code.flowControl],
  'a list of fields above the limit': [
    [block(1, Buffer.concat([checkHeaders, ...largeList()]))],
    code.calm,
  ],
}

/** An entry of the table and many references to it. */
function largeList(): readonly Buffer[] {
  const entry = field('x', 'y'.repeat(120))
  entry[0] = 0x40
  return [entry, Buffer.alloc(1000, 0xbe)]
}

for (const [what, [bytes, expected]] of Object.entries(streamErrors)) {
  test(`${what} resets its stream with ${expected}, and no other`, async () => {
    const peer = await openCheckPeer()
    await peer.write(Buffer.concat([...bytes, check(3, message)]))
    assert.equal(resetCode(peer, 1), expected)
    assert.equal(goawayCode(peer), undefined)
    assert.equal(dataOf(peer, 3).length, message.length + 5)
  })
}

/** A check behind them is answered. */
const ignored: Readonly<Record<string, readonly Buffer[]>> = {
  'an unknown frame': [kind(99, 7, 100)],
  'an unknown setting': [settings(setting(99, 1))],
  'a reserved bit of a stream': [
    frame({ type: type.ping, stream: 0x8000_0000, payload: zeros(8) }),
  ],
  'PRIORITY of any stream': [kind(type.priority, 1001, 5)],
  'WINDOW_UPDATE on an answered stream': [check(1, message), windowUpdate(1, 5)],
  'RST_STREAM on an answered stream': [check(1, message), reset(1)],
  'DATA on a stream that was reset': [block(1, field('x', 'y')), data(1, message)],
  'HEADERS on a stream that was reset': [
    block(1, field('x', 'y')),
    block(1, field('x', 'y'), flag.endStream),
  ],
  'padding of DATA and HEADERS': [
    block(1, Buffer.concat([Buffer.of(3), checkHeaders, zeros(3)]), padded),
    data(1, Buffer.of(2, 0, 0), padded),
  ],
}

for (const [what, bytes] of Object.entries(ignored)) {
  test(`${what} is ignored`, async () => {
    const peer = await openCheckPeer()
    await peer.write(Buffer.concat([...bytes, check(3, message)]))
    assert.equal(goawayCode(peer), undefined)
    assert.equal(dataOf(peer, 3).length, message.length + 5)
  })
}

const beginnings: Readonly<Record<string, Buffer>> = {
  'another protocol': Buffer.from('GET / HTTP/1.1\r\n\r\n'),
  'a preface without settings': Buffer.concat([preface, kind(type.ping, 0, 8)]),
  'a preface and an acknowledgement': Buffer.concat([
    preface,
    frame({ type: type.settings, flags: flag.ack }),
  ]),
}

for (const [what, bytes] of Object.entries(beginnings)) {
  test(`${what} ends the connection`, async () => {
    const peer = await openPeer(sessionOptions(), bytes)
    assert.deepEqual(peer.refused, ['protocol'])
  })
}

test('a ping gets its bytes back', async () => {
  const peer = await openCheckPeer()
  const payload = Buffer.from('12345678')
  await peer.write(frame({ type: type.ping, payload }))
  assert.deepEqual(peer.frames(), [{ type: type.ping, flags: flag.ack, stream: 0, payload }])
})

test('streams above the limit are refused, and others afterwards are not', async () => {
  const peer = await openCheckPeer({ streams: 2 })
  await peer.write(openStream(1), openStream(3), openStream(5), reset(1), check(7, message))
  assert.equal(resetCode(peer, 5), code.refused)
  assert.equal(dataOf(peer, 7).length, message.length + 5)
})

test('a stream that was reset counts until its check has ended', async () => {
  const answers: (() => void)[] = []
  const peer = await openCheckPeer(
    { streams: 1 },
    { answer: call => void answers.push(() => call.answer(message)) },
  )
  await peer.write(check(1, message), reset(1), check(3, message))
  assert.equal(resetCode(peer, 3), code.refused)
  answers[0]?.()
  await peer.write(check(5, message))
  assert.equal(answers.length, 2)
  assert.deepEqual(dataOf(peer, 1), zeros(0))
})

test('an answer that is larger than the windows is sent as they grow', async () => {
  const large = Buffer.alloc(50_000, 'a')
  const peer = await openCheckPeer({}, { answer: call => call.answer(large) })
  await peer.write(settings(setting(4, 1000)), check(1, message))
  assert.equal(dataOf(peer, 1).length, 1000)
  await peer.write(windowUpdate(1, 500))
  assert.equal(dataOf(peer, 1).length, 1500)
  // The window becomes negative.
  await peer.write(settings(setting(4, 0)), windowUpdate(1, 900))
  assert.equal(dataOf(peer, 1).length, 1500)
  await peer.write(windowUpdate(1, 200))
  assert.equal(dataOf(peer, 1).length, 1600)
  await peer.write(settings(setting(4, 60_000)))
  assert.deepEqual(dataOf(peer, 1).subarray(5), large)
  assert.equal(peer.framesOf(1).at(-1)?.flags, flag.endHeaders | flag.endStream)
})

test('answers that together are larger than the window of the connection are sent as it grows', async () => {
  const large = Buffer.alloc(30_000, 'a')
  const peer = await openCheckPeer({}, { answer: call => call.answer(large) })
  await peer.write(check(1, message), check(3, message), check(5, message))
  const sent = (): readonly number[] => [1, 3, 5].map(stream => dataOf(peer, stream).length)
  assert.deepEqual(sent(), [30_005, 30_005, 5525])
  await peer.write(windowUpdate(0, 100_000))
  assert.deepEqual(sent(), [30_005, 30_005, 30_005])
})

test('frames are the same wherever their bytes are cut', () => {
  const random = createRandom(3)
  const parts = Array.from({ length: 12 }, (_, i) =>
    frame({
      type: i,
      flags: i * 7,
      stream: i * 1000,
      payload: Buffer.alloc(random.int(40), i),
    }),
  )
  const bytes = Buffer.concat([preface, ...parts])
  const expected = parse(bytes.subarray(preface.length))
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    assert.deepEqual(read([bytes.subarray(0, cut), bytes.subarray(cut)]), expected)
  }
  assert.deepEqual(read([...bytes].map(byte => Buffer.of(byte))), expected)
})

function read(chunks: readonly Buffer[]): unknown {
  const found: unknown[] = []
  const reader = new FrameReader(({ bytes, start, end, ...head }: Read) => {
    found.push({ ...head, payload: Buffer.from(bytes.subarray(start, end)) })
    return undefined
  })
  for (const chunk of chunks) assert.equal(reader.read(chunk), undefined)
  assert.equal(reader.incomplete(), undefined)
  return found
}
