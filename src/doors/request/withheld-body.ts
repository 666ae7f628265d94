/** Bodies that a caller keeps to itself: nothing may be decided as if they were empty. */
import { Readable } from 'node:stream'
import { foldedName } from '../../lib/header-name.ts'
import type { RequestBody } from '../../model/request.ts'

const nothing = { bytes: Buffer.alloc(0), complete: false } as const

export const withheldBody: RequestBody = {
  isPartial: true,
  bytes: async () => nothing,
  stream: () => Readable.from([]),
}

const bodiless = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a request of this method has a body though no header says so: one of HTTP/2 may. */
export const mayHaveBody = (method: string): boolean => !bodiless.has(method)

/** Bytes; `chunked`: some; `unclear`: the headers may be read in several ways; undefined: they say nothing. */
export type AnnouncedBody = number | 'chunked' | 'unclear' | undefined

/** What the headers of a request say of its body. `flat`: name, value, name, value, … */
export function announcedBody(flat: readonly string[]): AnnouncedBody {
  let announced: AnnouncedBody
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? ''
    if (!lengths.has(name.length) || !framing.has(foldedName(name))) continue
    if (announced !== undefined) return 'unclear'
    announced = announcedBy(name.toLowerCase(), flat[i + 1] ?? '')
  }
  return announced
}

const framing = new Set(['content-length', 'transfer-encoding'])
/** Most names are told apart by their length alone. */
const lengths = new Set([...framing].map(name => name.length))

/** A spelling with another character in place of the dash is somebody else's to read. */
function announcedBy(lower: string, value: string): AnnouncedBody {
  if (lower === 'transfer-encoding' && value.toLowerCase() === 'chunked') return 'chunked'
  return lower === 'content-length' && /^\d{1,15}$/.test(value) ? Number(value) : 'unclear'
}
