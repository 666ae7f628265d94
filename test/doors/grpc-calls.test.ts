/** Time limits that callers set, methods other than POST, and how refused calls are counted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { status } from '@grpc/grpc-js'
import { checkOf } from '../support/check.ts'
import {
  ask,
  beginCall,
  type CallHeaders,
  endOf,
  framed,
  openGrpcPort,
  paths,
  reflectionRequest,
  watchHealth,
} from '../support/grpc-port.ts'
import { until } from '../support/until.ts'

const everyPath = Object.values(paths)
const malformedTimeouts = ['-5S', 'garbage5Sgarbage', '100000000S', '5', 'S', '', '5 S', '5s', '٥S']

test('a malformed timeout is INTERNAL for every method', async t => {
  const port = await openGrpcPort(t)
  const session = await port.connect()
  const ends = everyPath.flatMap(path =>
    malformedTimeouts.map(async timeout => {
      const sent = Buffer.from(timeout).toString('latin1')
      const end = await ask(session, path, { headers: { 'grpc-timeout': sent } })
      return `${path} ${timeout} ${end}`
    }),
  )
  const expected = everyPath.flatMap(path =>
    malformedTimeouts.map(timeout => `${path} ${timeout} ${status.INTERNAL}`),
  )
  assert.deepEqual(await Promise.all(ends), expected)
})

for (const timeout of ['1000H', '3600000S', '99999999H', '99999999M', '2147483647m']) {
  test(`a watch with a timeout of ${timeout} stays open`, async t => {
    const port = await openGrpcPort(t)
    const session = await port.connect()
    const stream = beginCall(session, paths.watch, { 'grpc-timeout': timeout.slice(-9) })
    stream.end(framed(Buffer.alloc(0)))
    assert.equal(await endOf(stream, 300), 'open')
  })
}

test('streams end at the time limit of the caller, with a status', async t => {
  const port = await openGrpcPort(t)
  const session = await port.connect()
  const headers: CallHeaders = { 'grpc-timeout': '50m' }
  assert.equal(await ask(session, paths.watch, { headers }), status.DEADLINE_EXCEEDED)
  const reflection = beginCall(session, paths.reflection, headers)
  reflection.write(reflectionRequest)
  assert.equal(await endOf(reflection), status.DEADLINE_EXCEEDED)
  const silent = beginCall(session, paths.reflection, headers)
  assert.equal(await endOf(silent), status.DEADLINE_EXCEEDED)
})

test('a caller that does not read is reset at its time limit', async t => {
  const port = await openGrpcPort(t)
  const session = await port.connect(0)
  const stream = beginCall(session, paths.reflection, { 'grpc-timeout': '50m' })
  stream.end(reflectionRequest)
  assert.equal(await endOf(stream), 'reset')
})

for (const [name, path] of Object.entries(paths)) {
  test(`${name} with another method than POST is answered with 405`, async t => {
    const port = await openGrpcPort(t)
    const session = await port.connect()
    for (const method of ['GET', 'PUT', 'OPTIONS', 'post']) {
      const stream = beginCall(session, path, { ':method': method })
      const answered = new Promise(resolve => {
        stream.once('response', head => resolve(head[':status']))
      })
      stream.end(framed(checkOf()))
      assert.equal(await answered, 405)
      assert.equal(await endOf(stream), 'no status')
    }
  })
}

test('several messages, and a message that is not complete, end a call with a status', async t => {
  const port = await openGrpcPort(t)
  const session = await port.connect()
  const empty = framed(Buffer.alloc(0))
  for (const [path, bytes] of [
    [paths.health, Buffer.concat([empty, empty])],
    [paths.watch, Buffer.concat([empty, empty])],
    [paths.watch, Buffer.alloc(0)],
    [paths.watch, Buffer.alloc(3)],
    [paths.reflection, Buffer.concat([reflectionRequest, Buffer.alloc(3)])],
  ] as const) {
    const stream = beginCall(session, path)
    stream.end(bytes)
    assert.equal(await endOf(stream), status.INVALID_ARGUMENT)
  }
  const garbage = Buffer.alloc(20, 0xff)
  for (const path of [paths.health, paths.watch, paths.reflection]) {
    assert.equal(await ask(session, path, { message: garbage }), status.INTERNAL)
  }
})

test('a reflection without requests succeeds', async t => {
  const port = await openGrpcPort(t)
  const stream = beginCall(await port.connect(), paths.reflection)
  stream.end()
  assert.equal(await endOf(stream), status.OK)
})

test('the health of a service that is not known is watched as SERVICE_UNKNOWN', async t => {
  const port = await openGrpcPort(t)
  const session = await port.connect()
  const stream = beginCall(session, paths.watch)
  const states: number[] = []
  stream.on('data', (chunk: Buffer) => states.push(chunk.at(-1) ?? 0))
  stream.end(framed(Buffer.from([10, 1, 97])))
  await until(() => states.length > 0, 'the first state')
  port.setServing(false)
  const { states: known } = await watchHealth(session)
  assert.deepEqual([states, known], [[3], [2]])
})

/** How each refused call is counted. */
const refusals: Readonly<
  Record<string, readonly [path: string, headers: CallHeaders, bytes: Buffer]>
> = {
  too_slow: [paths.check, {}, Buffer.alloc(2)],
  'too_slow ': [paths.watch, {}, Buffer.alloc(2)],
  'too_slow  ': [paths.reflection, {}, Buffer.alloc(2)],
  too_large: [paths.check, {}, framed(Buffer.alloc(200_000))],
  'too_large ': [paths.reflection, {}, framed(Buffer.alloc(20_000))],
  unknown_method: ['/nobody.Knows/It', {}, Buffer.alloc(0)],
  malformed: [paths.check, { ':method': 'GET' }, Buffer.alloc(0)],
  'malformed ': [paths.check, { 'content-type': 'text/plain' }, Buffer.alloc(0)],
}

for (const [reason, [path, headers, bytes]] of Object.entries(refusals)) {
  test(`a refused call of ${path} is counted once as ${reason.trim()}`, async t => {
    const port = await openGrpcPort(t, { decisionTimeout: 200 })
    const stream = beginCall(await port.connect(), path, headers)
    if (bytes.length > 0) stream.write(bytes)
    await endOf(stream)
    await wait(50)
    assert.deepEqual(port.refused, [reason.trim()])
  })
}

for (const path of [paths.watch, paths.reflection]) {
  test(`calls of ${path} above the limit are counted`, async t => {
    const port = await openGrpcPort(t)
    const session = await port.connect()
    const message = path === paths.watch ? framed(Buffer.alloc(0)) : reflectionRequest
    const ends = Array.from({ length: 15 }, () => {
      const stream = beginCall(session, path)
      stream.write(message)
      return endOf(stream, 2000)
    })
    await Promise.all(ends)
    assert.deepEqual(port.refused, Array(5).fill('too_many_streams'))
  })
}

test('an answered call is not counted as refused', async t => {
  const port = await openGrpcPort(t)
  const session = await port.connect()
  await ask(session, paths.health)
  await ask(session, paths.health, { message: Buffer.from([10, 1, 97]) })
  await ask(session, paths.watch, { headers: { 'grpc-timeout': '1m' } })
  const reflection = beginCall(session, paths.reflection)
  reflection.end(reflectionRequest)
  await endOf(reflection)
  assert.deepEqual(port.refused, [])
})
