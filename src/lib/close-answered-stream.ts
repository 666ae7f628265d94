import { constants, type ServerHttp2Stream } from 'node:http2'
import { guarded } from './guarded.ts'

/** Milliseconds until the second check whether the answer was sent; the time doubles with each check. */
const firstWait = 10
/** Milliseconds for a client that does not read. */
const longest = 1000

/**
 * Closes an HTTP/2 stream whose answer is complete although its client still sends. Waits until the answer was sent,
 * about a second at most: from Node 26 on a reset discards what is queued.
 *
 * NO_ERROR is for answers that were sent alone. Node sends such a reset only after the whole answer, and forgets it if
 * the stream is destroyed before: when the client then opens its window, Node writes empty frames without end, and the
 * process answers nobody any more (all versions, docs/decisions/0013-private-interfaces.md).
 */
export function closeAnsweredStream(stream: ServerHttp2Stream): void {
  let wait = firstWait
  const check = guarded(() => {
    if (stream.destroyed || stream.closed) return
    const isQueued = (stream.session?.state.outboundQueueSize ?? 0) > 0
    if (stream.writableFinished && !isQueued) stream.close(constants.NGHTTP2_NO_ERROR)
    else if (wait > longest) stream.close(constants.NGHTTP2_CANCEL)
    else {
      setTimeout(check, wait).unref()
      wait *= 2
    }
  })
  setImmediate(check)
}
