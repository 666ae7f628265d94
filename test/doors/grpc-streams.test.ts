import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientHttp2Stream } from 'node:http2'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { status } from '@grpc/grpc-js'
import { createGate } from '../../src/doors/gate.ts'
import type { GrpcListenOptions } from '../../src/doors/grpc/server.ts'
import { createTrust, privateNetworks } from '../../src/doors/request/trust.ts'
import type { Allow } from '../../src/model/decision.ts'
import type { AccessRequest } from '../../src/model/request.ts'
import { type Answer, answerOf, checkOf } from '../support/check.ts'
import { beginCall, framed, openGrpcPort, paths } from '../support/grpc-port.ts'
import { requestTo, sessionOf } from '../support/request.ts'

const allowed: Allow = {
  kind: 'allow',
  rule: 'r',
  session: sessionOf(requestTo('http://h/')),
  changes: {
    remove: [],
    owned: new Set<string>(),
    response: new Map(),
    query: { set: new Map(), remove: [] },
    metadata: { rule: 'r' },
  },
  upstream: undefined,
}

interface Door {
  readonly seen: AccessRequest[]
  /** A stream whose body the test writes. */
  readonly call: (headers?: Readonly<Record<string, string>>) => ClientHttp2Stream
}

async function open(t: TestContext, options: Partial<GrpcListenOptions> = {}): Promise<Door> {
  const seen: AccessRequest[] = []
  const port = await openGrpcPort(t, {
    decide: request => {
      seen.push(request)
      return Promise.resolve(allowed)
    },
    trust: createTrust(privateNetworks),
    decisionTimeout: 5000,
    gate: createGate(10),
    messageBytes: 50_000,
    concurrentStreams: 10,
    ...options,
  })
  const session = await port.connect()
  return { seen, call: headers => beginCall(session, paths.check, headers) }
}

interface Ended {
  readonly status: number
  readonly answer: Answer | undefined
}

/** The gRPC status and message, from the trailers or from a headers-only answer. */
async function ended(stream: ClientHttp2Stream): Promise<Ended> {
  const chunks: Buffer[] = []
  let code: unknown
  const note = (headers: object): void => {
    code = Reflect.get(headers, 'grpc-status') ?? code
  }
  stream.on('response', note)
  stream.on('trailers', note)
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const answer = body.length < 5 ? undefined : answerOf(body.subarray(5))
  return { status: Number(code), answer }
}

test('a message that arrives in many pieces is read', async t => {
  const door = await open(t)
  const stream = door.call()
  const outcome = ended(stream)
  for (const byte of framed(checkOf())) stream.write(Buffer.from([byte]))
  stream.end()
  const { status: code, answer } = await outcome
  assert.equal(code, status.OK)
  assert.deepEqual(answer?.status, {})
  assert.equal(door.seen[0]?.path, '/orders')
})

test('a compressed message is decompressed', async t => {
  const door = await open(t)
  const stream = door.call({ 'grpc-encoding': 'gzip' })
  stream.end(framed(gzipSync(checkOf()), 1))
  const { status: code, answer } = await ended(stream)
  assert.equal(code, status.OK)
  assert.deepEqual(answer?.status, {})
})

test('a compressed message that would exceed the limit is refused', async t => {
  const door = await open(t)
  const stream = door.call({ 'grpc-encoding': 'gzip' })
  stream.end(framed(gzipSync(Buffer.alloc(10_000_000)), 1))
  assert.equal((await ended(stream)).status, status.RESOURCE_EXHAUSTED)
  assert.equal(door.seen.length, 0)
})

const refused: Readonly<Record<string, readonly [body: Buffer, code: status]>> = {
  'no message': [Buffer.alloc(0), status.INVALID_ARGUMENT],
  'half a message prefix': [Buffer.from([0, 0, 0]), status.INVALID_ARGUMENT],
  'a message that ends early': [framed(checkOf()).subarray(0, -1), status.INVALID_ARGUMENT],
  'two messages': [Buffer.concat([framed(checkOf()), framed(checkOf())]), status.INVALID_ARGUMENT],
  'a compressed message without its encoding': [framed(checkOf(), 1), status.INTERNAL],
  'a message whose bytes never arrive': [
    Buffer.from([0, 255, 255, 255, 255]),
    status.INVALID_ARGUMENT,
  ],
  'more than the limit': [Buffer.alloc(60_000), status.RESOURCE_EXHAUSTED],
}

for (const [name, [body, code]] of Object.entries(refused)) {
  test(`${name} gets a gRPC error status, never an allow`, async t => {
    const door = await open(t)
    const stream = door.call()
    stream.end(body)
    const outcome = await ended(stream)
    assert.equal(outcome.status, code)
    assert.equal(outcome.answer, undefined)
    assert.equal(door.seen.length, 0)
  })
}

test('a malformed timeout is refused', async t => {
  const door = await open(t)
  const stream = door.call({ 'grpc-timeout': 'soon' })
  stream.end(framed(checkOf()))
  assert.equal((await ended(stream)).status, status.INTERNAL)
})

test('every unit of a timeout limits the decision', async t => {
  const door = await open(t)
  for (const timeout of ['1H', '1M', '1S', '900m', '900000u', '90000000n']) {
    const stream = door.call({ 'grpc-timeout': timeout })
    stream.end(framed(checkOf()))
    assert.deepEqual((await ended(stream)).answer?.status, {}, timeout)
  }
  const left = door.seen.map(({ deadline }) => deadline - performance.now())
  assert.ok(left.every(milliseconds => milliseconds <= 5000))
  assert.ok(Number(left.at(-1)) <= 90)
})

test('a message that stops in the middle ends at the time limit', async t => {
  const door = await open(t, { decisionTimeout: 50 })
  const stream = door.call()
  stream.write(framed(checkOf()).subarray(0, 20))
  assert.equal((await ended(stream)).status, status.DEADLINE_EXCEEDED)
})

test('a caller that disconnects in the middle of a message leaves nothing behind', async t => {
  const door = await open(t)
  const gone = door.call()
  gone.write(framed(checkOf()).subarray(0, 20))
  gone.close()
  await once(gone, 'close')
  const next = door.call()
  next.end(framed(checkOf()))
  assert.deepEqual((await ended(next)).answer?.status, {})
  assert.equal(door.seen.length, 1)
})

test('a content type that is not gRPC is refused', async t => {
  const door = await open(t)
  const stream = door.call({ 'content-type': 'application/json' })
  stream.end('{}')
  const [headers] = await once(stream, 'response')
  assert.equal(headers[':status'], 415)
})
