import type { IncomingMessage } from 'node:http'
import type { RequestBody } from '../../model/request.ts'

/** The body of an HTTP request, untouched until a handler asks; undefined when none is announced. */
export function bodyOf(incoming: IncomingMessage): RequestBody | undefined {
  if (!announcesBody(incoming)) return undefined
  return {
    bytes: limit => readBytes(incoming, limit),
    stream: () => incoming,
  }
}

export function announcesBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

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
