import type { IncomingMessage } from 'node:http'
import { createKeptChunks } from '../../lib/kept-chunks.ts'
import type { RequestBody } from '../../model/request.ts'
import { createBodyReader } from './body-reader.ts'
import { keptChunksBody } from './kept-chunks-body.ts'

/**
 * The body of an HTTP request, read when a handler needs it, and kept up to `limit` bytes for the next one. Envoy's
 * filter marks a truncated body with a header.
 */
export function bodyOf(incoming: IncomingMessage, limit: number): RequestBody {
  let made: ReturnType<typeof keptChunksBody> | undefined
  const body = () => {
    made ??= keptChunksBody({ ...createKeptChunks(createBodyReader(incoming).next), limit })
    return made
  }
  return {
    get isPartial() {
      return (incoming.headers['x-envoy-auth-partial-body'] ?? 'false') !== 'false'
    },
    bytes: most => body().bytes(most),
    stream: () => body().stream(),
  }
}
