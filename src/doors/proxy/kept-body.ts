import type { IncomingMessage } from 'node:http'
import type { RequestBody } from '../../model/request.ts'

/** A body that a handler may read before the upstream gets it, from its beginning. */
export interface KeptBody extends RequestBody {
  /** All of it: what a handler has read, then what is left to come. */
  rest(): IncomingMessage | AsyncIterable<Buffer>
}

/**
 * Up to `limit` bytes of what handlers read are kept. The chunk that goes beyond is the last one that a
 * handler gets: it denies, and the upstream never gets a part.
 *
 * `onRead` is called before the first byte is asked for.
 */
export function keptBody(incoming: IncomingMessage, limit: number, onRead: () => void): KeptBody {
  const kept: Buffer[] = []
  let size = 0
  let begun: AsyncIterator<Buffer> | undefined

  async function* read(): AsyncGenerator<Buffer> {
    for (let at = 0; ; at += 1) {
      const chunk = kept[at] ?? (await more())
      if (chunk === undefined) return
      yield chunk
    }
  }
  async function more(): Promise<Buffer | undefined> {
    const { done, value } = await begin().next()
    if (done) return undefined
    size += value.length
    kept.push(value)
    return value
  }
  function begin(): AsyncIterator<Buffer> {
    if (begun === undefined) {
      onRead()
      begun = incoming[Symbol.asyncIterator]()
    }
    return begun
  }
  async function* bounded(most: number): AsyncGenerator<Buffer> {
    for await (const chunk of read()) {
      yield chunk
      if (size > most) throw new RangeError('the body is too long to be kept')
    }
  }
  return {
    isPartial: false,
    stream: () => bounded(limit),
    bytes: async most => {
      const bound = Math.min(most, limit)
      for await (const _ of read()) {
        if (size > bound) return { bytes: Buffer.concat(kept).subarray(0, bound), complete: false }
      }
      return { bytes: Buffer.concat(kept), complete: true }
    },
    rest: () => {
      if (begun === undefined) {
        onRead()
        return incoming
      }
      return read()
    },
  }
}
