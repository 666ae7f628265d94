/** What a client reaches that resets the streams of its checks while they are decided (CVE-2023-44487). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UnaryCall } from '../../../src/doors/grpc/wire/call.ts'
import { createBounds } from '../../../src/http2/bounds.ts'
import { createBudget } from '../../../src/http2/budget.ts'
import { check, frame, openStream, streamOf, type, uint32 } from '../../faults/http2-frames.ts'
import { dataOf, goawayCode, openCheckPeer } from '../../support/http2-peer.ts'

const message = Buffer.from('message')
const framedLength = message.length + 5
const reset = (stream: number): Buffer => frame({ type: type.reset, stream, payload: uint32(8) })
const cancelled = (n: number): Buffer =>
  Buffer.concat([check(streamOf(n), message), reset(streamOf(n))])
/** Decisions that a client may cut short at once, and some more for the time that a test takes. */
const burst = 1000
const some = 100

test('a client that resets its checks without end cuts few decisions short, and then has to wait for them', async () => {
  const streams = 10
  let begun = 0
  const cutShort = (call: UnaryCall): void => {
    begun += 1
    call.onHangUp(() => setImmediate(() => call.answer(message)))
  }
  const peer = await openCheckPeer({ streams }, { answer: cutShort })
  for (let n = 0; n < 5000; n += 1) await peer.write(cancelled(n))
  assert.ok(begun >= burst && begun < burst + streams + some, `${begun} decisions`)
  assert.equal(goawayCode(peer), 11)
})

test('a proxy whose clients cancel many requests keeps its connection', async () => {
  const peer = await openCheckPeer(
    {},
    { answer: call => void setImmediate(() => call.answer(message)) },
  )
  const many = 4 * burst
  for (let n = 0; n < many; n += 1) await peer.write(cancelled(n))
  await peer.write(check(streamOf(many), message))
  assert.equal(goawayCode(peer), undefined)
  assert.equal(dataOf(peer, streamOf(many)).length, framedLength)
})

test('an answered check lets a client cut one more decision short', async () => {
  const answered = Buffer.from('at once')
  let aborted = 0
  const count = (): void => {
    aborted += 1
  }
  const answer = (call: UnaryCall): void => {
    if (call.message.equals(answered)) call.answer(message)
    else call.onHangUp(count)
  }
  const peer = await openCheckPeer({ streams: 4 * burst }, { answer })
  const more = 500
  for (let n = 0; n < burst + some; n += 1) await peer.write(cancelled(n))
  const before = aborted
  for (let n = 0; n < more; n += 1) {
    const at = 2 * (burst + some + n)
    await peer.write(check(streamOf(at), answered), cancelled(at + 1))
  }
  assert.ok(before < burst + some, `${before} before`)
  assert.ok(aborted - before >= more, `${aborted - before} more`)
})

test('decisions of a connection that ends are all cut short', async () => {
  const streams = 2 * burst
  let aborted = 0
  const bounds = createBounds({ bytes: 1_000_000, holders: streams })
  const count = (): void => {
    aborted += 1
  }
  const peer = await openCheckPeer({ streams, bounds }, { answer: call => call.onHangUp(count) })
  for (let n = 0; n < streams; n += 50) {
    await peer.write(...Array.from({ length: 50 }, (_, i) => check(streamOf(n + i), message)))
  }
  peer.session.destroy()
  assert.equal(aborted, streams)
})

test('streams that are reset before their message has arrived end the connection', async () => {
  const peer = await openCheckPeer()
  for (let n = 0; n < burst + some; n += 1) {
    await peer.write(openStream(streamOf(n)), reset(streamOf(n)))
  }
  assert.equal(goawayCode(peer), 11)
})

test('a budget that is used up fills again, however often it was asked', () => {
  let now = 0
  const budget = createBudget({ most: 10, perSecond: 1 }, () => now)
  for (let i = 0; i < 10; i += 1) assert.ok(budget.spend(1))
  for (let i = 0; i < 100; i += 1) assert.equal(budget.spend(1), false)
  now = 1000
  assert.ok(budget.spend(1))
  assert.equal(budget.spend(1), false)
})
