import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { constants } from 'node:http2'

const lingering = 1000

/** The answer is out before the body was read: what is left is drained within bounds, or the request ends. */
export function drain(incoming: IncomingMessage, limit: number): void {
  if (incoming.complete || incoming.destroyed) return
  const end = (): void => endRequest(incoming)
  const timer = setTimeout(end, lingering)
  let left = limit
  incoming.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) end()
  })
  incoming.once('close', () => clearTimeout(timer))
  incoming.once('end', () => clearTimeout(timer))
  incoming.once('error', end)
  incoming.resume()
}

/** Of HTTP/2 the stream, of HTTP/1.1 the connection: nothing else can follow half a body. */
function endRequest(incoming: IncomingMessage | Http2ServerRequest): void {
  if ('stream' in incoming) incoming.stream.close(constants.NGHTTP2_NO_ERROR)
  else incoming.socket.destroy()
}
