import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReplay } from '../../../src/handlers/authorizers/remote/replay.ts'

async function* chunks(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text)
}

async function read(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  for await (const chunk of stream) parts.push(chunk)
  return Buffer.concat(parts).toString()
}

test('a body is the same each time it is sent', async () => {
  const replay = createReplay(chunks('a', 'b', 'c'), 10)
  assert.equal(await read(replay.open()), 'abc')
  assert.equal(await read(replay.open()), 'abc')
})

test('after an aborted attempt the next one sends the whole body', async () => {
  const replay = createReplay(chunks('a', 'b', 'c'), 10)
  for await (const chunk of replay.open()) {
    assert.equal(chunk.toString(), 'a')
    break
  }
  assert.equal(await read(replay.open()), 'abc')
})

test('two attempts may read at the same time', async () => {
  const replay = createReplay(chunks('a', 'b', 'c'), 10)
  assert.deepEqual(await Promise.all([read(replay.open()), read(replay.open())]), ['abc', 'abc'])
})

test('a body above the limit is not sent completely', async () => {
  const replay = createReplay(chunks('aaaa', 'bbbb', 'cccc'), 6)
  await assert.rejects(read(replay.open()), /too long/)
  assert.equal(replay.isTooLong(), true)
})

test('nothing is read before the first attempt', async () => {
  let asked = 0
  async function* source(): AsyncGenerator<Buffer> {
    asked += 1
    yield Buffer.from('x')
  }
  const replay = createReplay(source(), 10)
  assert.equal(asked, 0)
  await read(replay.open())
  assert.equal(asked, 1)
})
