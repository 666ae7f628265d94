import { constants, type ServerHttp2Stream } from 'node:http2'

/** Milliseconds between two looks whether everything was sent. */
const wait = 10

/**
 * Ends a stream of HTTP/2 whose answer is complete although its caller still sends. Not before the answer has
 * left: from Node 26 on a reset takes away what is queued.
 */
export function closeAnsweredStream(stream: ServerHttp2Stream): void {
  const look = (): void => {
    if (stream.destroyed || stream.closed) return
    const isQueued = (stream.session?.state.outboundQueueSize ?? 0) > 0
    if (isQueued) setTimeout(look, wait).unref()
    else stream.close(constants.NGHTTP2_NO_ERROR)
  }
  setImmediate(look)
}
