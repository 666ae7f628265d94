/** Bodies that a caller keeps to itself: nothing may be decided as if they were empty. */
import { Readable } from 'node:stream'
import type { RequestBody } from '../model/request.ts'

const nothing = { bytes: Buffer.alloc(0), complete: false } as const

export const withheldBody: RequestBody = {
  isPartial: true,
  bytes: async () => nothing,
  stream: () => Readable.from([]),
}

const bodiless = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT'])

/** Whether requests of this method commonly have one. */
export const mayHaveBody = (method: string): boolean => !bodiless.has(method)
