import { createKeptBytes, type KeptBytes } from './kept-bytes.ts'

/** A stream that can be read several times, because what was read is kept. */
export interface KeptChunks {
  /** The bytes that were read. */
  readonly kept: KeptBytes
  /**
   * Reads the next chunk into `kept`; concurrent calls share one read. False: the stream has ended. A stream that broke
   * rejects every call, so that nobody takes its part for the whole.
   */
  readonly readMore: () => Promise<boolean>
}

/** `next` returns the next chunk, or undefined after the last one. Nothing is read before `readMore`. */
export function createKeptChunks(next: () => Promise<Buffer | undefined>): KeptChunks {
  const kept = createKeptBytes()
  let reading: Promise<boolean> | undefined
  const read = async (): Promise<boolean> => {
    const chunk = await next()
    if (chunk !== undefined) kept.add(chunk)
    return chunk !== undefined
  }
  return {
    kept,
    readMore: () => {
      reading ??= read().then(isMore => {
        reading = undefined
        return isMore
      })
      return reading
    },
  }
}
