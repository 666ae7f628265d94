import { constants, type ServerHttp2Stream } from 'node:http2'

/** Milliseconds between two looks whether everything was sent, and for a client that does not read. */
const interval = 10
const longest = 1000

/**
 * Closes an HTTP/2 stream whose answer is complete although its client still sends. Waits until the answer was sent,
 * at most a second: from Node 26 on a reset discards what is queued.
 */
export function closeAnsweredStream(stream: ServerHttp2Stream): void {
  const deadline = performance.now() + longest
  const check = (): void => {
    if (stream.destroyed || stream.closed) return
    const isQueued = (stream.session?.state.outboundQueueSize ?? 0) > 0
    if (isQueued && performance.now() < deadline) setTimeout(check, interval).unref()
    else stream.close(constants.NGHTTP2_NO_ERROR)
  }
  setImmediate(check)
}
