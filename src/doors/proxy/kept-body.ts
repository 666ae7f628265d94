import type { RequestBody } from '../../model/request.ts'
import type { BodyReader } from './body-reader.ts'

/** A body that a handler may read before the upstream gets it, from its beginning. */
export interface KeptBody extends RequestBody {
  /** The next chunk of all of it: what handlers have read, then what is left to come. From then on handlers get no more. */
  readonly next: BodyReader['next']
  /** Nobody reads on: what is left may be drained. */
  readonly release: () => void
}

/**
 * Up to `limit` bytes of what handlers read are kept. The chunk that goes beyond is the last one that a
 * handler gets: it denies, and the upstream never gets a part.
 *
 * `onRead` is called before the first byte is asked for.
 */
export function keptBody(reader: BodyReader, limit: number, onRead: () => void): KeptBody {
  const kept: Buffer[] = []
  const more = createFetch(reader, { kept, onRead })
  let isPassedOn = false

  /** For handlers: several may read, one after the other or at once. */
  async function* read(): AsyncGenerator<Buffer> {
    for (let at = 0; !isPassedOn; ) {
      const chunk = kept[at]
      if (chunk !== undefined) {
        at += 1
        yield chunk
      } else if (!(await more())) return
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
    isPartial: false,
    stream: bounded,
    bytes: async most => {
      const bound = Math.min(most, limit)
      let size = 0
      for await (const chunk of read()) {
        size += chunk.length
        if (size > bound) return { bytes: Buffer.concat(kept).subarray(0, bound), complete: false }
      }
      return { bytes: Buffer.concat(kept), complete: true }
    },
    next: async () => {
      isPassedOn = true
      if (kept.length === 0) await more()
      return kept.shift()
    },
    release: reader.release,
  }
}

interface Fetching {
  readonly kept: Buffer[]
  readonly onRead: () => void
}

/** Puts the next chunk behind those that are kept, once for all who wait; false: there is none. */
function createFetch(reader: BodyReader, { kept, onRead }: Fetching): () => Promise<boolean> {
  let isBegun = false
  let running: Promise<boolean> | undefined
  const fetch = async (): Promise<boolean> => {
    if (!isBegun) onRead()
    isBegun = true
    const chunk = await reader.next()
    if (chunk !== undefined) kept.push(chunk)
    return chunk !== undefined
  }
  return () => {
    running ??= fetch().finally(() => {
      running = undefined
    })
    return running
  }
}
