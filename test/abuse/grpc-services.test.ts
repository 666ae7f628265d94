/** One client of health and reflection does whatever it can; the calls of the others are answered. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { status } from '@grpc/grpc-js'
import {
  ask,
  beginCall,
  endOf,
  framed,
  openGrpcPort,
  paths,
  reflectionRequest,
  textField,
  watchHealth,
} from '../support/grpc-port.ts'
import { until } from '../support/until.ts'

const many = (count: number): Buffer => Buffer.concat(Array(count).fill(reflectionRequest))

for (const [streams, requests, window] of [
  [4, 399, 0],
  [10, 100, 65_535],
  [6, 399, 65_535],
] as const) {
  test(`${streams} reflections of ${requests} requests with a window of ${window} stop no other call`, async t => {
    const port = await openGrpcPort(t)
    const hostile = await port.connect(window)
    for (let i = 0; i < streams; i += 1) beginCall(hostile, paths.reflection).write(many(requests))
    await wait(500)
    const other = await port.connect()
    assert.equal(await ask(other, paths.health), status.OK)
    hostile.destroy()
    await wait(100)
    assert.equal(await ask(other, paths.health), status.OK)
    const { states } = await watchHealth(other)
    assert.deepEqual(states, [1])
    const reflection = beginCall(other, paths.reflection)
    reflection.end(reflectionRequest)
    assert.equal(await endOf(reflection), status.OK)
  })
}

for (const [calls, bytes] of [
  [2000, 0],
  [10, 60_000],
] as const) {
  test(`${calls} health checks at once with a name of ${bytes} bytes are all answered`, async t => {
    const port = await openGrpcPort(t)
    const session = await port.connect()
    const length = Buffer.of((bytes & 0x7f) | 0x80, ((bytes >> 7) & 0x7f) | 0x80, bytes >> 14)
    const name = Buffer.concat([Buffer.of(10), length, Buffer.alloc(bytes, 'x')])
    const message = bytes === 0 ? Buffer.alloc(0) : name
    const ends = await Promise.all(
      Array.from({ length: calls }, () => ask(session, paths.health, { message })),
    )
    assert.deepEqual([...new Set(ends)], [bytes === 0 ? status.OK : status.NOT_FOUND])
    assert.equal(await ask(await port.connect(), paths.health), status.OK)
  })
}

test('calls with a malformed path end no call of another client', async t => {
  const port = await openGrpcPort(t)
  const { stream, states } = await watchHealth(await port.connect())
  for (let connection = 0; connection < 3; connection += 1) {
    const hostile = await port.connect()
    const ends = Array.from({ length: 400 }, () => ask(hostile, '/grpc.health.v1.Health/a b'))
    await Promise.all(ends)
  }
  port.setServing(false)
  await until(() => states.length === 2 || stream.closed, 'the watch goes on')
  assert.deepEqual(states, [1, 2])
})

test('a connection that is dropped with many health calls ends no watch of another client', async t => {
  const port = await openGrpcPort(t)
  const { stream, states } = await watchHealth(await port.connect())
  for (let round = 0; round < 3; round += 1) {
    const hostile = await port.connect()
    for (let i = 0; i < 1400; i += 1) {
      beginCall(hostile, paths.health).end(framed(Buffer.alloc(0)))
    }
    await wait(round * 4)
    hostile.destroy()
    await wait(100)
  }
  port.setServing(false)
  await until(() => states.length === 2 || stream.closed, 'the watch goes on')
  assert.deepEqual(states, [1, 2])
})

test('a client with as many watches and reflections as it gets leaves room for others', async t => {
  const port = await openGrpcPort(t)
  const hostile = await port.connect()
  const own = Array.from({ length: 200 }, (_, i) => {
    const stream = beginCall(hostile, i % 2 === 0 ? paths.watch : paths.reflection)
    stream.write(framed(Buffer.alloc(0)))
    return endOf(stream, 2000)
  })
  assert.ok((await Promise.all(own)).includes(status.RESOURCE_EXHAUSTED))
  const other = await port.connect()
  assert.deepEqual((await watchHealth(other)).states, [1])
  const reflection = beginCall(other, paths.reflection)
  reflection.end(reflectionRequest)
  assert.equal(await endOf(reflection), status.OK)
})

test('a name that would not fit into headers is NOT_FOUND', async t => {
  const port = await openGrpcPort(t)
  const session = await port.connect()
  for (const length of [200, 16_000]) {
    const message = textField(1, 'x'.repeat(length))
    assert.equal(await ask(session, paths.health, { message }), status.NOT_FOUND)
  }
  const message = Buffer.alloc(20_000, 0xff)
  assert.equal(await ask(session, paths.health, { message }), status.INTERNAL)
})

test('compressed requests of a reflection count while they are unpacked', async t => {
  const port = await openGrpcPort(t)
  const other = await port.connect()
  const waiting = beginCall(other, paths.check)
  waiting.write(Buffer.alloc(1000))
  const session = await port.connect()
  const reflection = beginCall(session, paths.reflection, { 'grpc-encoding': 'gzip' })
  const request = framed(gzipSync(Buffer.from([0x3a, 1, 0x2a])), 1)
  reflection.end(Buffer.concat(Array(200).fill(request)))
  assert.equal(await endOf(reflection), status.OK)
  assert.equal(waiting.closed, false)
})

test('a watch gets each change, and a slow reader the last one', async t => {
  const port = await openGrpcPort(t)
  const slow = beginCall(await port.connect(0), paths.watch)
  slow.end(framed(Buffer.alloc(0)))
  const { states } = await watchHealth(await port.connect())
  for (let i = 0; i < 100; i += 1) port.setServing(i % 2 === 0)
  port.setServing(false)
  await until(() => states.at(-1) === 2, 'the watch is up to date')
})
