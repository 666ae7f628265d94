import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBounds } from '../../../src/http2/bounds.ts'
import { check, frame, openStream, streamOf, type } from '../../faults/http2-frames.ts'
import { goawayCode, openCheckPeer } from '../../support/http2-peer.ts'

const message = Buffer.from('message')
const enhanceYourCalm = 11
const readTimeout = 1000

test('a frame that began after the others has its own time', async () => {
  const bounds = createBounds({ bytes: 1_000_000, holders: 100 })
  const peer = await openCheckPeer({ bounds, readTimeout })
  const began = performance.now()
  const all = Buffer.concat([0, 1, 2].map(n => check(streamOf(n), message)))
  const cut = all.length - 10
  await peer.write(all.subarray(0, 20))
  while (performance.now() < began + 30) await peer.write()
  // Every chunk ends within a frame.
  await peer.write(all.subarray(20, cut))
  bounds.sweep(began + readTimeout + 20)
  await peer.write(all.subarray(cut))
  assert.deepEqual(peer.refused, [])
})

test('a frame that does not end in time ends its connection', async () => {
  const bounds = createBounds({ bytes: 1_000_000, holders: 100 })
  const peer = await openCheckPeer({ bounds, readTimeout })
  const began = performance.now()
  await peer.write(openStream(1), check(3, message).subarray(0, 20))
  await peer.write(Buffer.from([0]))
  bounds.sweep(began + readTimeout + 500)
  await peer.write()
  assert.equal(goawayCode(peer), enhanceYourCalm)
})

test('further frames of a header block do not give it more time', async () => {
  const bounds = createBounds({ bytes: 1_000_000, holders: 100 })
  const peer = await openCheckPeer({ bounds, readTimeout })
  await peer.write(frame({ type: type.headers, stream: 1 }))
  const began = performance.now()
  while (performance.now() < began + 30) {
    await peer.write(frame({ type: type.continuation, stream: 1, payload: Buffer.of(0) }))
  }
  bounds.sweep(began + readTimeout)
  await peer.write()
  assert.equal(goawayCode(peer), enhanceYourCalm)
})
