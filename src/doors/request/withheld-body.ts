/** Bodies that the proxy did not send: they must not be treated as empty. */
import { Readable } from 'node:stream'
import { foldedName } from '../../lib/header-name.ts'
import { forEachHeader } from '../../lib/header-pairs.ts'
import type { RequestBody } from '../../model/request.ts'

const nothing = { bytes: Buffer.alloc(0), complete: false } as const

export const withheldBody: RequestBody = {
  isPartial: true,
  bytes: async () => nothing,
  stream: () => Readable.from([]),
}

const bodiless = new Set(['GET', 'HEAD', 'OPTIONS'])

/** True for methods whose requests may have a body without a header that announces it, as in HTTP/2. */
export const mayHaveBody = (method: string): boolean => !bodiless.has(method)

/** Bytes; `chunked`: unknown length; `unclear`: the headers are ambiguous; undefined: not announced. */
export type AnnouncedBody = number | 'chunked' | 'unclear' | undefined

/** Reads the length of the body from the headers. `flat`: `[name, value, …]`. */
export function announcedBody(flat: readonly string[]): AnnouncedBody {
  let announced: AnnouncedBody
  forEachHeader(flat, (name, value) => {
    if (!lengths.has(name.length) || !framing.has(foldedName(name))) return
    announced = announced === undefined ? announcedBy(name.toLowerCase(), value) : 'unclear'
  })
  return announced
}

const framing = new Set(['content-length', 'transfer-encoding'])
/** Skips most names by their length. */
const lengths = new Set([...framing].map(name => name.length))

/** A name with another character instead of the dash is `unclear`: some servers read it, others do not. */
function announcedBy(lower: string, value: string): AnnouncedBody {
  if (lower === 'transfer-encoding' && value.toLowerCase() === 'chunked') return 'chunked'
  return lower === 'content-length' && /^\d{1,15}$/.test(value) ? Number(value) : 'unclear'
}
