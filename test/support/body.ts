import type { RequestBody } from '../../src/model/request.ts'

/** A whole body that arrived in one piece. */
export const bodyOf = (bytes: Buffer): RequestBody => ({
  isPartial: false,
  bytes: async limit => ({
    bytes: bytes.subarray(0, limit),
    complete: bytes.length <= limit,
  }),
  async *stream() {
    if (bytes.length > 0) yield bytes
  },
})
