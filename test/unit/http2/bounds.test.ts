import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBounds, type GiveUpReason, type Holder } from '../../../src/http2/bounds.ts'
import { check, frame, openStream, streamOf, type } from '../../faults/http2-frames.ts'
import { dataOf, openCheckPeer, resetCode } from '../../support/http2-peer.ts'

const holderOf = (giveUp: (reason: GiveUpReason) => void): Holder => ({ held: 0, until: 0, giveUp })
const message = Buffer.from('message')

test('one holder too many ends only the oldest', () => {
  const bounds = createBounds({ bytes: 10, holders: 3 })
  const ended: number[] = []
  const holders = [0, 1, 2, 3].map(n =>
    holderOf(() => {
      ended.push(n)
      bounds.remove(holders[n] as Holder)
      // Its successor waits for the same client.
      bounds.add(holderOf(() => assert.fail('the successor has to wait')))
    }),
  )
  for (const holder of holders) bounds.add(holder)
  assert.deepEqual(ended, [0])
})

test('a request too many ends only the oldest request', async () => {
  const holders = 50
  const bounds = createBounds({ bytes: 1_000_000, holders })
  const peer = await openCheckPeer({ bounds })
  for (let n = 0; n <= holders; n += 1) await peer.write(openStream(streamOf(n)))
  const answered = new Set(peer.frames().map(({ stream }) => stream))
  assert.deepEqual([...answered], [streamOf(0)])
})

test('many requests too many are refused without a bug', async () => {
  const holders = 20_000
  const bounds = createBounds({ bytes: 1_000_000, holders })
  const peer = await openCheckPeer({ bounds, streams: 40_000 })
  for (let n = 0; n < holders + 10; n += 10) {
    await peer.write(...Array.from({ length: 10 }, (_, i) => openStream(streamOf(n + i))))
  }
  await peer.write(check(streamOf(holders + 10), message))
  assert.deepEqual(peer.refused, [])
  assert.equal(dataOf(peer, streamOf(holders + 10)).length, message.length + 5)
})

test('a connection that ends while its request counts bytes leaves none behind', async () => {
  const bytes = 30_000
  const bounds = createBounds({ bytes, holders: 100 })
  const peer = await openCheckPeer({ bounds })
  const data = (length: number) =>
    frame({ type: type.data, stream: 1, payload: Buffer.alloc(length) })
  // The first frame is incomplete and counts for the connection; its rest makes the request count too many.
  await peer.write(openStream(1), data(16_000).subarray(0, 15_000))
  await peer.write(Buffer.concat([data(16_000).subarray(15_000), data(16_000)]))
  peer.session.destroy()
  await peer.write()
  assert.equal(bounds.hold(holderOf(assert.fail), bytes), true)
})

test('holders without bytes cost nothing when others have to give way', () => {
  const holders = 20_000
  const bounds = createBounds({ bytes: 1000, holders: 2 * holders })
  for (let i = 0; i < holders; i += 1) bounds.add(holderOf(assert.fail))
  let ended = 0
  const before = process.cpuUsage()
  for (let i = 0; i < 4000; i += 1) {
    const holder = holderOf(() => {
      ended += 1
      bounds.remove(holder)
      bounds.release(holder)
    })
    bounds.add(holder)
    assert.ok(bounds.hold(holder, 600))
  }
  const { user } = process.cpuUsage(before)
  assert.equal(ended, 3999)
  assert.ok(user < 100_000, `${user} µs`)
})

test('a holder that does not wait any more does not give way', () => {
  const bounds = createBounds({ bytes: 1000, holders: 10 })
  const deciding = holderOf(assert.fail)
  bounds.add(deciding)
  assert.ok(bounds.hold(deciding, 600))
  bounds.remove(deciding)
  assert.equal(bounds.hold(holderOf(assert.fail), 600), false)
  assert.ok(bounds.hold(deciding, 100))
  assert.equal(bounds.hold(holderOf(assert.fail), 600), false)
  bounds.release(deciding)
  assert.ok(bounds.hold(holderOf(assert.fail), 600))
})

test('a holder that waits again gives way with the bytes that it kept', () => {
  const bounds = createBounds({ bytes: 1000, holders: 10 })
  let reason: GiveUpReason | undefined
  const holder = holderOf(given => {
    reason = given
    bounds.remove(holder)
    bounds.release(holder)
  })
  assert.ok(bounds.hold(holder, 600))
  bounds.add(holder)
  assert.ok(bounds.hold(holderOf(assert.fail), 600))
  assert.equal(reason, 'too_many')
})

test('a holder that throws does not keep the others from ending', () => {
  const bounds = createBounds({ bytes: 100, holders: 10 })
  const ended: string[] = []
  const holder = (giveUp: () => void): Holder => ({ held: 0, until: 1, giveUp })
  bounds.add(
    holder(() => {
      throw new Error('a bug')
    }),
  )
  bounds.add(holder(() => void ended.push('other')))
  assert.throws(() => bounds.sweep(2), /a bug/)
  bounds.sweep(2)
  assert.deepEqual(ended, ['other'])
})

test('a check whose decision throws is reset, and its bytes are free again', async () => {
  const bytes = 1000
  const bounds = createBounds({ bytes, holders: 10 })
  const bugs: unknown[] = []
  const peer = await openCheckPeer(
    { bounds, onBug: bug => void bugs.push(bug) },
    {
      answer: call => {
        if (call.message.equals(message)) throw new Error('a bug')
        call.answer(call.message)
      },
    },
  )
  await peer.write(check(1, message), check(3, Buffer.from('another')))
  assert.equal(bugs.length, 1)
  assert.equal(resetCode(peer, 1), 2)
  assert.equal(dataOf(peer, 3).length, message.length + 5)
  assert.ok(bounds.hold(holderOf(assert.fail), bytes))
})
