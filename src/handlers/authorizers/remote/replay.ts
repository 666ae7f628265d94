import { createKeptChunks } from '../../../lib/kept-chunks.ts'
import type { BodyStream } from '../../../outbound/http.ts'

/** A body that is read once and can be sent several times. */
export interface Replay {
  /** The whole body, from its beginning. Rejects when it is longer than the limit. */
  readonly open: () => BodyStream
  readonly isTooLong: () => boolean
}

/** Reads nothing before the body is sent; keeps up to `limit` bytes for another attempt. */
export function createReplay(source: AsyncIterable<Buffer>, limit: number): Replay {
  const iterator = source[Symbol.asyncIterator]()
  let size = 0
  // Concurrent attempts share a read, so that the chunk that a cancelled attempt waited for is not lost.
  const { kept, readMore } = createKeptChunks(async () => {
    const { done, value } = await iterator.next()
    if (done) return undefined
    size += value.length
    return value
  })
  const nextOf = (reader: () => Buffer | undefined): Buffer | undefined => {
    const chunk = reader()
    if (size > limit) throw new Error('the body is too long')
    return chunk
  }
  async function* open(): AsyncGenerator<Buffer> {
    for (const reader = kept.reader(); ; ) {
      const chunk = nextOf(reader)
      if (chunk !== undefined) yield chunk
      // Another attempt may have read meanwhile.
      else if (!(await readMore())) return
    }
  }
  return { open, isTooLong: () => size > limit }
}
