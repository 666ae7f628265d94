import type { IncomingMessage } from 'node:http'
import type { RequestBody } from '../../model/request.ts'

/** The body of an HTTP request, read when a handler needs it. Envoy's filter marks a truncated body with a header. */
export const bodyOf = (incoming: IncomingMessage): RequestBody => ({
  get isPartial() {
    return (incoming.headers['x-envoy-auth-partial-body'] ?? 'false') !== 'false'
  },
  bytes: limit => readBytes(incoming, limit),
  stream: () => incoming,
})

async function readBytes(stream: AsyncIterable<Buffer>, limit: number) {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    if (length > limit) {
      const bytes = Buffer.concat([...chunks, chunk]).subarray(0, limit)
      return { bytes, complete: false }
    }
    chunks.push(chunk)
  }
  return { bytes: Buffer.concat(chunks), complete: true }
}
