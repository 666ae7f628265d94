/** gRPC calls that are never finished, of every kind: time, number and bytes are bounded. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { status } from '@grpc/grpc-js'
import type { GrpcListenOptions } from '../../src/doors/grpc/server.ts'
import { checkOf } from '../support/check.ts'
import { checkClient } from '../support/grpc-client.ts'
import { beginCall, framed, openGrpcPort, paths } from '../support/grpc-port.ts'

interface Door {
  readonly address: string
  readonly session: ClientHttp2Session
  readonly call: (headers?: Readonly<Record<string, string>>) => ClientHttp2Stream
}

const quick = 200

async function open(t: TestContext, options: Partial<GrpcListenOptions> = {}): Promise<Door> {
  const bounds = { decisionTimeout: quick, concurrentStreams: 1000 }
  const { address, connect: connected } = await openGrpcPort(t, { ...bounds, ...options })
  const session = await connected()
  return { address, session, call: headers => beginCall(session, paths.check, headers) }
}

const grpc = { 'content-type': 'application/grpc', te: 'trailers' }
const watch = { ':path': '/grpc.health.v1.Health/Watch' }
const reflection = { ':path': '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo' }

/** The gRPC status that ends a stream; undefined for a stream that is reset without a status. */
async function codeOf(stream: ClientHttp2Stream): Promise<number | undefined> {
  let code: number | undefined
  const note = (headers: object): void => {
    const found = Reflect.get(headers, 'grpc-status')
    if (found !== undefined) code = Number(found)
  }
  stream.on('response', note)
  stream.on('trailers', note)
  stream.resume()
  if (!stream.destroyed) await once(stream, 'close')
  return code
}

/** Every kind of call. */
const kinds: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a check': {},
  'a compressed check': { 'grpc-encoding': 'gzip' },
  'a check with an unknown encoding': { 'grpc-encoding': 'snappy' },
  'a check with a long timeout': { 'grpc-timeout': '99999999H' },
  'a health check': { ':path': '/grpc.health.v1.Health/Check' },
  'a health list': { ':path': '/grpc.health.v1.Health/List' },
  'a health watch': watch,
  'a reflection': reflection,
  'a call of the old reflection service': {
    ':path': '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
  },
}

/** Every way to leave a call unfinished. */
const unfinished: Readonly<Record<string, Buffer>> = {
  'headers alone': Buffer.alloc(0),
  'half a message': framed(checkOf()).subarray(0, 20),
  'half a message prefix': Buffer.from([0, 0]),
}

for (const [kind, headers] of Object.entries(kinds)) {
  for (const [what, bytes] of Object.entries(unfinished)) {
    test(`${kind} that sends ${what} is ended within the time limit`, async t => {
      const door = await open(t)
      const stream = door.call(headers)
      if (bytes.length > 0) stream.write(bytes)
      assert.equal(await codeOf(stream), status.DEADLINE_EXCEEDED)
    })
  }
}

test('a complete message without END_STREAM is ended within the time limit', async t => {
  const door = await open(t)
  const stream = door.call()
  stream.write(framed(checkOf()))
  assert.equal(await codeOf(stream), status.DEADLINE_EXCEEDED)
})

test('a message that arrives byte by byte has the same time limit', async t => {
  const door = await open(t)
  const stream = door.call()
  const drip = setInterval(() => stream.write(Buffer.alloc(1)), 20)
  t.after(() => clearInterval(drip))
  assert.equal(await codeOf(stream), status.DEADLINE_EXCEEDED)
})

const foreign: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'an unknown method': { ':path': '/envoy.service.auth.v3.Authorization/Other' },
  'an unknown service': { ':path': '/nobody.Knows/It' },
  'another content type': { 'content-type': 'application/json' },
  OPTIONS: { ':method': 'OPTIONS', ':path': '*', 'content-type': 'text/plain' },
  'a malformed timeout': { 'grpc-timeout': 'soon' },
  'a check sent with GET': { ':method': 'GET' },
}

for (const [what, headers] of Object.entries(foreign)) {
  test(`${what} is answered and its stream is closed, even though the caller could send more`, async t => {
    const door = await open(t)
    const stream = door.call(headers)
    stream.write(Buffer.alloc(1000))
    await codeOf(stream)
    assert.ok(stream.destroyed)
  })
}

test('the bytes of unfinished messages are counted over all calls and kinds together', async t => {
  const door = await open(t, { decisionTimeout: 60_000 })
  const bytes = Buffer.alloc(99_000)
  bytes[0] = 1
  bytes.writeUInt32BE(99_500, 1)
  const encodings = ['gzip', 'deflate', 'identity', 'snappy']
  const codes = await Promise.any(
    Array.from({ length: 60 }, async (_, i) => {
      const stream = door.call({ 'grpc-encoding': encodings[i % 4] ?? '' })
      stream.write(bytes)
      return codeOf(stream)
    }),
  )
  assert.equal(codes, status.RESOURCE_EXHAUSTED)
})

test('calls that use all bytes and slots do not block the other calls', async t => {
  const door = await open(t, {
    decisionTimeout: 60_000,
    concurrentStreams: 50,
    decide: () => Promise.reject(new Error('no')),
    onBug: () => undefined,
  })
  const others = await Promise.all(
    [0, 1, 2].map(async () => {
      const session = connect(`http://${door.address}`)
      session.on('error', () => session.destroy())
      t.after(() => nextTurn().then(() => session.destroy()))
      await once(session, 'remoteSettings')
      return session
    }),
  )
  for (const session of others) {
    for (let i = 0; i < 40; i++) {
      const stream = session.request({ ':method': 'POST', ':path': paths.check, ...grpc })
      stream.on('error', () => stream.destroy())
      stream.write(Buffer.alloc(90_000))
    }
    await new Promise(resolve => session.ping(resolve))
  }
  const client = checkClient(t, door.address)
  for (let i = 0; i < 20; i++) assert.ok((await client.check(checkOf())).denied_response)
})

test('bytes that are released are not counted any more', async t => {
  const door = await open(t, { decisionTimeout: 60_000 })
  for (let round = 0; round < 3; round++) {
    const streams = Array.from({ length: 20 }, () => {
      const stream = door.call()
      stream.write(Buffer.alloc(90_000))
      return stream
    })
    await new Promise(resolve => door.session.ping(resolve))
    for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL)
    await Promise.all(streams.map(codeOf))
  }
  const stream = door.call({ ':path': '/grpc.health.v1.Health/List' })
  stream.end(framed(Buffer.alloc(0)))
  assert.equal(await codeOf(stream), status.OK)
})

test('small compressed messages do not exceed the bound together when they are decompressed', async t => {
  const door = await open(t, { decisionTimeout: 60_000 })
  const bomb = framed(gzipSync(Buffer.alloc(99_000)), 1)
  const outcomes = Array.from({ length: 200 }, () => {
    const stream = door.call({ 'grpc-encoding': 'gzip' })
    stream.end(bomb)
    return codeOf(stream)
  })
  assert.equal(await Promise.any(outcomes), status.RESOURCE_EXHAUSTED)
})

test('a message to the health service has a small limit, before and after decompression', async t => {
  const door = await open(t, { messageBytes: 4_000_000 })
  for (const path of ['/grpc.health.v1.Health/Check', '/grpc.health.v1.Health/List']) {
    const stream = door.call({ ':path': path, 'grpc-encoding': 'gzip' })
    stream.end(framed(gzipSync(Buffer.alloc(1_000_000)), 1))
    assert.equal(await codeOf(stream), status.RESOURCE_EXHAUSTED, path)
  }
})

for (const [what, headers, message] of [
  ['health watches', watch, Buffer.alloc(0)],
  ['reflections', reflection, Buffer.from([0x3a, 1, 0x2a])],
] as const) {
  test(`the number of ${what} is bounded`, async t => {
    const door = await open(t, { decisionTimeout: 60_000 })
    const outcomes = Array.from({ length: 300 }, () => {
      const stream = door.call(headers)
      stream.write(framed(message))
      return codeOf(stream)
    })
    assert.equal(await Promise.any(outcomes), status.RESOURCE_EXHAUSTED)
  })
}

test('a health watch may stay open longer than the time limit of a message', async t => {
  const door = await open(t)
  const stream = door.call(watch)
  stream.end(framed(Buffer.alloc(0)))
  const late = door.call()
  assert.equal(await codeOf(late), status.DEADLINE_EXCEEDED)
  const later = door.call()
  assert.equal(await codeOf(later), status.DEADLINE_EXCEEDED)
  assert.equal(stream.closed, false)
})

test('a reflection call whose caller sends nothing more is ended', async t => {
  const door = await open(t)
  const stream = door.call(reflection)
  stream.write(framed(Buffer.from([0x3a, 1, 0x2a])))
  await once(stream, 'response')
  await codeOf(stream)
  assert.ok(stream.destroyed)
})

test('a reflection call that sends requests without end and reads no answer is ended', async t => {
  const door = await open(t, { decisionTimeout: 60_000 })
  const stream = door.call(reflection)
  const symbol = Buffer.from('envoy.service.auth.v3.Authorization')
  const question = framed(Buffer.concat([Buffer.from([0x22, symbol.length]), symbol]))
  stream.write(Buffer.concat(Array.from({ length: 1000 }, () => question)))
  await once(stream, 'close')
})

test('streams above the limit are refused, on any number of connections', async t => {
  const door = await open(t, { concurrentStreams: 50, decisionTimeout: 60_000 })
  const others = await Promise.all(
    [0, 1].map(async () => {
      const session = connect(`http://${door.address}`)
      session.on('error', () => session.destroy())
      t.after(() => nextTurn().then(() => session.destroy()))
      await once(session, 'remoteSettings')
      return session
    }),
  )
  const codes = others.flatMap(session =>
    Array.from({ length: 40 }, () => {
      const stream = session.request(
        { ':method': 'POST', ':path': paths.check, ...grpc },
        { endStream: false },
      )
      stream.on('error', () => stream.destroy())
      return codeOf(stream)
    }),
  )
  assert.equal(await Promise.any(codes), status.RESOURCE_EXHAUSTED)
})

test('an answer that the caller does not read does not keep its stream open', async t => {
  const door = await open(t, {
    decide: () => Promise.reject(new Error('no')),
    onBug: () => undefined,
  })
  const session = connect(`http://${door.address}`, { settings: { initialWindowSize: 0 } })
  session.on('error', () => session.destroy())
  t.after(() => nextTurn().then(() => session.destroy()))
  await once(session, 'remoteSettings')
  const stream = session.request({ ':method': 'POST', ':path': paths.check, ...grpc })
  stream.on('error', () => stream.destroy())
  stream.end(framed(checkOf()))
  await once(stream, 'close')
  const next = await checkClient(t, door.address).check(checkOf())
  assert.ok(next.denied_response)
})
