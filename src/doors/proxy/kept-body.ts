import { createKeptChunks } from '../../lib/kept-chunks.ts'
import type { RequestBody } from '../../model/request.ts'
import type { BodyReader } from '../http/body-reader.ts'
import { keptChunksBody } from '../http/kept-chunks-body.ts'

/** A request body that handlers can read before it is sent to the upstream. */
export interface KeptBody extends RequestBody {
  /** The next chunk of the whole body: first those that handlers have read. After the first call handlers get no more. */
  readonly next: BodyReader['next']
  /** Stops reading, so that the rest can be drained. */
  readonly release: () => void
}

/**
 * Keeps up to `limit` bytes that handlers read. A handler gets the chunk that exceeds the limit as its last one; it
 * denies, so the upstream gets nothing.
 *
 * `onRead` is called before the first read.
 */
export function createKeptBody(reader: BodyReader, limit: number, onRead: () => void): KeptBody {
  let isRead = false
  let isPassedOn = false
  /** What is to be sent to the upstream, the last block first. */
  let unsent: Buffer[] = []
  const { kept, readMore } = createKeptChunks(() => {
    if (!isRead) onRead()
    isRead = true
    return reader.next()
  })

  return {
    isPartial: false,
    ...keptChunksBody({ kept, readMore, limit, isOver: () => isPassedOn }),
    next: async () => {
      isPassedOn = true
      if (unsent.length === 0) unsent = kept.takeAll().reverse()
      if (unsent.length === 0 && (await readMore())) unsent = kept.takeAll().reverse()
      return unsent.pop()
    },
    release: reader.release,
  }
}
