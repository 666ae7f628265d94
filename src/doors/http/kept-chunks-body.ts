import type { KeptChunks } from '../../lib/kept-chunks.ts'
import type { RequestBody } from '../../model/request.ts'

interface KeptBodyOptions extends KeptChunks {
  /** Most bytes that are kept. A handler gets the chunk that exceeds them as its last one; it denies. */
  readonly limit: number
  /** True once handlers get no more. */
  readonly isOver?: () => boolean
}

/** What handlers read of a body: several may read all of it, in sequence or concurrently. */
export function keptChunksBody({
  kept,
  readMore,
  limit,
  isOver = () => false,
}: KeptBodyOptions): Pick<RequestBody, 'bytes' | 'stream'> {
  async function* read(): AsyncGenerator<Buffer> {
    for (const next = kept.reader(); !isOver(); ) {
      const chunk = next()
      if (chunk !== undefined) yield chunk
      else if (!(await readMore())) return
    }
  }
  async function* bounded(): AsyncGenerator<Buffer> {
    let length = 0
    for await (const chunk of read()) {
      length += chunk.length
      yield chunk
      if (length > limit) throw new RangeError('the body is too long to be kept')
    }
  }
  return {
    stream: bounded,
    bytes: async most => {
      const bound = Math.min(most, limit)
      while (kept.length() <= bound && !isOver() && (await readMore()));
      const bytes = kept.joined()
      return bytes.length > bound
        ? { bytes: bytes.subarray(0, bound), complete: false }
        : { bytes, complete: true }
    },
  }
}
