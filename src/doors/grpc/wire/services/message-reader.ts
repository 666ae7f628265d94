import { type Collector, createCollector } from '../../../../http2/collector.ts'
import { prefixBytes } from '../message.ts'

/** Collects the bytes of a caller and returns its messages one after the other. */
export interface MessageReader {
  readonly add: (bytes: Buffer, start: number, end: number) => void
  /** Memory in bytes. */
  readonly capacity: () => number
  /** The next whole message with its prefix, valid until the next `add`; undefined: no message is complete. */
  readonly next: () => Buffer | undefined
  /** Bytes that no message has used. */
  readonly left: () => number
}

/** `most`: bytes that all messages have together at most. */
export function createMessageReader(most: number): MessageReader {
  const collected: Collector = createCollector(most)
  let at = 0
  const left = (): number => collected.length() - at
  return {
    add: collected.add,
    capacity: collected.capacity,
    left,
    next: () => {
      if (left() < prefixBytes) return undefined
      const bytes = collected.bytes()
      const end = at + prefixBytes + bytes.readUInt32BE(at + 1)
      if (end > bytes.length) return undefined
      const message = bytes.subarray(at, end)
      at = end
      return message
    },
  }
}
