import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeptBytes } from '../../../src/lib/kept-bytes.ts'

/** `count` chunks of one byte, with all values in turn. */
function fill(count: number) {
  const kept = createKeptBytes()
  for (let i = 0; i < count; i++) kept.add(Buffer.from([i % 256]))
  return kept
}

const bytesOf = (count: number): Buffer => Buffer.from(Array.from({ length: count }, (_, i) => i))

function readAll(next: () => Buffer | undefined): Buffer[] {
  const parts: Buffer[] = []
  for (let part = next(); part !== undefined; part = next()) parts.push(part)
  return parts
}

test('chunks of one byte are kept in few blocks of at most twice their length', () => {
  const blocks = fill(200_000).takeAll()
  assert.ok(blocks.length < 20, `${blocks.length} blocks`)
  const memory = blocks.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)
  assert.ok(memory < 400_000, `${memory} bytes`)
  assert.ok(Buffer.concat(blocks).equals(bytesOf(200_000)))
})

test('a large chunk is kept without a copy', () => {
  const kept = createKeptBytes()
  const chunk = Buffer.alloc(100_000, 'a')
  kept.add(chunk)
  assert.equal(kept.joined(), chunk)
  kept.add(chunk)
  assert.equal(kept.takeAll()[1], chunk)
})

test('each reader gets all bytes, also those that are added later', () => {
  const kept = createKeptBytes()
  const [slow, quick] = [kept.reader(), kept.reader()]
  const seen: Buffer[] = []
  for (let i = 0; i < 5000; i++) {
    kept.add(Buffer.from([i % 256]))
    seen.push(...readAll(quick))
  }
  assert.ok(Buffer.concat(seen).equals(bytesOf(5000)))
  assert.ok(Buffer.concat(readAll(slow)).equals(bytesOf(5000)))
  assert.ok(kept.joined().equals(bytesOf(5000)))
  assert.deepEqual([kept.length(), readAll(slow)], [5000, []])
})

test('bytes that were taken are kept no longer', () => {
  const kept = fill(10)
  assert.equal(Buffer.concat(kept.takeAll()).length, 10)
  assert.deepEqual(kept.takeAll(), [])
  kept.add(Buffer.from('b'))
  assert.deepEqual(kept.takeAll().map(String), ['b'])
})

test('no chunk at all is an empty body', () => {
  const kept = createKeptBytes()
  assert.equal(kept.reader()(), undefined)
  assert.equal(kept.joined().length, 0)
})
