/** The table of fields that the peer chose (RFC 7541, 2.3.2): first in, first out, bounded by its size in bytes. */
import type { Field } from './field.ts'

/** The size that a decoder allows when it sends no setting, in bytes. */
export const largestTable = 4096
/** The table never has more entries: each takes at least 32 bytes. */
const mostEntries = largestTable / 32

export interface DynamicTable {
  /** 0: the latest. undefined: there is no such entry. */
  readonly at: (index: number) => Field | undefined
  readonly add: (field: Field) => void
  /** Sets the size (at most `largestTable`) and drops what does not fit. */
  readonly resize: (bytes: number) => void
}

/** A ring of entries. Created with its first entry, because many connections send none. */
export function createDynamicTable(): DynamicTable {
  let ring: (Field | undefined)[] = []
  let most = largestTable
  let newest = 0
  let count = 0
  let bytes = 0
  const slot = (age: number): number => (newest - age + mostEntries) % mostEntries
  const evictTo = (size: number): void => {
    while (bytes > size) {
      const oldest = slot(count - 1)
      bytes -= ring[oldest]?.size ?? 0
      ring[oldest] = undefined
      count -= 1
    }
  }
  return {
    at: index => (index < count ? ring[slot(index)] : undefined),
    add: field => {
      // A field that is larger than the table empties it (RFC 7541, 4.4).
      evictTo(Math.max(0, most - field.size))
      if (field.size > most) return
      if (ring.length === 0) ring = new Array<Field | undefined>(mostEntries).fill(undefined)
      newest = (newest + 1) % mostEntries
      ring[newest] = field
      count += 1
      bytes += field.size
    },
    resize: size => {
      most = size
      evictTo(size)
    },
  }
}
