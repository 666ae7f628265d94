import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeptChunks } from '../../../src/lib/kept-chunks.ts'

const source = (...items: readonly (string | Error)[]) => {
  const left = [...items]
  return async (): Promise<Buffer | undefined> => {
    const item = left.shift()
    if (item instanceof Error) throw item
    return item === undefined ? undefined : Buffer.from(item)
  }
}

test('chunks are kept, and concurrent calls share one read', async () => {
  const { kept, readMore } = createKeptChunks(source('a', 'b'))
  assert.deepEqual(await Promise.all([readMore(), readMore()]), [true, true])
  assert.equal(kept.joined().toString(), 'a')
  assert.deepEqual([await readMore(), await readMore()], [true, false])
  assert.equal(kept.joined().toString(), 'ab')
})

test('a stream that broke never looks like one that ended', async () => {
  const { kept, readMore } = createKeptChunks(source('a', new Error('broken')))
  assert.equal(await readMore(), true)
  for (let attempt = 0; attempt < 3; attempt++) await assert.rejects(readMore(), /broken/)
  assert.equal(kept.length(), 1)
})
